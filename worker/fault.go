package worker

import (
	"errors"

	"hedge"
)

// A fault is what an origin did to a request: an op or a body failed of it. The isolate
// is told its number, remembers which exception it made of it, and says the number when
// the handler lets that exception out. So the answer is the one that a route to that
// origin has (RFC 9110 §15.6.3 and §15.6.5), without trust in code: it can let out what
// has happened to its own request, and nothing else.

// mostFaults is how many faults of a request are remembered; what is behind the others is
// an exception of code.
const mostFaults = 64

// isFault reports whether an outcome is about an origin, or the way to it.
func isFault(outcome hedge.Outcome) bool {
	return outcome.OfOrigin() || outcome == hedge.OutcomeOverloaded || outcome == hedge.OutcomeEgressDenied
}

// fault remembers what an op or a body failed of, and returns its number; 0 if it is no
// fault, or there is no error. inv is nil for what the app itself has asked for.
func (s *session) fault(inv *invocation, err error) uint32 {
	if inv == nil || err == nil {
		return 0
	}
	var known *hedge.Error
	if !errors.As(err, &known) || !isFault(known.Outcome) {
		return 0
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if len(inv.faults) == mostFaults {
		return 0
	}
	if inv.faults == nil {
		inv.faults = map[uint32]*hedge.Error{}
	}
	number := s.faults.Add(1)
	inv.faults[number] = known
	return number
}

// blame gives an exception that code let out the outcome of the fault with that number.
// One that belongs to another request, and what comes of a client that has gone, was too
// slow, or of a limit, stays an exception. It returns err, and does nothing on nil.
func (inv *invocation) blame(number uint32, err *hedge.Error) *hedge.Error {
	if inv == nil {
		return err
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	fault, ok := inv.faults[number]
	if ok && !inv.gone && inv.unread == nil && inv.passed == nil {
		err.Outcome, err.Err = fault.Outcome, fault.Err
	}
	return err
}
