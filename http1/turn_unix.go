//go:build unix

package http1

import (
	"io"
	"net"
	"syscall"

	"hedge/sock"
)

// turn sends a request and waits for the answer in one visit to a connection. Reading
// right behind a write finds nothing, most often, and costs as much as a read that does:
// here the wait begins before the write, so that nothing can be missed, and the first
// read is one that yields something. It allocates nothing.
type turn struct {
	raw  syscall.RawConn // nil if the connection has none
	step func(fd uintptr) bool

	out, in   []byte
	check     bool // the connection has to be quiet before the request is sent
	isSent    bool
	sent, got int
	dirty     bool
	err       error
}

func (t *turn) init(nc net.Conn) {
	if sc, ok := nc.(syscall.Conn); ok {
		t.raw, _ = sc.SyscallConn()
	}
	t.step = func(fd uintptr) bool {
		if t.isSent {
			return t.receive(fd)
		}
		t.isSent = true
		return t.send(fd)
	}
}

// possible reports whether a connection can be visited so.
func (t *turn) possible() bool { return t.raw != nil }

// take sends out and then reads into in. sent is how much was taken without waiting; if
// that is not all, nothing has been read. dirty says that the connection was not quiet,
// and nothing was sent. An error is one of reading.
func (t *turn) take(out, in []byte, check bool) (sent, got int, dirty bool, err error) {
	t.out, t.in, t.check = out, in, check
	t.isSent, t.sent, t.got, t.dirty, t.err = false, 0, 0, false, nil
	if err = t.raw.Read(t.step); err == nil {
		err = t.err
	}
	t.out, t.in = nil, nil
	return t.sent, t.got, t.dirty, err
}

// send reports whether the visit is over.
func (t *turn) send(fd uintptr) bool {
	if t.check && !sock.Quiet(fd) {
		t.dirty = true
		return true
	}
	t.sent, _ = sock.Send(fd, t.out)
	return t.sent < len(t.out) // who writes the rest, learns of the error
}

// receive reports whether something has come.
func (t *turn) receive(fd uintptr) bool {
	n, err := sock.Recv(fd, t.in)
	switch {
	case err == syscall.EAGAIN:
		return false
	case err == nil && n == 0:
		err = io.EOF
	}
	t.got, t.err = n, err
	return true
}
