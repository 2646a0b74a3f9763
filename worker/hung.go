package worker

import "hedge"

// rested ends what waits in vain, now that the isolate has nothing to do.
func (s *session) rested() {
	if s.active.Load() > 0 || !s.isLoaded.Load() {
		s.endHung()
	}
}

// endHung ends the requests that can never be answered and the bodies that can
// never end: no turn, op, timer or body read of the whole isolate is outstanding,
// and nobody reads, or can yet close, a body that it produces. That another request
// might still come and help does not count, for it may go to another isolate.
func (s *session) endHung() {
	s.mu.Lock()
	hung, silent, isHung := s.findHung()
	s.mu.Unlock()
	if !isHung {
		return
	}
	for _, inv := range hung {
		inv.fail(hedge.Errorf(hedge.OutcomeHung, "the handler's promise can never settle: it waits for nothing that could still happen"))
		inv.end(true, nil)
	}
	for _, b := range silent {
		b.finish(hedge.Errorf(hedge.OutcomeHung, "the response's body can never end: it waits for nothing that could still happen"))
	}
	if !s.isLoaded.Load() {
		s.reportLoaded(hedge.Errorf(hedge.OutcomeStartupFailed, "the app never finishes loading: a top-level await waits for nothing that could still happen"))
	}
}

// findHung looks at one moment: with mu held no request begins, no timer fires, and
// what had been under way before shows in the traffic. As long as nothing is posted
// meanwhile, a body that is starved stays so. mu is held.
func (s *session) findHung() (hung []*invocation, silent []*isolateBody, isHung bool) {
	before, isQuiet := s.traffic.isQuiet()
	if s.timer != nil || !isQuiet {
		return nil, nil, false
	}
	for _, b := range s.outgoing {
		if !b.starved() {
			return nil, nil, false // its reader will read on, or close it
		}
		silent = append(silent, b)
	}
	for _, inv := range s.invocations {
		if inv.waits() {
			hung = append(hung, inv)
		}
	}
	after, isQuiet := s.traffic.isQuiet()
	return hung, silent, isQuiet && after == before
}
