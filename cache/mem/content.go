package mem

import (
	"io"
	"slices"

	"hedge/httpmsg"
)

// content is the bytes of an entry. It is constant.
type content struct {
	first []byte    // all of them, if they are few
	rest  *[][]byte // what follows, each piece of size pieceBytes but the last; nil: nothing
}

// pieceBytes is how long a piece is where there are several.
const pieceBytes = 1 << 20

func newContent(pieces [][]byte) content {
	switch len(pieces) {
	case 0:
		return content{}
	case 1:
		return content{first: pieces[0]}
	}
	rest := slices.Clone(pieces[1:])
	return content{pieces[0], &rest}
}

// bytes is how much memory the content takes.
func (c *content) bytes() int64 {
	n := int64(cap(c.first))
	if c.rest != nil {
		for _, p := range *c.rest {
			n += int64(cap(p))
		}
	}
	return n
}

// Section implements cache.Content.
func (c *content) Section(part httpmsg.ByteRange) io.ReadCloser {
	first, last := part.Start/pieceBytes, (part.Start+part.Length-1)/pieceBytes
	switch {
	case part.Length == 0:
		return httpmsg.NewBytesBody(nil)
	case first == last:
		piece, at := c.first, part.Start%pieceBytes
		if first > 0 {
			piece = (*c.rest)[first-1]
		}
		return httpmsg.NewBytesBody(piece[at : at+part.Length : at+part.Length])
	}
	return &section{SectionReader: io.NewSectionReader(readerAt(append([][]byte{c.first}, *c.rest...)), part.Start, part.Length)}
}

// Close implements cache.Content. The garbage collector does the rest.
func (c *content) Close() error { return nil }

// section is content in several pieces as a body.
type section struct {
	*io.SectionReader
}

// Close implements io.Closer. What has been handed out stays readable, which does no harm.
func (s *section) Close() error { return nil }

// readerAt reads from pieces.
type readerAt [][]byte

// ReadAt implements io.ReaderAt.
func (pieces readerAt) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		i, at := int(off/pieceBytes), int(off%pieceBytes)
		if i >= len(pieces) || at >= len(pieces[i]) {
			return n, io.EOF
		}
		took := copy(p[n:], pieces[i][at:])
		n, off = n+took, off+int64(took)
	}
	return n, nil
}
