package worker

import (
	"fmt"
	"strings"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/v8"
)

var _ observer = (*session)(nil)

// budget is what the next turn about a request may use of the processor.
func (s *session) budget(subject uint32, renewed bool) time.Duration {
	limits := &s.app.limits
	if subject == 0 {
		return max(limits.StartupCPU-time.Duration(s.startup.Load()), leastBudget)
	}
	if inv := s.find(subject); inv != nil {
		if renewed {
			inv.cpu.Store(0)
		}
		return max(limits.CPU-time.Duration(inv.cpu.Load()), leastBudget)
	}
	return limits.CPU // to clean up
}

// handle takes what a turn left behind.
func (s *session) handle(t turn) {
	s.window.took(t.posts)
	s.current = s.find(t.subject)
	s.takeTurn(t)
	s.current = nil // an isolate that rests is not to keep its last request and what was answered
}

func (s *session) takeTurn(t turn) {
	inv := s.current
	if inv != nil {
		if t.renewed {
			inv.cpu.Store(0)
		}
		inv.cpu.Add(int64(t.cpu))
		inv.account.Spent(t.cpu)
		s.used.Store(t.began.UnixNano())
	}
	if t.subject == 0 && !s.isLoaded.Load() {
		// V8 compiles, and runs some built-ins, without asking whether it is to end.
		if used := s.startup.Add(int64(t.cpu)); t.status == v8.OK && used > int64(s.app.limits.StartupCPU) {
			s.loseIsolate(0, s.limitError(t))
			return
		}
	}
	if t.subject == 0 && s.isLoaded.Load() && s.spendOutside(t.cpu) {
		return
	}
	refused := t.memoryRefused && !s.refused
	s.refused = t.memoryRefused
	if refused && inv != nil {
		inv.pass(memoryError(&s.app.limits))
	}
	switch t.status {
	case v8.OK:
		s.handleFrames(t.frames)
	case v8.Terminated:
		s.loseIsolate(t.subject, s.limitError(t))
		return
	default:
		s.loseIsolate(t.subject, s.failureError(t))
		return
	}
	if inv != nil && inv.cpu.Load() > int64(s.app.limits.CPU) {
		inv.overspent(s.limitError(t))
	}
	if refused {
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
		return hedge.Errorf(hedge.OutcomeExceededCPU, "code outside of any request used more than its %v of processor time (limits.startup_cpu)", limits.StartupCPU)
	}
	return cpuError(limits, t.subject)
}

// failureError says why the runtime itself has failed in a turn: there was no memory
// for it either.
func (s *session) failureError(t turn) *hedge.Error {
	if t.outOfMemory || t.memoryRefused {
		return memoryError(&s.app.limits)
	}
	return hedge.Errorf(hedge.OutcomeException, "the runtime itself failed in a turn, which is a bug in Hedge")
}

func memoryError(limits *hedge.Limits) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeExceededMemory, "the app used more than its %d MiB of memory (limits.memory)", limits.Memory>>20)
}

// loseIsolate ends an isolate that cannot go on. The request that was at work gets
// the error.
func (s *session) loseIsolate(subject uint32, cause *hedge.Error) {
	if s.traffic.ended.Load() {
		return // the turn was ended because the session was
	}
	if rt := s.app.runtime; rt.cordons != nil && cause.Outcome != hedge.OutcomeException {
		rt.cordons.exceeded(s.app)
	}
	loading := s.reportLoaded(cause)
	if subject == 0 && !loading {
		s.app.print(0, func() Line { return Line{App: s.app.release.Name, Level: LevelError, Text: cause.Error()} })
	}
	s.close(subject, cause)
}

