package worker

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/coding"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/v8"
)

// session is the host's side of one isolate: the requests, ops and bodies that
// are under way in it.
type session struct {
	app  *App
	port *local

	mu          sync.Mutex // guards what follows
	lastID      uint32     // of invocations and host bodies
	invocations map[uint32]*invocation
	ops         map[uint32]*Call
	hostBodies  map[uint32]*hostBody
	outgoing    map[uint32]*isolateBody
	timer       *time.Timer // nil when none is set
	timers      uint64      // the number of the last one that was set
	condemned   bool        // takes no more requests, and is closed when it has none
	lost        bool        // the isolate is gone
	lastUsed    time.Time   // when the last request ended

	// loaded gets the outcome of loading the app, once; isLoaded says that it has.
	loaded   chan error
	isLoaded atomic.Bool
	// hasFetch says that there is a fetch handler; set before loaded is.
	hasFetch bool
}

func newSession(app *App) *session {
	return &session{
		app:         app,
		invocations: map[uint32]*invocation{},
		ops:         map[uint32]*Call{},
		hostBodies:  map[uint32]*hostBody{},
		outgoing:    map[uint32]*isolateBody{},
		lastUsed:    time.Now(),
		loaded:      make(chan error, 1),
	}
}

// begin registers a request; false when the session takes none any more.
func (s *session) begin(inv *invocation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.condemned || s.lost {
		return false
	}
	s.lastID++
	inv.id, inv.session = s.lastID, s
	s.invocations[inv.id] = inv
	return true
}

// load is the number of requests under way.
func (s *session) load() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.invocations)
}

// budget is what the next turn about a request may use of the processor.
func (s *session) budget(subject uint32) time.Duration {
	limits := &s.app.limits
	s.mu.Lock()
	defer s.mu.Unlock()
	if inv := s.invocations[subject]; inv != nil {
		return max(limits.CPU-inv.cpu, time.Millisecond)
	}
	if subject == 0 {
		return limits.StartupCPU
	}
	return limits.CPU
}

// handle takes what a turn left behind. It is called by the driver, one turn at a time.
func (s *session) handle(t turn) {
	inv := s.charge(t.subject, t.cpu)
	if t.memoryRefused && inv != nil {
		inv.memoryRefused()
	}
	switch t.status {
	case v8.OK:
		s.handleFrames(t.frames)
	case v8.Terminated:
		s.loseIsolate(t.subject, s.limitError(t))
		return
	default:
		s.loseIsolate(t.subject, hedge.Errorf(hedge.OutcomeException, "the runtime itself failed in a turn, which is a bug in Hedge"))
		return
	}
	if s.port.isIdle() {
		s.endHung()
	}
	if t.memoryRefused {
		// It has asked for more than it may have: it serves what it has begun, and goes.
		s.condemn()
	}
}

func (s *session) limitError(t turn) *hedge.Error {
	limits := &s.app.limits
	if t.outOfMemory {
		return memoryError(limits)
	}
	if t.subject == 0 {
		return hedge.Errorf(hedge.OutcomeExceededCPU, "code outside of any request used more than %v of processor time", limits.StartupCPU)
	}
	return hedge.Errorf(hedge.OutcomeExceededCPU, "the request used more than its %v of processor time (limits.cpu)", limits.CPU)
}

func memoryError(limits *hedge.Limits) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeExceededMemory, "the app used more than its %d MiB of memory (limits.memory)", limits.Memory>>20)
}

// charge adds the time of a turn to its request.
func (s *session) charge(subject uint32, cpu time.Duration) *invocation {
	s.mu.Lock()
	inv := s.invocations[subject]
	if inv != nil {
		inv.cpu += cpu
	}
	s.mu.Unlock()
	if inv != nil {
		inv.req.Account.Spent(cpu)
	}
	return inv
}

func (s *session) handleFrames(frames []byte) {
	for len(frames) > 0 {
		f, rest, err := frame.Next(frames)
		if err == nil {
			err = s.handleFrame(f)
		}
		if err != nil {
			s.loseIsolate(0, hedge.Wrap(err, hedge.OutcomeException, "the isolate broke the protocol"))
			return
		}
		frames = rest
	}
}

