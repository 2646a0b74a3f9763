package http1

import (
	"bytes"
	"errors"
	"io"

	"hedge/httpmsg"
)

// maxLine bounds a chunk's size line, and maxTrailer the fields behind the last one.
const (
	maxLine    = 512
	maxTrailer = 32
)

// content takes the content of one message off a connection (RFC 9112 §6, §7.1).
type content struct {
	in      *reader
	chunked bool
	toEnd   bool  // it ends with the connection
	left    int64 // of the content or of the chunk
	inside  bool  // a chunk has begun, and its CRLF has not been read
	most    int   // bounds the trailer, in bytes
	trailer httpmsg.Header
}

// contentOf is the content that a head announces. most bounds its trailer.
func contentOf(in *reader, f framing, most int) content {
	return content{in: in, chunked: f.length == lengthChunked, toEnd: f.length == lengthToEnd, left: max(f.length, 0), most: most}
}

// read reads until there is something, and returns io.EOF at the end of the content:
// with the last bytes, where the end is known by then. An error is a *refusal, or one
// of the connection, where the content broke off.
func (c *content) read(p []byte) (int, error) {
	if c.toEnd {
		return c.in.read(p)
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.in.read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	switch {
	case n == 0 && err != nil:
		return 0, unexpected(err)
	case c.left == 0 && !c.chunked:
		return n, io.EOF // at once, so that nobody takes the content for unread
	}
	return n, nil
}

// lastChunk ends content in chunks that has no trailer.
var lastChunk = []byte("0\r\n\r\n")

// arrived reads the content if all of it is there already, and nothing behind it.
// Otherwise, or with a trailer, it leaves everything as it was.
func (c *content) arrived() ([]byte, bool) {
	there := c.in.buf[c.in.r:c.in.w]
	if c.toEnd || !c.chunked && int64(len(there)) != c.left || c.chunked && !bytes.HasSuffix(there, lastChunk) {
		return nil, false
	}
	whole := append([]byte(nil), there...)
	if c.chunked {
		// What is decoded takes less room than what it was, so it can take its place.
		ahead := content{in: &reader{from: ended{}, buf: whole, w: len(whole)}, chunked: true, most: c.most}
		n, err := 0, error(nil)
		for err == nil {
			var more int
			more, err = ahead.read(whole[n:])
			n += more
		}
		if !errors.Is(err, io.EOF) || ahead.in.buffered() > 0 || ahead.trailer.Len() > 0 {
			return nil, false
		}
		whole = whole[:n]
	}
	c.in.r = c.in.w
	return whole, true
}

// ended is a connection of which nothing more comes.
type ended struct{}

func (ended) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// next goes on to the next chunk.
func (c *content) next() error {
	if !c.chunked {
		return io.EOF
	}
	if c.inside {
		end, err := c.in.line(maxLine)
		if err != nil {
			return err
		}
		if len(end) != 0 {
			return bad("a chunk does not end where its size says")
		}
		c.inside = false
	}
	line, err := c.in.line(maxLine)
	if err != nil {
		return err
	}
	if c.left, err = parseChunkSize(line); err != nil {
		return err
	}
	c.inside = true
	if c.left > 0 {
		return nil
	}
	if err := c.readTrailer(); err != nil {
		return err
	}
	return io.EOF
}

// parseChunkSize parses a chunk's first line: hexadecimal digits, perhaps with
// extensions behind, which mean nothing here but must be well-formed enough to
// mean nothing to anybody.
func parseChunkSize(line []byte) (int64, error) {
	var n int64
	i := 0
	for ; i < len(line); i++ {
		digit := hexDigit(line[i])
		if digit < 0 {
			break
		}
		if i == 15 {
			return 0, bad("a chunk is too large")
		}
		n = n<<4 | int64(digit)
	}
	if i == 0 || i < len(line) && line[i] != ';' || !fieldText(string(line[i:])) {
		return 0, bad("the size of a chunk is malformed")
	}
	return n, nil
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// readTrailer reads the fields behind the last chunk, and keeps those that may stand there.
func (c *content) readTrailer() error {
	most := c.most // of them all
	for n := 0; ; n++ {
		line, err := c.in.line(most)
		if err != nil || len(line) == 0 {
			return err
		}
		most -= len(line)
		if n == maxTrailer {
			return bad("there are more than %d trailer fields", maxTrailer)
		}
		name, value, err := parseField(string(line))
		if err != nil {
			return err
		}
		if !httpmsg.NotInTrailer(name) {
			c.trailer.Add(name, value)
		}
	}
}
