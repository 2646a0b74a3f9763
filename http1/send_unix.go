//go:build unix

package http1

import (
	"net"
	"sync"
	"syscall"

	"hedge/sock"
)

// sender writes to a connection that has nothing between it and its bytes. It belongs to
// one write.
type sender struct {
	step func(fd uintptr) bool
	rest []byte
	err  error
}

// senders are shared by the connections of a process.
var senders = sync.Pool{New: func() any {
	s := &sender{}
	s.step = s.send
	return s
}}

// send reports whether the visit to the connection is over.
func (s *sender) send(fd uintptr) bool {
	for len(s.rest) > 0 {
		n, err := sock.Send(fd, s.rest)
		if err == syscall.EAGAIN {
			return false
		}
		if s.err = err; err != nil {
			break
		}
		s.rest = s.rest[n:]
	}
	return true
}

// writeTo writes all of p, and returns how much of it was taken. quiet is that of the
// connection; nil if it has none.
func writeTo(nc net.Conn, q *quiet, p []byte) (int, error) {
	if q == nil {
		return nc.Write(p)
	}
	s := senders.Get().(*sender)
	defer senders.Put(s)
	s.rest, s.err = p, nil
	err := q.raw.Write(s.step)
	if err == nil {
		err = s.err
	}
	n := len(p) - len(s.rest)
	s.rest = nil
	return n, err
}
