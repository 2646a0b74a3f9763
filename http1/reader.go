package http1

import (
	"bytes"
	"errors"
	"io"
)

// initialBuffer is what a connection reads into; a longer head makes it grow.
const initialBuffer = 4 << 10

// reader reads a connection: heads line by line, content as it comes.
type reader struct {
	from io.Reader
	buf  []byte
	r, w int // what is read and not yet used is buf[r:w]
	// quiet waits without buf; nil if that cannot be done.
	quiet *quiet
}

var headEnd = []byte("\r\n\r\n")

// fill reads once, behind what there is.
func (b *reader) fill() error {
	if b.r == b.w {
		b.r, b.w = 0, 0
	}
	if b.w == len(b.buf) {
		b.makeRoom()
	}
	n, err := b.from.Read(b.buf[b.w:])
	b.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// makeRoom doubles the buffer where moving does not help. Who fills it stops at a
// limit, so that it stays below twice that.
func (b *reader) makeRoom() {
	if b.r > 0 {
		b.w = copy(b.buf, b.buf[b.r:b.w])
		b.r = 0
		return
	}
	b.buf = append(b.buf, make([]byte, max(len(b.buf), initialBuffer))...)
}

// await returns once there is a byte, with io.EOF if the connection ends before that.
// What a long head has made of the buffer does not outlive the wait.
func (b *reader) await() error {
	switch {
	case b.r < b.w:
		return nil
	case b.quiet != nil:
		return b.quiet.await()
	}
	b.room()
	return b.fill()
}

// room empties the buffer, in which nothing is left, and returns it for somebody to read
// into.
func (b *reader) room() []byte {
	if len(b.buf) > initialBuffer {
		b.buf = make([]byte, initialBuffer)
	}
	b.r, b.w = 0, 0
	return b.buf
}

// preface reports whether what comes begins with HTTP/2's preface, as far as it takes
// to tell it from a request. It leaves what it has read.
func (b *reader) preface() bool {
	const start = "PRI * HTTP/2.0\r\n"
	if b.await() != nil {
		return false
	}
	for b.w-b.r < len(start) {
		if !bytes.HasPrefix([]byte(start), b.buf[b.r:b.w]) || b.fill() != nil {
			return false
		}
	}
	return bytes.HasPrefix(b.buf[b.r:b.w], []byte(start))
}

// head returns the next head with its empty line, as a string of its own. One empty
// line before it is passed over (RFC 9112 §2.2).
func (b *reader) head(most int) (string, error) {
	blank := false
	for seen := 0; ; {
		if !blank && bytes.HasPrefix(b.buf[b.r:b.w], headEnd[:2]) {
			blank = true
			b.r += 2
		}
		there := b.buf[b.r:b.w]
		if i := bytes.Index(there[seen:], headEnd); i >= 0 {
			end := seen + i + len(headEnd)
			if end > most {
				return "", tooLarge(there)
			}
			b.r += end
			return string(there[:end]), nil
		}
		if len(there) >= most {
			return "", tooLarge(there)
		}
		if bareLF(there, seen) {
			return "", bad("a line does not end in CRLF")
		}
		seen = max(len(there)-len(headEnd)+1, 0)
		if err := b.fill(); err != nil {
			return "", unexpected(err)
		}
	}
}

// tooLarge says what is too large: the target, if the request line has no end.
func tooLarge(head []byte) error {
	if bytes.IndexByte(head, '\n') < 0 {
		return &refusal{414, "the request line is too long"}
	}
	return &refusal{431, "the head is too large"}
}

// bareLF reports whether there is an LF without its CR at or behind from, so that a
// client which ends its lines so is told, instead of waited for.
func bareLF(p []byte, from int) bool {
	for {
		i := bytes.IndexByte(p[from:], '\n')
		if i < 0 {
			return false
		}
		if at := from + i; at == 0 || p[at-1] != '\r' {
			return true
		}
		from += i + 1
	}
}

// line returns the next line without its CRLF; it is valid until the next call.
func (b *reader) line(most int) ([]byte, error) {
	seen := 0
	for {
		if i := bytes.IndexByte(b.buf[b.r+seen:b.w], '\n'); i >= 0 {
			end := b.r + seen + i
			line := b.buf[b.r:end]
			b.r = end + 1
			if len(line) == 0 || line[len(line)-1] != '\r' || bytes.IndexByte(line[:len(line)-1], '\r') >= 0 {
				return nil, bad("a line does not end in CRLF")
			}
			return line[:len(line)-1], nil
		}
		seen = b.w - b.r
		if seen >= most {
			return nil, bad("a line is longer than %d bytes", most)
		}
		if err := b.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

// read reads content: what is there already, or else from the connection.
func (b *reader) read(p []byte) (int, error) {
	if b.r < b.w {
		n := copy(p, b.buf[b.r:b.w])
		b.r += n
		return n, nil
	}
	if len(p) >= initialBuffer {
		return b.from.Read(p)
	}
	if err := b.fill(); err != nil {
		return 0, err
	}
	return b.read(p)
}

// buffered is the number of bytes that are there already.
func (b *reader) buffered() int { return b.w - b.r }

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
