package child

import (
	"errors"
	"os"
	"syscall"
)

// Conn is one end of what connects parent and child: two pipes, one for each
// direction. A pair of sockets would do as well, but for this: whoever takes
// something out of a socket wakes up its other end, to say that there is room, and
// where both processes share a core that is two switches between them for nothing,
// in the midst of each request.
//
// One goroutine may read while others write.
type Conn struct{ in, out *os.File }

func newConn(in, out int, name string) (*Conn, error) {
	for _, fd := range []int{in, out} {
		if err := syscall.SetNonblock(fd, true); err != nil { // else each read would hold up a thread
			return nil, os.NewSyscallError("setnonblock", err)
		}
	}
	return &Conn{os.NewFile(uintptr(in), name), os.NewFile(uintptr(out), name)}, nil
}

// Read reads what the other side has written; io.EOF says that it has ended.
func (c *Conn) Read(p []byte) (int, error) { return c.in.Read(p) }

// Write writes all of p. It waits while the other side does not read.
func (c *Conn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Close lets both sides' reads and writes end. It may be called again.
func (c *Conn) Close() error { return errors.Join(c.in.Close(), c.out.Close()) }
