package httpmsg

import (
	"errors"
	"io"
	"net"
	"sync"
)

// ErrBodyClosed is what reading a body yields after Close.
var ErrBodyClosed = errors.New("httpmsg: the body was read after it had been closed")

// BytesBody is a body that is in memory already. A server that finds one in a
// Response can write head and body at once, and a client can send it again after a
// failure. It keeps the rules of Request.Body.
type BytesBody struct {
	mu     sync.Mutex // guards the rest, as Close may come while a Read goes on
	data   []byte     // what has not been read yet
	closed bool
}

// NewBytesBody returns a body that yields data. The data must not be changed from
// then on.
func NewBytesBody(data []byte) *BytesBody { return &BytesBody{data: data} }

// Bytes returns what has not been read yet, without reading it; nothing after
// Close. The caller must not change it, and may keep it for ever.
func (b *BytesBody) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data
}

// Read reads the next bytes.
func (b *BytesBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, ErrBodyClosed
	}
	if len(b.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

// WriteTo writes what has not been read yet to w, in one Write. What w refuses
// counts as read.
func (b *BytesBody) WriteTo(w io.Writer) (int64, error) {
	data, err := b.take()
	if err != nil || len(data) == 0 {
		return 0, err
	}
	n, err := w.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	return int64(n), err
}

// take returns what has not been read yet, and marks it as read.
func (b *BytesBody) take() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrBodyClosed
	}
	data := b.data
	b.data = nil
	return data, nil
}

// Close drops what has not been read. It never fails.
func (b *BytesBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data, b.closed = nil, true
	return nil
}

// Mover is a body whose content comes over a connection or lies in a file, with nothing
// between. Who wraps it and looks at what is read does not implement it.
type Mover interface {
	// Move has the system move content that is there to a connection, up to most bytes,
	// without copying it through this process; 0 if there is little or it cannot be done,
	// which Read is for. An error is io.EOF with the last byte, or that of writing, after
	// which the body can only be closed. It is for the goroutine that reads.
	Move(to *net.TCPConn, most int64) (int64, error)
}

// Text returns a response of plain text in UTF-8.
func Text(status int, body string) *Response {
	return Bytes(status, "text/plain; charset=utf-8", []byte(body))
}

// Bytes returns a response with this content, which must not be changed from then
// on. With an empty contentType there is no Content-Type field; with no data there
// is no Body.
func Bytes(status int, contentType string, data []byte) *Response {
	res := &Response{Status: status, ContentLength: int64(len(data))}
	if contentType != "" {
		res.Header.Add("Content-Type", contentType)
	}
	if len(data) > 0 {
		res.Body = NewBytesBody(data)
	}
	return res
}

// InMemory returns content that is in memory already, however it is wrapped.
func InMemory(body io.ReadCloser) ([]byte, bool) {
	b, ok := Innermost(body).(*BytesBody)
	if !ok {
		return nil, false
	}
	return b.Bytes(), true
}

// Expects reports whether body is the content of a client that waits to hear that it is
// wanted before it sends it (RFC 9110 §10.1.1). It says so itself, by a method Waits; reading
// it tells the client.
func Expects(body io.ReadCloser) bool {
	b, ok := Innermost(body).(interface{ Waits() bool })
	return ok && b.Waits()
}

// Innermost returns the body that others have wrapped: those whose Unwrap returns it.
func Innermost(body io.ReadCloser) io.ReadCloser {
	for {
		wrapper, ok := body.(interface{ Unwrap() io.ReadCloser })
		if !ok {
			return body
		}
		body = wrapper.Unwrap()
	}
}
