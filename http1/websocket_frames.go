package http1

import "encoding/binary"

// opClose is the opcode of a Close (RFC 6455 §5.5.1).
const opClose = 8

// frameCursor follows the frames of a WebSocket that pass by (RFC 6455 §5.2), so that it is
// known where another one may be put between them.
type frameCursor struct {
	head [14]byte // of the frame that has begun, as far as it has come
	have int
	left uint64 // bytes of its content that are to come

	closed bool // one of them has been a Close, behind which there is to be nothing
}

// between reports whether one frame has ended and the next has not begun.
func (c *frameCursor) between() bool { return c.have == 0 && c.left == 0 }

// next follows p to the end of a frame, or to its own, and returns how far that is.
func (c *frameCursor) next(p []byte) (n int) {
	for n < len(p) {
		if c.left == 0 {
			c.head[c.have] = p[n]
			c.have++
			n++
			if c.have < 2 || c.have < c.headLength() {
				continue
			}
			c.left, c.have = c.length(), 0
			c.closed = c.closed || c.head[0]&0x0F == opClose
		}
		here := min(c.left, uint64(len(p)-n))
		c.left -= here
		if n += int(here); c.left == 0 {
			return n
		}
	}
	return n
}

// pass follows all of p.
func (c *frameCursor) pass(p []byte) {
	for len(p) > 0 {
		p = p[c.next(p):]
	}
}

// headLength is that of the frame's head, of which two bytes have come.
func (c *frameCursor) headLength() int {
	length := 2
	switch c.head[1] & 0x7F {
	case 126:
		length += 2
	case 127:
		length += 8
	}
	if c.head[1]&0x80 != 0 {
		length += 4 // the key of the mask
	}
	return length
}

// length is that of the frame's content. Its head has come.
func (c *frameCursor) length() uint64 {
	switch short := c.head[1] & 0x7F; short {
	case 126:
		return uint64(binary.BigEndian.Uint16(c.head[2:]))
	case 127:
		return binary.BigEndian.Uint64(c.head[2:])
	default:
		return uint64(short)
	}
}
