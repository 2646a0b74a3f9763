package node

import (
	"context"
	"net"
	"sync"
	"time"

	"hedge/serving"
)

// listeners are what a door accepts connections from.
type listeners struct {
	mu        sync.Mutex // guards open and ended
	open      map[net.Listener]struct{}
	ended     bool
	end       context.CancelFunc
	ctx       context.Context // ends when no more are to be accepted
	accepting sync.WaitGroup  // those who still do
}

func newListeners() *listeners {
	l := &listeners{open: map[net.Listener]struct{}{}}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// accept gives connections to open, which must not block, until ctx or the accepting
// ends; then it returns nil. It closes ln.
func (l *listeners) accept(ctx context.Context, ln net.Listener, open func(net.Conn)) error {
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	if !l.add(ln) {
		return ln.Close()
	}
	defer l.remove(ln)
	either, done := context.WithCancel(ctx)
	defer done()
	defer context.AfterFunc(l.ctx, done)()
	err := serving.Accept(either, ln, open)
	if ctx.Err() != nil || l.ctx.Err() != nil { // what was accepted until now is not lost
		return nil
	}
	return err
}

func (l *listeners) add(ln net.Listener) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.open[ln] = struct{}{}
		l.accepting.Add(1)
	}
	return !l.ended
}

func (l *listeners) remove(ln net.Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, ln)
	_ = ln.Close()
	l.accepting.Done()
}

// lastConnections is how long connections are accepted after the end: those that the
// system has taken already, whose clients would see them broken off otherwise.
const lastConnections = 20 * time.Millisecond

// close ends the accepting. When it returns, all has been given to open.
func (l *listeners) close() {
	l.mu.Lock()
	l.ended = true
	l.end()
	for ln := range l.open {
		if timed, ok := ln.(interface{ SetDeadline(time.Time) error }); !ok || timed.SetDeadline(time.Now().Add(lastConnections)) != nil {
			_ = ln.Close()
		}
	}
	l.mu.Unlock()
	l.accepting.Wait()
}
