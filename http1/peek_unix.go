//go:build unix

package http1

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// peeker looks whether there is something to read, without reading it. It allocates
// nothing when it looks.
type peeker struct {
	raw  syscall.RawConn // nil if the connection has none
	look func(fd uintptr) bool
	err  error
	one  [1]byte
}

func (p *peeker) init(nc net.Conn) {
	if sc, ok := nc.(syscall.Conn); ok {
		p.raw, _ = sc.SyscallConn()
	}
	p.look = func(fd uintptr) bool {
		_, _, p.err = unix.Recvfrom(int(fd), p.one[:], unix.MSG_PEEK)
		return true
	}
}

// quiet reports whether there is nothing to read, neither bytes nor the end.
func (p *peeker) quiet() bool {
	return p.raw != nil && p.raw.Read(p.look) == nil && p.err == unix.EAGAIN
}
