package node

import (
	"io"
	"sync/atomic"

	"hedge"
	"hedge/httpmsg"
)

// content counts what is read of a request's body, and ends where there is too much.
type content struct {
	io.ReadCloser
	read atomic.Int64
	most int64 // bytes; negative: any number. Set before somebody reads
}

// countContent puts a content in the place of the request's body. nil: it has none.
func countContent(req *httpmsg.Request) *content {
	if req.Body == nil {
		return nil
	}
	c := &content{ReadCloser: req.Body, most: -1}
	req.Body = c
	return c
}

// bound lets the content have so many bytes, of which length are announced; -1 for either
// is any number. It may be called on nil.
func (c *content) bound(most, length int64) error {
	if c == nil || most < 0 {
		return nil
	}
	c.most = most
	if length > most {
		return tooLarge(most)
	}
	return nil
}

func tooLarge(most int64) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeContentTooLarge, "the request's body has more than the %d bytes that it may have (max_body)", most)
}

// Read reads, and counts. Behind what is too much nothing is read: the client may send no
// more before it is told.
func (c *content) Read(p []byte) (int, error) {
	if c.most >= 0 && c.read.Load() > c.most {
		return 0, tooLarge(c.most)
	}
	n, err := c.ReadCloser.Read(p)
	if read := c.read.Add(int64(n)); c.most >= 0 && read > c.most {
		return max(n-int(read-c.most), 0), tooLarge(c.most)
	}
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
