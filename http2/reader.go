package http2

import "io"

// reader reads a connection for the framer, and takes note of the time that it waits.
type reader struct {
	conn *conn
	buf  []byte
	r, w int // what has been read and not been used is buf[r:w]
	// between says that the next byte is the first of a frame.
	between bool
}

// readBuffer is what a connection reads into. What a frame has more than that is read
// to where it belongs.
const readBuffer = 4 << 10

// Read implements io.Reader.
func (b *reader) Read(p []byte) (int, error) {
	if b.r == b.w {
		b.conn.pause(b.between)
		if len(p) >= readBuffer {
			return b.conn.net.Read(p)
		}
		n, err := b.conn.net.Read(b.buf)
		if n == 0 {
			if err == nil {
				err = io.ErrNoProgress
			}
			return 0, err
		}
		b.r, b.w = 0, n
	}
	n := copy(p, b.buf[b.r:b.w])
	b.r += n
	b.between = false
	return n, nil
}
