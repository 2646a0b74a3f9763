package child

import (
	"errors"
	"io"
	"os"
	"syscall"

	"hedge/sock"
)

// Conn is one end of what connects parent and child: two pipes, one for each
// direction. A pair of sockets would do as well, but for this: whoever takes
// something out of a socket wakes up its other end, to say that there is room, and
// where both processes share a core that is two switches between them for nothing,
// in the midst of each request.
//
// One goroutine may read while others write.
type Conn struct {
	in, out       *os.File
	rawIn, rawOut syscall.RawConn
	reading       transfer
}

func newConn(in, out int, name string) (*Conn, error) {
	for _, fd := range []int{in, out} {
		if err := syscall.SetNonblock(fd, true); err != nil { // else each read would hold up a thread
			return nil, os.NewSyscallError("setnonblock", err)
		}
	}
	return connOf(os.NewFile(uintptr(in), name), os.NewFile(uintptr(out), name))
}

// connOf makes a Conn of pipes that do not block, which are its own from then on.
func connOf(in, out *os.File) (*Conn, error) {
	c := &Conn{in: in, out: out}
	var errIn, errOut error
	c.rawIn, errIn = in.SyscallConn()
	c.rawOut, errOut = out.SyscallConn()
	c.reading.step = c.reading.read
	return c, errors.Join(errIn, errOut)
}

// transfer is a read or a write under way. step is one of its methods, and reports whether
// the pipe need not be waited for any more.
type transfer struct {
	step func(fd uintptr) bool
	p    []byte // what is left of it
	n    int    // bytes so far
	err  error
}

func (t *transfer) read(fd uintptr) bool {
	t.n, t.err = sock.Read(fd, t.p)
	return t.err != syscall.EAGAIN
}

func (t *transfer) write(fd uintptr) bool {
	for t.n < len(t.p) && t.err == nil {
		n, err := sock.Write(fd, t.p[t.n:])
		if err == syscall.EAGAIN {
			return false
		}
		t.n, t.err = t.n+n, err
	}
	return true
}

// Read reads what the other side has written; io.EOF says that it has ended.
func (c *Conn) Read(p []byte) (int, error) {
	t := &c.reading
	t.p, t.n, t.err = p, 0, nil
	if c.rawIn.Read(t.step) != nil {
		return 0, os.ErrClosed
	}
	if t.n == 0 && t.err == nil && len(p) > 0 {
		return 0, io.EOF
	}
	return t.n, t.err
}

// Write writes all of p. It waits while the other side does not read.
func (c *Conn) Write(p []byte) (int, error) {
	t := &transfer{p: p}
	if c.rawOut.Write(t.write) != nil {
		return t.n, os.ErrClosed
	}
	return t.n, t.err
}

// Close lets both sides' reads and writes end. It may be called again.
func (c *Conn) Close() error { return errors.Join(c.in.Close(), c.out.Close()) }