func (s *session) handleFrames(frames []byte) {
	s.handleLines(frames)
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

// handleLines takes what a turn has printed. It comes before the rest, with which the
// request may be over and the server's again.
func (s *session) handleLines(frames []byte) {
	for len(frames) > 0 {
		f, rest, err := frame.Next(frames)
		if err != nil {
			return // handleFrames says so
		}
		r := frame.NewReader(f.Payload)
		switch f.Kind {
		case frame.Console:
			s.handleConsole(f.ID, &r)
		case frame.Uncaught:
			s.handleUncaught(f.ID, r.Rest())
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
		notResponse, fault := r.Word() == 1, r.Word()
		s.handleThrew(f.ID, notResponse, fault, r.Rest())
	case frame.Finished:
		if inv := s.inTurn(f.ID); inv != nil {
			inv.finish()
		}
	case frame.Op:
		s.startOp(f.ID, &r)
	case frame.Abandon:
		s.abandonOp(f.ID)
	case frame.Chunk, frame.End, frame.Break:
		if err := s.handleOutgoing(f, &r); err != nil {
			return err
		}
	case frame.Pull:
		if err := s.pullHostBody(f.ID, r.Word()); err != nil {
			return err
		}
	case frame.Cancel:
		s.cancelHostBody(f.ID)
	case frame.Timer:
		s.setTimer(f.ID, r.Word())
	case frame.Console, frame.Uncaught:
		return nil // handleLines has taken it
	case frame.Loaded:
		s.hasFetch = r.Word() == 1
		s.startup.Store(0)
		s.reportLoaded(nil)
	case frame.LoadFailed:
		s.reportLoaded(s.loadError(r.Rest()))
	default:
		return fmt.Errorf("unknown frame %d", f.Kind)
	}
	return r.Err()
}

// inTurn finds a request, which is most often the one that the turn is about.
func (s *session) inTurn(id uint32) *invocation {
	if s.current != nil && s.current.id == id {
		return s.current
	}
	return s.find(id)
}

// exceptionError makes an error of an exception that the isolate described.
func (s *session) exceptionError(outcome hedge.Outcome, what string, description []byte) *hedge.Error {
	x, err := v8.DecodeException(description)
	if err != nil {
		return hedge.Wrap(err, outcome, "%s", what)
	}
	s.app.locate(x)
	return &hedge.Error{Outcome: outcome, Message: what + ": " + x.Error() + adviceFor(x), Exception: x}
}

// adviceFor says what to do where code takes a global of another runtime for granted.
func adviceFor(x *hedge.Exception) string {
	global, ok := strings.CutSuffix(x.Message, " is not defined")
	if x.Name != "ReferenceError" || !ok {
		return ""
	}
	switch global {
	case "Buffer", "process", "setImmediate":
		module := map[string]string{"Buffer": "node:buffer", "process": "node:process", "setImmediate": "node:timers"}[global]
		return fmt.Sprintf(` (import %q, before all else, makes it a global)`, module)
	case "IdentityTransformStream":
		return " (new TransformStream() is one)"
	case "FixedLengthStream":
		return " (new TransformStream() passes on what is written; the answer's length is not told in front)"
	}
	return ""
}

// loadError makes an error of the exception that ended the loading of the app.
func (s *session) loadError(description []byte) *hedge.Error {
	err := s.exceptionError(hedge.OutcomeStartupFailed, "the app failed to load", description)
	if s.refused && isRefusal(err.Exception) {
		return exceeded(memoryError(&s.app.limits), err)
	}
	return err
}

func (s *session) handleThrew(id uint32, notResponse bool, fault uint32, description []byte) {
	inv := s.inTurn(id)
	if inv == nil {
		return
	}
	if notResponse {
		inv.fail(s.exceptionError(hedge.OutcomeNoResponse, "the handler did not return a Response", description))
		return
	}
	err := s.exceptionError(hedge.OutcomeException, "the handler threw", description)
	if s.refused && isRefusal(err.Exception) {
		inv.pass(memoryError(&s.app.limits)) // as an isolate says only once that it has begun to refuse
	}
	inv.fail(inv.blame(fault, err))
}

// isRefusal reports whether an exception is what V8 throws when it gets no memory
// for an ArrayBuffer.
func isRefusal(x *hedge.Exception) bool {
	return x != nil && x.Name == "RangeError" && x.Message == "Array buffer allocation failed"
}

func (s *session) handleConsole(id uint32, r *frame.Reader) {
	level := Level(r.Word())
	site, text := r.Text(), clip(r.Text())
	if r.Err() != nil {
		return
	}
	if level == levelDropped {
		s.app.drop()
		return
	}
	if level == levelHint {
		if !s.app.runtime.cfg.Hints || !s.app.printed.hint(text) {
			return
		}
		level = LevelWarn
	}
	s.app.print(len(text), func() Line {
		return Line{
			App: s.app.release.Name, Level: level, Site: s.app.locateSite(site), Text: clip(s.app.locateText(text)),
			Request: s.inTurn(id).keep(),
		}
	})
}

func (s *session) handleUncaught(id uint32, description []byte) {
	s.app.print(len(description), func() Line {
		err := s.exceptionError(hedge.OutcomeException, "uncaught", description)
		return Line{
			App: s.app.release.Name, Level: LevelError, Text: err.Message, Exception: err.Exception,
			Request: s.inTurn(id).keep(),
		}
	})
}