func (s *session) handleFrame(f frame.Frame) error {
	r := frame.NewReader(f.Payload)
	switch f.Kind {
	case frame.Response:
		s.handleResponse(f.ID, &r)
	case frame.Threw:
		notResponse := r.Word() == 1
		s.handleThrew(f.ID, notResponse, r.Rest())
	case frame.Finished:
		s.finishInvocation(f.ID)
	case frame.Op:
		s.startOp(f.ID, &r)
	case frame.Abandon:
		s.abandonOp(f.ID)
	case frame.Chunk, frame.End, frame.Break:
		s.handleOutgoing(f, &r)
	case frame.Pull:
		s.pullHostBody(f.ID, r.Word())
	case frame.Cancel:
		s.cancelHostBody(f.ID)
	case frame.Timer:
		s.setTimer(f.ID, r.Word())
	case frame.Console:
		s.handleConsole(f.ID, &r)
	case frame.Uncaught:
		s.handleUncaught(f.ID, r.Rest())
	case frame.Loaded:
		s.hasFetch = r.Word() == 1
		s.reportLoaded(nil)
	case frame.LoadFailed:
		s.reportLoaded(s.exceptionError(hedge.OutcomeStartupFailed, "the app failed to load", r.Rest()))
	default:
		return fmt.Errorf("unknown frame %d", f.Kind)
	}
	return r.Err()
}

// reportLoaded passes on the outcome of loading; only the first counts.
func (s *session) reportLoaded(err error) {
	if s.isLoaded.CompareAndSwap(false, true) {
		s.loaded <- err
	}
}

// exceptionError makes an error of an exception that the isolate described.
func (s *session) exceptionError(outcome hedge.Outcome, what string, description []byte) *hedge.Error {
	x, err := v8.DecodeException(description)
	if err != nil {
		return hedge.Wrap(err, outcome, "%s", what)
	}
	s.app.locate(x)
	return &hedge.Error{Outcome: outcome, Message: what + ": " + x.Error(), Exception: x}
}

func (s *session) find(id uint32) *invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.invocations[id]
}

func (s *session) handleResponse(id uint32, r *frame.Reader) {
	inv := s.find(id)
	status, kind, stream, finished := r.Word(), r.Word(), r.Word(), r.Word() == 1
	list := r.List()
	inline := r.ByteString()
	if inv == nil || r.Err() != nil {
		return
	}
	res := &httpmsg.Response{Status: int(status)}
	res.Reason, list, _ = list.Next()
	readHeader(&res.Header, list)
	s.setBody(inv, res, kind, stream, inline)
	inv.respond(res)
	if finished {
		s.finishInvocation(id)
	}
}

func readHeader(h *httpmsg.Header, list frame.List) {
	for {
		name, rest, ok := list.Next()
		if !ok {
			return
		}
		value, rest, ok := rest.Next()
		if !ok {
			return
		}
		h.Add(name, value)
		list = rest
	}
}

func (s *session) handleThrew(id uint32, notResponse bool, description []byte) {
	inv := s.find(id)
	if inv == nil {
		return
	}
	if notResponse {
		inv.fail(s.exceptionError(hedge.OutcomeNoResponse, "the handler did not return a Response", description))
	} else {
		inv.fail(s.exceptionError(hedge.OutcomeException, "the handler threw", description))
	}
}

func (s *session) handleConsole(id uint32, r *frame.Reader) {
	level := r.Word()
	site, text := r.Text(), r.Text()
	if r.Err() == nil {
		s.app.runtime.cfg.Console(Line{App: s.app.release.Name, Level: Level(level), Site: s.app.locateSite(site), Text: text, Request: s.requestOf(id)})
	}
}

func (s *session) handleUncaught(id uint32, description []byte) {
	err := s.exceptionError(hedge.OutcomeException, "uncaught", description)
	s.app.runtime.cfg.Console(Line{App: s.app.release.Name, Level: LevelError, Text: err.Message, Exception: err.Exception, Request: s.requestOf(id)})
}

func (s *session) requestOf(id uint32) *httpmsg.Request {
	if inv := s.find(id); inv != nil {
		return inv.req
	}
	return nil
}

