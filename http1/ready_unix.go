//go:build unix

package http1

import (
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"hedge/sock"
)

// ready reads a connection, and takes a buffer only when there is something to read: a
// tunnel is silent most of the time.
type ready struct {
	in  *reader // what has been read before; it comes first
	raw syscall.RawConn
	try func(fd uintptr) bool

	buf *[tunnelBuffer]byte
	n   int
	err error
}

// newReady returns nil if the connection cannot be read so.
func newReady(tcp *net.TCPConn, in *reader) feed {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	r := &ready{in: in, raw: raw}
	r.try = func(fd uintptr) bool {
		r.buf = tunnelBuffers.Get().(*[tunnelBuffer]byte)
		if r.n, r.err = sock.Recv(fd, r.buf[:]); r.err == unix.EAGAIN {
			r.done(r.buf)
			return false
		}
		return true
	}
	return r
}

func (r *ready) read() (*[tunnelBuffer]byte, int, error) {
	if r.in.buffered() > 0 {
		r.buf = tunnelBuffers.Get().(*[tunnelBuffer]byte)
		n, err := r.in.read(r.buf[:])
		return r.buf, n, err
	}
	r.buf = nil
	err := r.raw.Read(r.try)
	switch {
	case err != nil:
		return nil, 0, err
	case r.err != nil:
		return r.buf, 0, r.err
	case r.n == 0:
		return r.buf, 0, io.EOF
	}
	return r.buf, r.n, nil
}

func (r *ready) done(buf *[tunnelBuffer]byte) {
	if buf != nil {
		tunnelBuffers.Put(buf)
	}
}

// arrived returns how many bytes can be read without waiting; 0 if that is not known.
func arrived(tcp *net.TCPConn) (n int64) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if have, err := unix.IoctlGetInt(int(fd), fionread); err == nil {
			n = int64(have)
		}
	})
	return n
}
