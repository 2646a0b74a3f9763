package v8

/*
#include "binding.h"
*/
import "C"

import (
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Session is a debugger's conversation with one isolate in the Chrome DevTools
// protocol: JSON messages both ways.
type Session struct {
	c      *C.hv8_session
	handle cgo.Handle
	// receive takes what V8 says. It runs inside V8 and must not call back.
	receive func(message []byte)

	mu     sync.Mutex // guards what follows
	paused bool       // V8's thread waits for messages in wait
	closed bool
	// messages feeds the paused thread; it is closed by Close.
	messages chan []byte
}

// Inspect opens a session. receive is called with every message from V8; it must
// not block for long and must not call the session.
func (i *Isolate) Inspect(receive func(message []byte)) *Session {
	s := &Session{receive: receive, messages: make(chan []byte, 16)}
	s.handle = cgo.NewHandle(s)
	s.c = C.hv8_inspector_connect(i.c, C.uintptr_t(s.handle))
	return s
}

// Dispatch hands V8 a message. While execution is paused in the debugger the
// paused thread takes it; otherwise Dispatch runs it, and may itself become the
// thread that pauses.
func (s *Session) Dispatch(message []byte) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	if s.paused {
		s.messages <- message
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	C.hv8_inspector_dispatch(s.c, (*C.char)(unsafe.Pointer(unsafe.SliceData(message))), C.size_t(len(message)))
}

// wait is called by the paused thread for the next message.
func (s *Session) wait() (message []byte, ok bool) {
	s.mu.Lock()
	s.paused = !s.closed
	s.mu.Unlock()
	message, ok = <-s.messages
	s.mu.Lock()
	s.paused = false
	s.mu.Unlock()
	return message, ok
}

// Close ends the session and lets a paused isolate go on.
func (s *Session) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.messages)
	s.mu.Unlock()
	C.hv8_inspector_close(s.c)
	s.handle.Delete()
}
