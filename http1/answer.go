package http1

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"hedge/httpmsg"
)

// answerBody is the content of an answer. It keeps the rules of httpmsg.Request.Body.
type answerBody struct {
	trip    *trip
	framing framing
	state   atomic.Int32

	mu      sync.Mutex // held by Read; guards what follows, and the connection's reader
	content content
	err     error // what every Read ends with from now on
}

var _ httpmsg.Mover = (*answerBody)(nil)

// The states of an answer's body. Who takes it out of the first has the connection.
const (
	bodyOpen = iota
	bodyOver // it has been read, or broke off
	bodyShut // it has been closed
)

// Read reads from the connection. Errors are a *hedge.Error, or ErrBodyClosed.
func (b *answerBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.Load() == bodyShut {
		return 0, httpmsg.ErrBodyClosed
	}
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	conn := b.trip.conn
	conn.reading.Store(conn.client.clock.Load())
	n, err := b.content.read(p)
	conn.reading.Store(0)
	if err != nil {
		b.err = b.over(err)
	}
	return n, b.err
}

// Move implements httpmsg.Mover.
func (b *answerBody) Move(to *net.TCPConn, most int64) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &b.content
	from := tcpOf(b.trip.conn.net)
	if from == nil || b.err != nil || b.state.Load() != bodyOpen || c.chunked || c.toEnd || c.in.buffered() > 0 {
		return 0, nil
	}
	n, err := splicer{to, from}.some(uint64(min(most, c.left)))
	if c.left -= n; err == nil && c.left == 0 {
		b.err = b.over(io.EOF)
		err = b.err
	}
	return n, err
}

// over ends the exchange after reading has ended with err, and returns what Read ends
// with.
func (b *answerBody) over(err error) error {
	if !b.state.CompareAndSwap(bodyOpen, bodyOver) {
		return httpmsg.ErrBodyClosed
	}
	if errors.Is(err, io.EOF) {
		b.trip.finish(b.framing)
		return io.EOF
	}
	b.trip.unwatch()
	b.trip.endUpload()
	err = b.trip.failure(err)
	b.trip.conn.discard()
	return err
}

// Close ends the exchange. A Read that waits ends with the connection.
func (b *answerBody) Close() error {
	if !b.state.CompareAndSwap(bodyOpen, bodyShut) {
		b.state.Store(bodyShut)
		return nil
	}
	b.trip.unwatch()
	b.trip.conn.end(causeNotWhole)
	b.trip.endUpload()
	b.mu.Lock() // until nobody reads
	defer b.mu.Unlock()
	b.trip.conn.discard()
	return nil
}

// trailer returns what followed the content.
func (b *answerBody) trailer() httpmsg.Header {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !errors.Is(b.err, io.EOF) {
		return httpmsg.Header{}
	}
	return b.content.trailer.Clone()
}
