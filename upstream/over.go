package upstream

import (
	"io"
	"sync/atomic"

	"hedge/httpmsg"
)

// whenOver calls end once, when the exchange that a response belongs to is over.
func whenOver(res *httpmsg.Response, end func()) {
	if isOver(res) {
		end()
		return
	}
	if known, ok := res.Body.(*overBody); ok && known.also == nil {
		known.also = end
		return
	}
	res.Body = &overBody{ReadCloser: res.Body, end: end}
}

// isOver reports whether nothing more is expected of the origin.
func isOver(res *httpmsg.Response) bool {
	if res.Body == nil {
		return true
	}
	_, whole := httpmsg.InMemory(res.Body)
	return whole
}

// overBody is the body of an answer that tells of its end. It can be written from as
// the body within can.
type overBody struct {
	io.ReadCloser
	end, also func() // also may be nil; both are set before anybody reads
	over      atomic.Bool
}

// Close closes the body.
func (b *overBody) Close() error {
	err := b.ReadCloser.Close()
	if !b.over.Swap(true) {
		b.end()
		if b.also != nil {
			b.also()
		}
	}
	return err
}

// Unwrap returns the body itself, for those who look what it is. They close b.
func (b *overBody) Unwrap() io.ReadCloser { return b.ReadCloser }

// WriteTo writes the rest of the body, by the way that the body within has for it.
func (b *overBody) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, b.ReadCloser) }
