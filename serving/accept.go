package serving

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// The pauses of Accept: the first, and the longest.
const (
	firstPause   = time.Millisecond
	longestPause = time.Second
)

// Accept gives connections to open, which must not block, until the listener is closed or
// fails for good, and returns its error. What passes by itself, such as that the system has
// no descriptors left, is waited for, in pauses that grow to a second: that a server
// never accepts again would be worse than what clients can bring about with many
// connections. ctx ends a pause, and with it the accepting, but no Accept of the listener's.
func Accept(ctx context.Context, ln net.Listener, open func(net.Conn)) error {
	for pause := firstPause; ; {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = firstPause
			open(nc)
			continue
		case ctx.Err() != nil || !passes(err):
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
}

// passes reports whether accepting can go on after an error.
func passes(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}
