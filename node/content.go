package node

import (
	"io"
	"sync/atomic"

	"hedge/httpmsg"
)

// content counts what is read of a request's body.
type content struct {
	io.ReadCloser
	read atomic.Int64
}

// countContent puts a content in the place of the request's body. nil: it has none.
func countContent(req *httpmsg.Request) *content {
	if req.Body == nil {
		return nil
	}
	c := &content{ReadCloser: req.Body}
	req.Body = c
	return c
}

// Read reads, and counts.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// Unwrap returns the body itself, for those who look what it is. They read from c.
func (c *content) Unwrap() io.ReadCloser { return c.ReadCloser }

// size is what has been read. It may be called on nil.
func (c *content) size() int64 {
	if c == nil {
		return 0
	}
	return c.read.Load()
}
