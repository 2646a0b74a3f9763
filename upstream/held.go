package upstream

import (
	"io"
	"sync"

	"hedge/httpmsg"
)

// heldBody is a request's body that outlives an attempt at sending it: as every
// RoundTripper closes the body, and a failed connection leaves it unread, Close is
// put off until it is certain that there is no further attempt. Once somebody has
// read from it, Close is Close.
//
// The methods may be called on nil, for a request without a body.
type heldBody struct {
	body io.ReadCloser

	mu     sync.Mutex // guards what follows
	begun  bool       // somebody has read
	closed bool       // somebody has closed it
	final  bool       // there is no further attempt
}

// hold puts a held body into out, which is a clone.
func hold(out *httpmsg.Request) *heldBody {
	if out.Body == nil {
		return nil
	}
	b := &heldBody{body: out.Body}
	out.Body = b
	return b
}

// Read reads from the body.
func (b *heldBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	b.begun = b.begun || !b.closed
	begun := b.begun
	b.mu.Unlock()
	if !begun {
		return 0, httpmsg.ErrBodyClosed
	}
	return b.body.Read(p)
}

// Unwrap returns the body itself, for those who look what it is. They read from b.
func (b *heldBody) Unwrap() io.ReadCloser { return b.body }

// Close closes the body, at once or when release is called.
func (b *heldBody) Close() error {
	b.mu.Lock()
	b.closed = true
	now := b.begun || b.final
	b.mu.Unlock()
	if now {
		return b.body.Close()
	}
	return nil
}

// rearm makes the body ready for another attempt; false if it has been read from.
func (b *heldBody) rearm() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.begun {
		return false
	}
	b.closed = false
	return true
}

// release says that there is no further attempt.
func (b *heldBody) release() {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.final = true
	closed := b.closed
	b.mu.Unlock()
	if closed {
		_ = b.body.Close()
	}
}
