package mem

import (
	"io"

	"hedge/httpmsg"
)

// content is the bytes of an entry, in one piece if they are few. It is constant.
type content struct {
	pieces [][]byte // each of size pieceBytes but the last; nil: no bytes
	length int64
}

// pieceBytes is how long a piece is where there are several.
const pieceBytes = 1 << 20

// bytes is how much memory the content takes.
func (c *content) bytes() int64 {
	n := int64(0)
	for _, p := range c.pieces {
		n += int64(cap(p))
	}
	return n
}

// Section implements cache.Content.
func (c *content) Section(part httpmsg.ByteRange) io.ReadCloser {
	first, last := part.Start/pieceBytes, (part.Start+part.Length-1)/pieceBytes
	if part.Length == 0 {
		return httpmsg.NewBytesBody(nil)
	}
	if first == last {
		at := part.Start % pieceBytes
		return httpmsg.NewBytesBody(c.pieces[first][at : at+part.Length : at+part.Length])
	}
	return &section{SectionReader: io.NewSectionReader(readerAt(c.pieces), part.Start, part.Length)}
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
