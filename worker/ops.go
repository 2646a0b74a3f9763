package worker

import (
	"errors"
	"fmt"
	"runtime/debug"

	"hedge"
	"hedge/frame"
)

// startOp carries out what the isolate asks, in a goroutine that ends with the op.
func (s *session) startOp(id uint32, r *frame.Reader) {
	owner, code := r.Word(), r.Word()
	call := &Call{id: id, session: s, size: opOverhead + int64(len(r.Rest()))}
	s.traffic.expect()
	if owner != 0 {
		if call.inv = s.inTurn(owner); call.inv == nil {
			call.fail(errors.New("the request that this belongs to is over"))
			return
		}
	}
	op, ok := s.app.runtime.ops[code]
	if !ok {
		call.fail(fmt.Errorf("the host has no op %d", code))
		return
	}
	call.life.Follow(s.lifeOf(call.inv))
	isLost, isTooMuch := s.registerOp(call)
	switch {
	case isLost:
		call.life.End()
	case isTooMuch:
		call.life.End()
		call.fail(fmt.Errorf("too much is asked of the host at once, for more than %d MiB (limits.memory)", s.app.limits.Memory>>20))
	default:
		call.Payload = frame.NewReader(append([]byte(nil), r.Rest()...))
		go call.run(&op)
	}
}

// opOverhead is about what the host keeps of an op besides its payload, in bytes.
const opOverhead = 1 << 10

func (c *Call) run(op *Op) {
	var err error
	c.session.contain("the op "+op.Name, &err, func() { err = op.Run(&c.life, c) })
	c.finish(err)
}

// contain runs f, and has a panic in it be err. What an isolate says is checked, and what
// is overlooked is not to end the edge: it may come from a cordon that somebody has taken
// over.
func (s *session) contain(what string, err *error, f func()) {
	defer func() {
		if r := recover(); r != nil {
			*err = fmt.Errorf("%s failed, which is a bug in Hedge", what)
			s.app.runtime.cfg.Notice(Notice{Level: LevelError, Apps: []string{s.app.release.Name}, Text: fmt.Sprintf("%s panicked: %v\n%s", what, r, debug.Stack())})
		}
	}()
	f()
}

// registerOp makes it possible to end a call, unless the isolate is gone, or has so much
// under way that the host would keep more for it than it may have itself.
func (s *session) registerOp(call *Call) (isLost, isTooMuch bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.isLost:
		return true, false
	case s.opBytes+call.size > s.app.limits.Memory:
		return false, true
	}
	s.ops[call.id] = call
	s.opBytes += call.size
	return false, false
}

// finish sees to it that a call has been answered. A body that the call has opened
// goes on under the call's context, until it is closed.
func (c *Call) finish(err error) {
	if !c.opened {
		defer c.end()
	}
	if c.replied {
		return
	}
	if err == nil {
		err = errors.New("the op ended without a result")
	}
	var limit *hedge.Error
	if c.inv != nil && errors.As(err, &limit) && (limit.Outcome == hedge.OutcomeExceededFetches || limit.Outcome == hedge.OutcomeLoop) {
		c.inv.pass(limit)
		c.inv.account.Failed(limit)
	}
	c.fail(err)
}

// end ends what the call holds. It may be called again.
func (c *Call) end() {
	c.life.End()
	c.place.leave()
}

// finishOp posts the frame that answers an op, unless it has been abandoned.
func (s *session) finishOp(c *Call, write func(*frame.Writer)) {
	s.mu.Lock()
	if s.ops[c.id] == c {
		delete(s.ops, c.id)
		s.opBytes -= c.size
	}
	s.mu.Unlock()
	number := s.port.post(c.inv.subject(), true, write)
	if c.holds {
		s.window.leave(s.window.replies, number)
	}
	if c.body != nil {
		s.endRead(c.body)
	}
}

func (s *session) abandonOp(id uint32) {
	s.mu.Lock()
	call := s.ops[id]
	s.mu.Unlock()
	if call != nil {
		call.life.End()
	}
}

// publicMessage is what code gets to know of an error: the causes behind one of ours
// may name addresses.
func publicMessage(err error) string {
	var known *hedge.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return err.Error()
}

func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return nil
}
