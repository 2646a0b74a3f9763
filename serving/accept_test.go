package serving

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

// scripted is a listener whose Accept fails by a script, and then has one connection. Then
// it waits to be closed.
type scripted struct {
	failures []error
	conn     net.Conn
	closed   chan struct{}
}

func (s *scripted) Accept() (net.Conn, error) {
	if len(s.failures) > 0 {
		err := s.failures[0]
		s.failures = s.failures[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
	}
	if conn := s.conn; conn != nil {
		s.conn = nil
		return conn, nil
	}
	<-s.closed
	return nil, net.ErrClosed
}

func (s *scripted) Close() error {
	close(s.closed)
	return nil
}

func (s *scripted) Addr() net.Addr { return nil }

// A moment without descriptors is not the end of a server.
func TestAcceptOutlivesShortages(t *testing.T) {
	one, other := net.Pipe()
	defer other.Close()
	ln := &scripted{failures: []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}, conn: one, closed: make(chan struct{})}
	accepted := make(chan net.Conn, 1)
	ended := make(chan error, 1)
	go func() { ended <- Accept(context.Background(), ln, func(nc net.Conn) { accepted <- nc }) }()
	select {
	case nc := <-accepted:
		_ = nc.Close()
	case err := <-ended:
		t.Fatalf("it has ended with %v", err)
	}
	_ = ln.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ends with %v", err)
	}
}

func TestAcceptEnds(t *testing.T) {
	none := func(net.Conn) { t.Error("there was no connection") }
	if err := Accept(context.Background(), &scripted{failures: []error{syscall.EINVAL}}, none); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a listener that is broken: %v", err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Accept(over, &scripted{failures: []error{syscall.EMFILE}}, none); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("at the end: %v", err)
	}
}
