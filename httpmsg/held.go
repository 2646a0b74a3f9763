package httpmsg

import (
	"io"
	"sync"
)

// maxKept is how much of a body is kept to be sent once more.
const maxKept = 64 << 10

// HeldBody is a request's body that outlives an attempt at sending it: as whoever sends it
// closes it, and a failed connection leaves it unread, Close is put off until it is certain
// that there is no further attempt. Once somebody has read more than is kept, up to 64 KiB,
// Close is Close. It keeps the rules of Request.Body. An attempt has to be over when Rearm is
// called.
//
// Rearm and Release may be called on nil, for a request without a body.
type HeldBody struct {
	body io.ReadCloser
	keep bool // what is read, as far as it fits

	mu     sync.Mutex // guards what follows
	kept   []byte
	at     int  // what is read again before the body goes on
	lost   bool // more has been read than was kept
	busy   bool // a Read waits, which Close has to end
	closed bool // somebody has closed it
	final  bool // there is no further attempt
}

// Hold holds the body of req, which is the caller's own to change. What is read of it is kept
// if keep says so; without, it can be sent again as long as nobody has read it. The result is
// nil if there is no body.
func Hold(req *Request, keep bool) *HeldBody {
	if req.Body == nil {
		return nil
	}
	b := &HeldBody{body: req.Body, keep: keep}
	req.Body = b
	return b
}

// Read reads from what was kept, and then from the body.
func (b *HeldBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return 0, ErrBodyClosed
	}
	if b.at < len(b.kept) {
		defer b.mu.Unlock()
		n := copy(p, b.kept[b.at:])
		b.at += n
		return n, nil
	}
	b.lost = b.lost || !b.keep // even a Read that yields nothing may have taken from it
	b.busy = true
	b.mu.Unlock()
	n, err := b.body.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = false
	if b.lost = b.lost || b.final || len(b.kept)+n > maxKept; b.lost {
		b.kept, b.at = nil, 0
		return n, err
	}
	b.kept = append(b.kept, p[:n]...)
	b.at = len(b.kept)
	return n, err
}

// Unwrap returns the body itself, for those who look what it is. They read from b.
func (b *HeldBody) Unwrap() io.ReadCloser { return b.body }

// Close closes the body, at once or when Release is called.
func (b *HeldBody) Close() error {
	b.mu.Lock()
	b.closed = true
	b.lost = b.lost || b.busy
	now := b.lost || b.final
	b.mu.Unlock()
	if now {
		return b.body.Close()
	}
	return nil
}

// Rearm makes the body ready for another attempt; false if it cannot be sent again.
func (b *HeldBody) Rearm() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost {
		return false
	}
	b.closed, b.at = false, 0
	return true
}

// Release says that there is no further attempt. The one under way may go on.
func (b *HeldBody) Release() {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.final = true
	if b.at == len(b.kept) {
		b.kept, b.at = nil, 0
	}
	closed := b.closed
	b.mu.Unlock()
	if closed {
		_ = b.body.Close()
	}
}
