package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/serving"
)

// session is the host's side of one isolate: the requests, ops and bodies that
// are under way in it.
//
// Locks are taken in this order: session, then invocation or isolateBody, then the port's.
type session struct {
	app     *App
	home    home // where the isolate lives
	port    port
	traffic *traffic // the port's
	window  window

	mu          sync.Mutex // guards what follows
	lastID      uint32     // of invocations and host bodies
	invocations map[uint32]*invocation
	ops         map[uint32]*Call
	opBytes     int64 // of their payloads and what goes with them
	hostBodies  map[uint32]*hostBody
	outgoing    map[uint32]*isolateBody
	timer       *time.Timer // nil when none is set
	timers      uint64      // the number of the last one that was set
	isLost      bool        // the isolate is gone
	own         subrequests // those of the app itself
	reads       uint64      // of host bodies, that have begun
	outside     outside     // what code uses outside of any request

	// condemned says that the session takes no more requests, and is closed when it
	// has none; written with mu held.
	condemned atomic.Bool
	// used is when the isolate last worked for a request, in ns since the epoch.
	used atomic.Int64
	// active is the number of requests under way; written with mu held.
	active atomic.Int32
	// faults is the number of the last one.
	faults atomic.Uint32
	// waiting is the number of fetches that wait for a place.
	waiting atomic.Int32

	// loaded gets the outcome of loading the app, once; isLoaded says that it has.
	loaded   chan error
	isLoaded atomic.Bool
	// hasFetch says that there is a fetch handler; set before loaded is.
	hasFetch bool

	startup atomic.Int64 // CPU time that loading has taken, in ns

	// The driver's.
	current *invocation // that the turn is about; nil if it is the app's own
	refused bool        // an ArrayBuffer has been refused
}

func newSession(app *App, home home) *session {
	s := &session{
		app:         app,
		home:        home,
		invocations: map[uint32]*invocation{},
		ops:         map[uint32]*Call{},
		hostBodies:  map[uint32]*hostBody{},
		outgoing:    map[uint32]*isolateBody{},
		loaded:      make(chan error, 1),
		window:      newWindow(),
	}
	s.port, s.traffic = home.newPort(s)
	s.used.Store(time.Now().UnixNano())
	return s
}

// begin registers a request, which start then hands to the isolate; false when the
// session takes none any more.
func (s *session) begin(inv *invocation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.condemned.Load() {
		return false
	}
	s.lastID++
	inv.id, inv.session = s.lastID, s
	s.invocations[inv.id] = inv
	s.active.Add(1)
	s.traffic.expect() // until start, or the request would look hung
	return true
}

// find returns a request that is under way, or nil.
func (s *session) find(id uint32) *invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.invocations[id]
}

// lifeOf is how long a request goes on, or the app itself if inv is nil.
func (s *session) lifeOf(inv *invocation) *serving.Lifetime {
	if inv == nil {
		return &s.app.runtime.life
	}
	return &inv.life
}

// belongs reports whether something new may be registered for a request, or for
// the app itself if inv is nil. mu is held.
func (s *session) belongs(inv *invocation) bool {
	return !s.isLost && (inv == nil || s.invocations[inv.id] == inv)
}

// setTimer arranges for the next Wake.
func (s *session) setTimer(owner, ms uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if ms == frame.NoTimer || s.isLost {
		return
	}
	s.timers++
	number := s.timers
	s.timer = time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { s.wake(number, owner) })
}

func (s *session) wake(number uint64, owner uint32) {
	s.mu.Lock()
	if s.timer == nil || s.timers != number {
		s.mu.Unlock()
		return // it was stopped, or replaced, when it was about to fire
	}
	s.timer = nil
	s.traffic.expect()
	inv := s.invocations[owner]
	s.mu.Unlock()
	s.port.post(owner, true, func(w *frame.Writer) {
		inv.renew(w, false)
		w.Empty(frame.Wake, owner)
	})
}

// reportLoaded passes on the outcome of loading; only the first counts. It returns
// whether this was it.
func (s *session) reportLoaded(err error) bool {
	first := s.isLoaded.CompareAndSwap(false, true)
	if first {
		s.loaded <- err
	}
	return first
}

