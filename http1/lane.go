package http1

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"hedge/httpmsg"
)

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
	leaving atomic.Bool // the goodbye is to be said as soon as it can be

	mu     sync.Mutex  // held while something is written; guards what follows
	frames frameCursor // of what has been written
	said   bool        // it has been, and nothing may follow it
}

// write passes p on, up to where the goodbye is said.
func (l *lane) write(p []byte) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.said:
		return nil
	case !l.leaving.Load():
		l.frames.pass(p)
	case l.frames.between(): // what comes may be the answer to what the other side was told
		return l.say()
	default:
		p = p[:l.frames.next(p)]
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
	n, err := by.some(l.frames.left)
	if l.frames.left -= uint64(n); err == nil {
		err = l.say()
	}
	return n, err
}

// leave has the goodbye said. It waits for who is being written to.
func (l *lane) leave() {
	l.leaving.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.say() // who does not hear it is gone
}

// say says goodbye, if that is to be and can be. Who has been sent a Close already gets no
// other one (RFC 6455 §5.5.1). mu is held.
func (l *lane) say() error {
	if !l.leaving.Load() || l.said || !l.frames.between() {
		return nil
	}
	l.said = true
	if !l.frames.closed {
		if _, err := l.to.Write(l.goodbye); err != nil {
			return err
		}
	}
	return l.to.CloseWrite()
}

// close passes the end on, behind the goodbye if that is to be said.
func (l *lane) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.say(); l.said {
		return err
	}
	l.said = true
	return l.to.CloseWrite()
}
