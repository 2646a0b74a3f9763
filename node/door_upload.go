package node

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// uploadBody is the body of a request that came in. net/http closes what is below
// it, when the answer has been written.
type uploadBody struct {
	body io.Reader
	rc   *http.ResponseController

	mu      sync.Mutex // guards what follows
	reading bool
	ended   bool // io.EOF has been read
	closed  bool
}

// Read reads from the connection. Errors are a *hedge.Error, or ErrBodyClosed.
func (b *uploadBody) Read(p []byte) (int, error) {
	if !b.begin() {
		return 0, httpmsg.ErrBodyClosed
	}
	n, err := b.body.Read(p)
	return n, b.finish(err)
}

func (b *uploadBody) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = !b.closed
	return b.reading
}

func (b *uploadBody) finish(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		b.ended = true
		return io.EOF
	case b.closed || errors.Is(err, http.ErrBodyReadAfterClose):
		return httpmsg.ErrBodyClosed
	}
	return uploadError(err)
}

// uploadError says why a body broke off: the client went away, or its chunks make
// no sense.
func uploadError(err error) *hedge.Error {
	var network net.Error
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) {
		return hedge.Wrap(err, hedge.OutcomeClientGone, "the client broke off in the middle of its request")
	}
	return hedge.Wrap(err, hedge.OutcomeBadRequest, "the body of the request is malformed")
}

// Close ends a Read that is waiting. net/http has no other way to do that than a
// deadline, after which it does not use the connection again.
func (b *uploadBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.reading {
		return b.rc.SetReadDeadline(time.Unix(1, 0))
	}
	return nil
}

// lingerTimeout is how long net/http may go on reading a request that has been
// answered. It reads so that the client gets to see the answer, which closing the
// connection at once could destroy.
const lingerTimeout = time.Second

// abandon says that nobody here will read any more.
func (b *uploadBody) abandon() {
	_ = b.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended && !b.reading {
		_ = b.rc.SetReadDeadline(time.Now().Add(lingerTimeout))
	}
}

// atEnd reports whether all of it has been read.
func (b *uploadBody) atEnd() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

// trailer returns the fields that followed the body. What frames or routes a message
// means nothing in them (RFC 9110 §6.5.1).
func (b *uploadBody) trailer(r *http.Request) (h httpmsg.Header) {
	if !b.atEnd() {
		return h
	}
	h = header(r.Trailer)
	httpmsg.RemoveHopByHop(&h, nil)
	h.DelFunc(func(f httpmsg.Field) bool {
		return strings.HasPrefix(f.Name, "Content-") || f.Name == "Host" || f.Name == "Authorization"
	})
	return h
}
