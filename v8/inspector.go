package v8

/*
#include "binding.h"
*/
import "C"

import (
	"runtime/cgo"
	"sync"
)

// Session is a debugger's conversation with one isolate in the Chrome DevTools
// protocol: JSON messages both ways. Its methods may be called from any goroutine.
type Session struct {
	isolate *Isolate
	c       *C.hv8_session
	handle  cgo.Handle
	receive func(message []byte)

	mu      sync.Mutex // guards what follows
	changed *sync.Cond // on mu: a message came, the session closed, the pump ended
	queue   [][]byte   // what V8 has yet to take
	pumping bool       // a goroutine runs pump
	closed  bool
}

// Inspect opens a session, waiting for a running turn. An isolate has one at a
// time: an earlier one is closed. receive is called with every message from V8, on
// V8's thread; it must not block for long and must not call the session.
func (i *Isolate) Inspect(receive func(message []byte)) *Session {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.session != nil {
		i.session.Close()
	}
	s := &Session{isolate: i, receive: receive}
	s.changed = sync.NewCond(&s.mu)
	s.handle = cgo.NewHandle(s)
	s.c = C.hv8_inspector_connect(i.c, C.uintptr_t(s.handle))
	i.session = s
	return s
}

// Dispatch hands V8 a message and does not wait for it to be taken. The thread that
// runs JavaScript or is paused takes it, and else a goroutine of the session's.
func (s *Session) Dispatch(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.queue = append(s.queue, append([]byte(nil), message...))
	s.changed.Broadcast()
	C.hv8_inspector_interrupt(s.isolate.c)
	if !s.pumping {
		s.pumping = true
		go s.pump()
	}
}

// pump enters the isolate until the queue is empty. It is the session's only
// goroutine, and ends by itself.
func (s *Session) pump() {
	for s.more() {
		C.hv8_inspector_drain(s.isolate.c)
	}
}

// more reports whether there is something to take; if not, the pump has ended.
func (s *Session) more() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pumping = len(s.queue) > 0 && !s.closed
	s.changed.Broadcast()
	return s.pumping
}

// next is called by V8's thread for the next message.
func (s *Session) next(wait bool) (message []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for wait && len(s.queue) == 0 && !s.closed {
		s.changed.Wait()
	}
	if s.closed || len(s.queue) == 0 {
		return nil, false
	}
	message = s.queue[0]
	s.queue = s.queue[1:]
	return message, true
}

// Close ends the session and lets a paused isolate go on. It waits for a running
// turn. Closing twice is harmless.
func (s *Session) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.changed.Broadcast()
	for s.pumping {
		s.changed.Wait()
	}
	s.mu.Unlock()
	C.hv8_inspector_close(s.c)
	s.handle.Delete()
}