// setTimer arranges for the next Wake.
func (s *session) setTimer(owner, ms uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if ms == frame.NoTimer || s.lost {
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
	s.mu.Unlock()
	s.port.post(owner, false, func(w *frame.Writer) { w.Empty(frame.Wake, 0) })
}

// condemn takes the session out of service: it gets no more requests, and is
// closed when the last has ended.
func (s *session) condemn() {
	s.mu.Lock()
	s.condemned = true
	empty := len(s.invocations) == 0
	s.mu.Unlock()
	s.app.forget(s)
	if empty {
		s.close()
	}
}

// loseIsolate ends everything in an isolate that cannot go on. The request that
// was at work gets the error; others in it are told that they lost their isolate.
func (s *session) loseIsolate(subject uint32, cause *hedge.Error) {
	s.reportLoaded(cause)
	s.mu.Lock()
	others := make([]*invocation, 0, len(s.invocations))
	for _, inv := range s.invocations {
		others = append(others, inv)
	}
	s.mu.Unlock()
	if subject == 0 {
		s.app.runtime.cfg.Console(Line{App: s.app.release.Name, Level: LevelError, Text: cause.Error()})
	}
	for _, inv := range others {
		if inv.id == subject {
			inv.fail(cause)
		} else {
			inv.fail(hedge.Errorf(hedge.OutcomeIsolateLost, "another request ended the isolate that this one ran in (%s)", cause.Outcome))
		}
	}
	s.close()
}

// close ends the session and everything in it.
func (s *session) close() {
	s.mu.Lock()
	if s.lost {
		s.mu.Unlock()
		return
	}
	s.lost, s.condemned = true, true
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	var ends []func()
	for _, inv := range s.invocations {
		ends = append(ends, inv.stopOps)
	}
	for _, call := range s.ops {
		ends = append(ends, call.cancel)
	}
	for _, b := range s.hostBodies {
		ends = append(ends, b.close)
	}
	lost := hedge.Errorf(hedge.OutcomeIsolateLost, "the isolate that made this body has ended")
	for _, b := range s.outgoing {
		ends = append(ends, func() { b.finish(lost) })
	}
	clear(s.invocations)
	clear(s.hostBodies)
	clear(s.outgoing)
	s.mu.Unlock()
	for _, end := range ends {
		end()
	}
	s.app.forget(s)
	s.port.close()
	s.reportLoaded(errors.New("worker: the isolate was closed"))
}

// endHung ends the requests that can never be answered: no op, timer or body read
// of the whole isolate is outstanding.
func (s *session) endHung() {
	s.mu.Lock()
	if s.timer != nil {
		s.mu.Unlock()
		return
	}
	var hung []*invocation
	for _, inv := range s.invocations {
		if inv.hung() {
			hung = append(hung, inv)
		}
	}
	var silent []*isolateBody
	for _, b := range s.outgoing {
		if b.starved() {
			silent = append(silent, b)
		}
	}
	s.mu.Unlock()
	for _, inv := range hung {
		inv.fail(hedge.Errorf(hedge.OutcomeHung, "the handler's promise can never settle: it waits for nothing that could still happen"))
		s.endInvocation(inv, true)
	}
	for _, b := range silent {
		b.finish(hedge.Errorf(hedge.OutcomeHung, "the response's body can never end: it waits for nothing that could still happen"))
	}
	if !s.isLoaded.Load() {
		s.reportLoaded(hedge.Errorf(hedge.OutcomeStartupFailed, "the app never finishes loading: a top-level await waits for nothing that could still happen"))
	}
}

// setBody gives a response the body that the isolate named.
func (s *session) setBody(inv *invocation, res *httpmsg.Response, kind, stream uint32, inline []byte) {
	encoded := kind&frame.BodyEncoded != 0
	switch kind &^ frame.BodyEncoded {
	case frame.BodyInline:
		res.Body = httpmsg.NewBytesBody(append([]byte(nil), inline...))
		res.ContentLength = int64(len(inline))
		s.encode(res, encoded)
	case frame.BodyIsolate:
		res.Body, res.ContentLength = s.openIsolateBody(stream, inv), -1
		s.encode(res, encoded)
	case frame.BodyHost:
		s.passThrough(inv.req, res, stream)
	}
}

var errNoBody = errors.New("worker: the body that the response names is gone")

// passThrough makes a host body, untouched, the body of a response. It keeps its
// coding if the response says so and the client takes it, and loses it otherwise.
func (s *session) passThrough(req *httpmsg.Request, res *httpmsg.Response, stream uint32) {
	b := s.takeHostBody(stream)
	if b == nil {
		res.Body, res.ContentLength = failedBody{errNoBody}, -1
		return
	}
	res.Body, res.ContentLength = b.reader, b.length
	if !coding.Known(b.coding) || (sameCoding(res, b.coding) && accepts(req, b.coding)) {
		return
	}
	if sameCoding(res, b.coding) {
		res.Header.Del("Content-Encoding")
	}
	res.Header.Del("Content-Length")
	res.Body, res.ContentLength = b.raw(), -1
}

// failedBody is a body that could not be had.
type failedBody struct{ err error }

func (b failedBody) Read([]byte) (int, error) { return 0, b.err }
func (b failedBody) Close() error             { return nil }

var _ io.ReadCloser = failedBody{}
