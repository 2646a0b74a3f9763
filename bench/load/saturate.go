package load

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// Saturate sends a request on every connection, again as soon as it is answered,
// for a time.
//
// It does not sleep, unless Sleeps is set. A server that answers somebody who sleeps
// has to wake him up, and pays for it: on a virtual machine some 2 of net/http's 12 µs.
// The slower a server is, the more often the driver would sleep.
func (l *Load) Saturate(request []byte, d time.Duration) (*Result, error) {
	return l.SaturateEach(func() []byte { return request }, d)
}

// SaturateEach is Saturate with requests that differ: next returns one after the other.
func (l *Load) SaturateEach(next func() []byte, d time.Duration) (*Result, error) {
	s := &saturation{conns: l.conns, next: next}
	if l.Sleeps {
		s.timeout = -1
	}
	for _, c := range l.conns {
		s.polled = append(s.polled, unix.PollFd{Fd: int32(c.fd), Events: unix.POLLIN})
		if err := s.send(c); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	for asking := true; s.open > 0; asking = asking && time.Since(start) < d {
		if err := s.sweep(asking); err != nil {
			return nil, err
		}
	}
	return &Result{Requests: s.answered, Elapsed: time.Since(start)}, nil
}

// saturation is the work of one goroutine.
type saturation struct {
	conns    []*conn
	polled   []unix.PollFd // of conns
	next     func() []byte
	timeout  int // of poll(2): 0, or -1 for none
	open     int // requests without an answer
	answered int
}

// sweep reads what there is, and sends a request on each connection that has got its
// answer, if asking is set.
func (s *saturation) sweep(asking bool) error {
	ready, err := unix.Poll(s.polled, s.timeout)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	for i := 0; ready > 0; i++ {
		if s.polled[i].Revents == 0 {
			continue
		}
		ready--
		c := s.conns[i]
		n, err := unix.Read(c.fd, c.space())
		done, err := c.got(max(n, 0), err)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		s.open--
		s.answered++
		if asking {
			if err := s.send(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *saturation) send(c *conn) error {
	request := s.next()
	n, err := unix.Write(c.fd, request)
	if err == nil && n < len(request) {
		err = io.ErrShortWrite
	}
	s.open++
	return err
}
