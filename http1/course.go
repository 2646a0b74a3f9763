package http1

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"hedge/httpmsg"
)

// course follows the frames of a WebSocket that pass by (RFC 6455 §5.2), so that it is
// known where another one may be put between them.
type course struct {
	head [14]byte // of the frame that has begun, as far as it has come
	have int
	left uint64 // bytes of its content that are to come
}

// between reports whether one frame has ended and the next has not begun.
func (c *course) between() bool { return c.have == 0 && c.left == 0 }

// next follows p to the end of a frame, or to its own, and returns how far that is.
func (c *course) next(p []byte) (n int) {
	for n < len(p) {
		if c.left == 0 {
			c.head[c.have] = p[n]
			c.have++
			n++
			if c.have < 2 || c.have < c.headLength() {
				continue
			}
			c.left, c.have = c.length(), 0
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
func (c *course) pass(p []byte) {
	for len(p) > 0 {
		p = p[c.next(p):]
	}
}

// headLength is that of the frame's head, of which two bytes have come.
func (c *course) headLength() int {
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
func (c *course) length() uint64 {
	switch short := c.head[1] & 0x7F; short {
	case 126:
		return uint64(binary.BigEndian.Uint16(c.head[2:]))
	case 127:
		return binary.BigEndian.Uint64(c.head[2:])
	default:
		return uint64(short)
	}
}

// What is said to a client and to an origin at the end (RFC 6455 §7.4, and IANA's
// registry): that it may come back at once, and that somebody has gone.
const (
	closeRestart   = 1012
	closeGoingAway = 1001
)

// closeFrame is a Close (RFC 6455 §5.5.1). What goes to an origin is masked.
func closeFrame(code uint16, masked bool) []byte {
	if !masked {
		return binary.BigEndian.AppendUint16([]byte{0x88, 2}, code)
	}
	key := rand.Uint32()
	frame := binary.BigEndian.AppendUint32([]byte{0x88, 0x80 | 2}, key)
	return binary.BigEndian.AppendUint16(frame, code^uint16(key>>16))
}

// lane is one direction of a tunnel.
type lane struct {
	to      httpmsg.Duplex
	goodbye []byte

	mu      sync.Mutex // held while something is written; guards what follows
	course  course
	leaving bool // the goodbye is to be said as soon as it can be
	said    bool // it has been, and nothing may follow it
}

// write passes p on, up to where the goodbye is said.
func (l *lane) write(p []byte) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.said:
		return nil
	case !l.leaving:
		l.course.pass(p)
	default:
		p = p[:l.course.next(p)]
	}
	if _, err = l.to.Write(p); err == nil {
		err = l.say()
	}
	return err
}

// move has the system move as much of a frame's content as has arrived, and no more.
func (l *lane) move(by splicer) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := by.some(l.course.left)
	if l.course.left -= uint64(n); err == nil {
		err = l.say()
	}
	return n, err
}

// leave has the goodbye said. It waits for who is being written to.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaving = true
	_ = l.say() // who does not hear it is gone
}

// say says goodbye, if that is to be and can be. mu is held.
func (l *lane) say() error {
	if !l.leaving || l.said || !l.course.between() {
		return nil
	}
	l.said = true
	if _, err := l.to.Write(l.goodbye); err != nil {
		return err
	}
	return l.to.CloseWrite()
}

// close passes the end on.
func (l *lane) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said {
		return nil
	}
	l.said = true
	return l.to.CloseWrite()
}
