//go:build unix

package http1

import (
	"io"
	"net"
	"sync"
	"syscall"

	"hedge/sock"
)

// quiet waits for a connection that has nothing to say, without a buffer: most kept
// connections have nothing to say at any time, and their buffers would be most of what
// they cost. It is for the goroutine that reads.
type quiet struct {
	in   *reader
	raw  syscall.RawConn
	take func(fd uintptr) bool

	own *[initialBuffer]byte // what in reads into, unless a long head has made it grow
	n   int
	err error
}

// initialBuffers are shared by the connections of a process.
var initialBuffers = sync.Pool{New: func() any { return new([initialBuffer]byte) }}

// newQuiet returns nil if a connection cannot be waited for so: there is something
// between it and its bytes.
func newQuiet(nc net.Conn, in *reader) *quiet {
	tcp := tcpOf(nc)
	if tcp == nil {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	q := &quiet{in: in, raw: raw}
	q.take = func(fd uintptr) bool {
		q.own = initialBuffers.Get().(*[initialBuffer]byte)
		if q.n, q.err = sock.Recv(fd, q.own[:]); q.err == syscall.EAGAIN {
			q.release()
			return false
		}
		return true
	}
	return q
}

// release gives the buffer back, in which nothing is left.
func (q *quiet) release() {
	if q.own != nil {
		initialBuffers.Put(q.own)
		q.own = nil
	}
	q.in.buf, q.in.r, q.in.w = nil, 0, 0
}

// await reads what comes next.
func (q *quiet) await() error {
	q.release()
	if err := q.raw.Read(q.take); err != nil {
		return err
	}
	q.in.buf = q.own[:]
	switch {
	case q.err != nil:
		return q.err
	case q.n == 0:
		return io.EOF
	}
	q.in.w = q.n
	return nil
}
