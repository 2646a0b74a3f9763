//go:build unix

package http1

import (
	"net"
	"syscall"

	"hedge/sock"
)

// peeker looks whether there is something to read, without reading it. It allocates
// nothing when it looks.
type peeker struct {
	raw    syscall.RawConn // nil if the connection has none
	look   func(fd uintptr) bool
	silent bool
}

func (p *peeker) init(nc net.Conn) {
	if sc, ok := nc.(syscall.Conn); ok {
		p.raw, _ = sc.SyscallConn()
	}
	p.look = func(fd uintptr) bool {
		p.silent = sock.Quiet(fd)
		return true
	}
}

// quiet reports whether there is nothing to read, neither bytes nor the end.
func (p *peeker) quiet() bool {
	return p.raw != nil && p.raw.Read(p.look) == nil && p.silent
}
