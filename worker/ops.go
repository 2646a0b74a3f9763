package worker

import (
	"errors"
	"fmt"

	"hedge"
	"hedge/frame"
)

// startOp carries out what the isolate asks, in a goroutine that ends with the op.
func (s *session) startOp(id uint32, r *frame.Reader) {
	owner, code := r.Word(), r.Word()
	call := &Call{id: id, session: s, Payload: frame.NewReader(append([]byte(nil), r.Rest()...))}
	within := &s.app.runtime.life
	s.traffic.expect()
	if owner != 0 {
		if call.inv = s.inTurn(owner); call.inv == nil {
			call.fail(errors.New("the request that this belongs to is over"))
			return
		}
		within = &call.inv.life
	}
	op, ok := s.app.runtime.ops[code]
	if !ok {
		call.fail(fmt.Errorf("the host has no op %d", code))
		return
	}
	call.life.Follow(within)
	if !s.registerOp(call) {
		call.life.End()
		return
	}
	go call.run(&op)
}

func (c *Call) run(op *Op) { c.finish(op.Run(&c.life, c)) }

// registerOp makes it possible to end a call; false when the isolate is gone.
func (s *session) registerOp(call *Call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isLost {
		return false
	}
	s.ops[call.id] = call
	return true
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
	delete(s.ops, c.id)
	s.mu.Unlock()
	subject := uint32(0)
	if c.inv != nil {
		subject = c.inv.id
	}
	s.port.post(subject, true, write)
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