// release lets go of everything that belongs to a request, and closes the session
// if it was the last of a condemned one. cause is what bodies under way end with.
func (s *session) release(inv *invocation, cause error) {
	var uploads []*hostBody
	var outgoing []*isolateBody
	s.mu.Lock()
	if s.invocations[inv.id] == inv {
		delete(s.invocations, inv.id)
		s.active.Add(-1)
	}
	for _, id := range inv.hostBodies {
		if b := s.hostBodies[id]; b != nil {
			uploads = append(uploads, b)
			delete(s.hostBodies, id)
		}
	}
	for _, id := range inv.outgoing {
		if b := s.outgoing[id]; b != nil {
			outgoing = append(outgoing, b)
		}
	}
	last := s.condemned.Load() && len(s.invocations) == 0
	s.mu.Unlock()
	for _, b := range uploads {
		go b.close() // closing may have to wait for the network
	}
	for _, b := range outgoing {
		b.finish(cause)
	}
	if last {
		s.close(0, nil)
	}
}

// condemn takes the session out of service: it gets no more requests, and is
// closed when the last has ended.
func (s *session) condemn() {
	s.mu.Lock()
	again := s.condemned.Swap(true)
	empty := len(s.invocations) == 0
	s.mu.Unlock()
	s.app.forget(s)
	if empty {
		s.close(0, nil)
		return
	}
	if again {
		return
	}
	time.AfterFunc(s.app.limits.WaitUntil, s.endSockets)
}

// endSockets ends the requests that have WebSockets, which might go on for ever.
func (s *session) endSockets() {
	s.mu.Lock()
	var open []*invocation
	for _, inv := range s.invocations {
		if inv.sockets.Load() > 0 {
			open = append(open, inv)
		}
	}
	s.mu.Unlock()
	for _, inv := range open {
		inv.end(true, hedge.Errorf(hedge.OutcomeIsolateLost, "the isolate that the WebSocket was in has been taken out of service"))
	}
}

// close ends the session and everything in it that needs the isolate. The request
// subject, if there is one, is told cause, and the others that they have lost their
// isolate. What the host has in hand already, as a body that only passes through,
// goes on.
func (s *session) close(subject uint32, cause *hedge.Error) {
	s.end(subject, cause, lostError(cause))
}

// end is close with the error for the others.
func (s *session) end(subject uint32, cause, lost *hedge.Error) {
	s.mu.Lock()
	if s.isLost {
		s.mu.Unlock()
		return
	}
	s.isLost = true
	s.condemned.Store(true)
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	invocations, ops, bodies, outgoing := s.invocations, s.ops, s.hostBodies, s.outgoing
	s.invocations, s.ops, s.hostBodies, s.outgoing = nil, nil, nil, nil
	s.active.Store(0)
	s.mu.Unlock()
	close(s.window.over)
	s.app.forget(s)
	why := func(request uint32) *hedge.Error {
		if cause != nil && request == subject {
			return cause
		}
		return lost
	}
	for id, inv := range invocations {
		inv.lose(why(id))
	}
	for _, call := range ops {
		call.life.End()
	}
	for _, b := range bodies {
		go b.close()
	}
	for _, b := range outgoing {
		b.finish(why(b.inv.subject()))
	}
	s.port.close()
	s.reportLoaded(lost)
}

func lostError(cause *hedge.Error) *hedge.Error {
	if cause == nil {
		return hedge.Errorf(hedge.OutcomeIsolateLost, "the app was closed while it answered")
	}
	return hedge.Errorf(hedge.OutcomeIsolateLost, "another request ended the isolate that this one ran in (%s)", cause.Outcome)
}

// loss is what the end of a process means for one of the isolates in it.
type loss struct {
	// subject is what the isolate was at work for; cause is nil if it was not at work.
	subject uint32
	cause   *hedge.Error
	cpu     time.Duration // that the subject has used and nobody has reported
	// others is what all but the subject are told.
	others *hedge.Error
}

// doomed takes the session out of service before any request is told that it has lost
// its isolate, or it would be run again in another one of the same process.
func (s *session) doomed() {
	s.mu.Lock()
	s.condemned.Store(true)
	s.mu.Unlock()
	s.app.forget(s)
}

// lost ends the session, whose isolate went with the process that it lived in.
func (s *session) lost(l loss) {
	if inv := s.find(l.subject); inv != nil {
		inv.account.Spent(l.cpu)
	}
	if l.cause != nil && l.subject == 0 {
		s.reportLoaded(l.cause)
	}
	s.end(l.subject, l.cause, l.others)
}

// describe names a request that is under way.
func (s *session) describe(subject uint32) string {
	req := s.find(subject).keep()
	if req == nil {
		return ""
	}
	return req.Method + " " + req.URL()
}

// stuck has no remedy in this process.
func (s *session) stuck(uint32, time.Duration) {}

// closed says that the isolate has been freed.
func (s *session) closed() { s.app.runtime.leave(s) }
