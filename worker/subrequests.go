package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"hedge"
)

// subrequests are the fetches of one request, or those of the app itself while it
// loads. A fetch is open from when it is sent until its answer's body is closed.
// As many may be open as the limits say; those beyond wait, in order. Guarded by
// session.mu.
type subrequests struct {
	made    int
	open    int
	waiting []chan struct{} // each is closed when it has its place
}

// place is what an open fetch holds.
type place struct {
	session *session // nil as long as there is none
	of      *subrequests
	once    sync.Once
}

// AdmitFetch counts a subrequest against the limits, and waits until it may be
// opened. It comes before the bodies that belong to it are taken, and again before
// each request that a redirect leads to, which is in the place of the first.
func (c *Call) AdmitFetch(ctx context.Context) error {
	s := c.session
	if err := s.countFetch(c.inv); err != nil {
		return err
	}
	if c.place.session != nil {
		return nil
	}
	of := s.subrequestsOf(c.inv)
	if err := s.awaitPlace(ctx, of); err != nil {
		return err
	}
	c.place.session, c.place.of = s, of
	return nil
}

func (s *session) subrequestsOf(inv *invocation) *subrequests {
	if inv == nil {
		return &s.own
	}
	return &inv.subrequests
}

// countFetch counts a subrequest.
func (s *session) countFetch(inv *invocation) error {
	limit := s.app.limits.Subrequests
	of := s.subrequestsOf(inv)
	s.mu.Lock()
	of.made++
	over := limit >= 0 && of.made > limit
	s.mu.Unlock()
	if inv != nil {
		inv.account.Fetched()
	}
	if !over {
		return nil
	}
	err := hedge.Errorf(hedge.OutcomeExceededFetches, "the request made more than its %d fetches (limits.subrequests)", limit)
	return &Failure{Name: "Error", Message: err.Message, Err: err}
}

// awaitPlace takes a place, when there is one.
func (s *session) awaitPlace(ctx context.Context, of *subrequests) error {
	limit := s.app.limits.OpenSubrequests
	s.mu.Lock()
	if ctx.Err() != nil { // the places of those that have been ended with it are free
		s.mu.Unlock()
		return ctx.Err()
	}
	if limit < 0 || of.open < limit {
		of.open++
		s.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	of.waiting = append(of.waiting, mine)
	s.waiting.Add(1)
	s.mu.Unlock()
	defer s.waiting.Add(-1)
	s.breakDeadlocks()
	select {
	case <-mine:
		if ctx.Err() == nil {
			return nil
		}
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(of.waiting, mine); i >= 0 {
		of.waiting = slices.Delete(of.waiting, i, i+1)
	} else {
		of.pass() // it came at the same time
	}
	return ctx.Err()
}

// leave gives the place, if there is one, to who waits for one.
func (p *place) leave() {
	if p.session == nil {
		return
	}
	p.once.Do(func() {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		p.of.pass()
	})
}

func (of *subrequests) pass() {
	if len(of.waiting) == 0 {
		of.open--
		return
	}
	close(of.waiting[0])
	of.waiting = of.waiting[1:]
}

// breakDeadlocks cancels a body for each request whose fetches wait while every
// place is held by a body that nobody reads. It is called whenever that may have
// come about: a fetch begins to wait, a read ends, the isolate comes to rest.
//
// Nobody reads means that the isolate was handed all there is, and has not asked
// for more. The bytes that a read brought may be queued still; so the bodies are
// looked at, then the queue, and then the bodies again. Had bytes been queued at
// the first look, then at the second either the isolate is at work, and comes to
// rest later, or it has asked for more.
func (s *session) breakDeadlocks() {
	if s.waiting.Load() == 0 {
		return
	}
	s.mu.Lock()
	reads, stuck := s.reads, s.stuckBodies()
	s.mu.Unlock()
	if len(stuck) == 0 || s.traffic.busy.Load() {
		return
	}
	for _, b := range stuck {
		b.inv.keep() // for the warning: the request may be over by then
	}
	var cancelled []*hostBody
	s.mu.Lock()
	if s.reads == reads {
		cancelled = s.stuckBodies()
	}
	for _, b := range cancelled {
		b.cancel(s.cancelledError(b))
	}
	s.mu.Unlock()
	for _, b := range cancelled {
		s.app.print(len(b.failure.Message), func() Line {
			return Line{App: s.app.release.Name, Level: LevelWarn, Text: b.failure.Message, Request: b.inv.keep()}
		})
	}
}

// stuckBodies returns the oldest body of each request that waits in vain. mu is held.
func (s *session) stuckBodies() []*hostBody {
	idle := map[*subrequests]int{}
	oldest := map[*subrequests]*hostBody{}
	for _, b := range s.hostBodies {
		if b.place == nil || b.reads > 0 || b.failure != nil {
			continue
		}
		of := b.place.of
		idle[of]++
		if oldest[of] == nil || b.id < oldest[of].id {
			oldest[of] = b
		}
	}
	var stuck []*hostBody
	for of, b := range oldest {
		if len(of.waiting) > 0 && idle[of] == of.open {
			stuck = append(stuck, b)
		}
	}
	return stuck
}

func (s *session) cancelledError(b *hostBody) *hedge.Error {
	return hedge.Errorf(hedge.OutcomeExceededFetches,
		"the body of %s was cancelled to let another fetch begin: %d were open (limits.open_subrequests), and nobody read what they answered; read each body, or cancel it",
		b.source(), b.place.of.open)
}

// source says what the body is the answer of.
func (b *hostBody) source() string {
	if b.from == "" {
		return "a fetch"
	}
	return fmt.Sprintf("the fetch of %.200s", b.from)
}
