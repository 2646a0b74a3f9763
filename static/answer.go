package static

import (
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"hedge"
	"hedge/httpmsg"
)

// answer is the answer to be made of a file.
type answer struct {
	file       *File
	status     int
	kind       string // its media type
	header     httpmsg.Header
	validators httpmsg.Validators
}

// respond goes through conditions and ranges (RFC 9110 §13.2.2, §14.2). It closes the
// file, or hands it over with the response.
func (a *answer) respond(req *httpmsg.Request) (*httpmsg.Response, error) {
	if a.status == 200 {
		switch httpmsg.Evaluate(req.Method, &req.Header, a.validators) {
		case httpmsg.NotModified:
			return a.without(304), nil
		case httpmsg.PreconditionFailed:
			return a.without(412), nil
		}
		a.header.Add("Accept-Ranges", "bytes")
		if req.Method == "GET" && req.Header.Has("Range") && httpmsg.RangeApplies(&req.Header, a.validators) {
			switch ranges, verdict := httpmsg.ParseRange(req.Header.Joined("Range"), a.file.Size); verdict {
			case httpmsg.RangeUnsatisfiable:
				a.header.Add("Content-Range", httpmsg.UnsatisfiedRange(a.file.Size))
				a.header.Del("Content-Encoding")
				return a.without(416), nil
			case httpmsg.RangePartial:
				return a.partial(ranges)
			}
		}
	}
	a.header.Add("Content-Type", a.kind)
	if req.Method == "HEAD" {
		res := a.without(a.status)
		res.ContentLength = a.file.Size
		return res, nil
	}
	return a.with(a.status, a.file.Size, io.NewSectionReader(a.file.Content, 0, a.file.Size))
}

// without answers without content.
func (a *answer) without(status int) *httpmsg.Response {
	_ = a.close()
	return &httpmsg.Response{Status: status, Header: a.header}
}

func (a *answer) close() error {
	if a.file.Close == nil {
		return nil
	}
	return a.file.Close()
}

// inMemory is up to which size content is read at once, so that it leaves with the head.
const inMemory = 32 << 10

// with answers with content.
func (a *answer) with(status int, size int64, content io.Reader) (*httpmsg.Response, error) {
	res := &httpmsg.Response{Status: status, Header: a.header, ContentLength: size}
	if size > inMemory {
		// What cannot be read is better known before the head has left.
		if _, err := a.file.Content.ReadAt(make([]byte, 1), 0); err != nil && !errors.Is(err, io.EOF) {
			_ = a.close()
			return nil, unreadable(err)
		}
		res.Body = &body{Reader: content, close: a.close}
		return res, nil
	}
	data := make([]byte, size)
	_, err := io.ReadFull(content, data)
	if err = errors.Join(err, a.close()); err != nil {
		return nil, unreadable(err)
	}
	if size > 0 {
		res.Body = httpmsg.NewBytesBody(data)
	}
	return res, nil
}

// partial answers with ranges of the content, of which there is at least one.
func (a *answer) partial(ranges []httpmsg.ByteRange) (*httpmsg.Response, error) {
	if len(ranges) == 1 {
		r := ranges[0]
		a.header.Add("Content-Type", a.kind)
		a.header.Add("Content-Range", r.ContentRange(a.file.Size))
		return a.with(206, r.Length, io.NewSectionReader(a.file.Content, r.Start, r.Length))
	}
	boundary := rand.Text()
	a.header.Add("Content-Type", "multipart/byteranges; boundary="+boundary)
	size, content := a.multipart(ranges, boundary)
	return a.with(206, size, content)
}

// multipart makes the content of several ranges (RFC 9110 §14.6).
func (a *answer) multipart(ranges []httpmsg.ByteRange, boundary string) (size int64, content io.Reader) {
	var parts []io.Reader
	add := func(text string) {
		parts, size = append(parts, strings.NewReader(text)), size+int64(len(text))
	}
	for _, r := range ranges {
		add("\r\n--" + boundary + "\r\nContent-Type: " + a.kind + "\r\nContent-Range: " + r.ContentRange(a.file.Size) + "\r\n\r\n")
		parts, size = append(parts, io.NewSectionReader(a.file.Content, r.Start, r.Length)), size+r.Length
	}
	add("\r\n--" + boundary + "--\r\n")
	return size, io.MultiReader(parts...)
}

// body is the content of a file as the body of an answer.
type body struct {
	io.Reader
	close  func() error
	closed atomic.Bool
}

// Read reads the next bytes. Content that ends early is an error, as the file has been
// changed meanwhile; the server compares it with its length.
func (b *body) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, httpmsg.ErrBodyClosed
	}
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unreadable(err)
	}
	return n, err
}

func unreadable(err error) error {
	return hedge.Wrap(err, hedge.OutcomeException, "a file cannot be read")
}

// Close closes the file.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	return b.close()
}
