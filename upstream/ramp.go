package upstream

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"hedge"
)

// The states of a ramp.
const (
	RampRunning   = "running"
	RampCompleted = "completed"
	RampAborted   = "aborted"
	RampStopped   = "stopped" // somebody has set the shares by hand
)

// climb is a ramp at work. The split's mu guards it.
type climb struct {
	rampState
	condition hedge.Condition
	side      int // that it leads to
	stop      func() bool
}

// newClimb checks a ramp of a split, and makes it one that is not at work yet. The error is a
// *hedge.Error.
func newClimb(split string, sides []hedge.Side, r hedge.Ramp) (*climb, error) {
	c := &climb{rampState: rampState{Ramp: r, State: RampRunning}, side: slices.IndexFunc(sides, func(one hedge.Side) bool { return one.Upstream == r.To })}
	if c.Samples == 0 {
		c.Samples = hedge.DefaultSamples
	}
	var err error
	if r.AbortIf != "" {
		c.condition, err = hedge.ParseCondition(r.AbortIf)
	}
	switch {
	case err != nil:
		return nil, hedge.Wrap(err, hedge.OutcomeBadRequest, "the ramp of the split %q has a condition that cannot be read", split)
	case c.side < 0:
		return nil, hedge.Errorf(hedge.OutcomeBadRequest, "the ramp of the split %q leads to %q, which is none of its sides", split, r.To)
	case len(sides) < 2 || !rising(r.Steps) || r.Every <= 0:
		return nil, hedge.Errorf(hedge.OutcomeBadRequest, "the ramp of the split %q needs steps that rise up to 100%% at most, a time for each, and another side", split)
	}
	return c, nil
}

// halt ends the timer. It may be called on nil.
func (c *climb) halt() {
	if c != nil && c.stop != nil {
		c.stop()
	}
}

// Ramp starts a ramp in place of the one that runs. It begins with the greatest step
// that the side has already, or else with the first. The error is a *hedge.Error.
func (s *Split) Ramp(r hedge.Ramp) error {
	c, err := newClimb(s.name, s.spec.Sides, r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start(c, s.live.Load().weights)
	return nil
}

// start is Ramp, with the relation of the other sides that base has. mu is held.
func (s *Split) start(c *climb, base []int) {
	s.ramp.halt()
	now := s.live.Load()
	c.Base, c.Step = base, -1
	for i, step := range c.Steps {
		if step <= now.share(c.side) {
			c.Step = i
		}
	}
	s.ramp = c
	if c.Step < 0 {
		s.climbTo(0)
	} else {
		s.begin()
	}
}

func rising(steps []float64) bool {
	last := 0.0
	for _, step := range steps {
		if step <= last || step > 1 {
			return false
		}
		last = step
	}
	return len(steps) > 0
}

// climbTo takes a step. mu is held.
func (s *Split) climbTo(step int) {
	c := s.ramp
	c.Step = step
	s.redivide(with(c.Base, c.side, c.Steps[step]))
	s.notice(hedge.ReasonStepped, c.To+" has "+percent(c.Steps[step]))
	s.begin()
}

// redivide changes to weights that are known to be right. mu is held.
func (s *Split) redivide(weights []int) {
	now := s.live.Load()
	s.live.Store(&division{weights, divide(now.shares, weights)})
}

// begin starts the time of a step. mu is held.
func (s *Split) begin() {
	s.ramp.Stepped = s.cfg.Clock.Now()
	s.sides[s.ramp.side].window.reset()
	s.plan()
}

// looks is how often a step is looked at while it lasts.
const looks = 20

func (s *Split) plan() {
	c := s.ramp
	if !s.closed {
		c.stop = s.cfg.Clock.AfterFunc(max(min(c.Every/looks, slotLength), time.Millisecond), func() { s.look(c) })
	}
}

// look judges the side that the ramp leads to, and goes on if it is time.
func (s *Split) look(c *climb) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.ramp != c || c.State != RampRunning {
		return
	}
	now := s.cfg.Clock.Now()
	new, others := s.sides[c.side].window.stats(now), s.statsOfOthers(c.side, now)
	if others.Requests >= uint64(c.Samples) {
		c.Others = others
	}
	if new.Requests >= uint64(c.Samples) {
		if why := c.verdict(new); why != "" {
			s.end(RampAborted, why)
			s.redivide(with(c.Base, c.side, 0))
			s.notice(hedge.ReasonAborted, why+"; "+c.To+" has 0%")
			return
		}
	}
	enough := s.sides[c.side].window.sinceReset() >= uint64(c.Samples)
	switch {
	case now.Sub(c.Stepped) < c.Every || !enough:
		s.plan()
	case c.Step == len(c.Steps)-1:
		s.end(RampCompleted, "")
		s.notice(hedge.ReasonCompleted, c.To+" has "+percent(s.live.Load().share(c.side)))
	default:
		s.climbTo(c.Step + 1)
	}
}

func (s *Split) end(state, why string) {
	s.ramp.halt()
	s.ramp.State, s.ramp.Why = state, why
}

// statsOfOthers are those of the busiest other side.
func (s *Split) statsOfOthers(but int, now time.Time) (busiest Stats) {
	for i, one := range s.sides {
		if stats := one.window.stats(now); i != but && stats.Requests >= busiest.Requests {
			busiest = stats
		}
	}
	return busiest
}

// verdict says which term of the condition is true; empty: none is. A multiple of the
// other sides means nothing before they have been seen, or where they have 0.
func (c *climb) verdict(new Stats) string {
	for _, term := range c.condition {
		is, other := measure(new, term.Measure), measure(c.Others, term.Measure)
		bound := term.Above
		if term.Times {
			bound *= other
		}
		if is <= bound || term.Times && other == 0 {
			continue
		}
		why := fmt.Sprintf("%s: %s", term, shown(term.Measure, is))
		if term.Times {
			why += ", and " + shown(term.Measure, other) + " on the other side"
		}
		return why + fmt.Sprintf(", of %d requests", new.Requests)
	}
	return ""
}

func measure(s Stats, m hedge.Measure) float64 {
	switch m {
	case hedge.MeasureErrorRate:
		return s.ErrorRate
	case hedge.MeasureP50:
		return s.P50
	case hedge.MeasureP90:
		return s.P90
	}
	return s.P99
}

func shown(m hedge.Measure, value float64) string {
	if m == hedge.MeasureErrorRate {
		return percent(value)
	}
	return time.Duration(value * float64(time.Second)).Round(10 * time.Microsecond).String()
}

func percent(share float64) string {
	return strconv.FormatFloat(float64(int(share*10000+0.5))/100, 'f', -1, 64) + "%"
}

// notice tells the operator. mu is held.
func (s *Split) notice(reason hedge.Reason, detail string) {
	if s.cfg.Notice != nil {
		s.cfg.Notice(hedge.Decision{Part: s.part, Reason: reason, Detail: detail})
	}
}

// Abort ends the ramp that runs and sends nobody to its side any more but testers. The
// error, a *hedge.Error, says that none runs.
func (s *Split) Abort() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ramp
	if c == nil || c.State != RampRunning {
		return hedge.Errorf(hedge.OutcomeBadRequest, "no ramp of the split %q is running", s.name)
	}
	s.end(RampAborted, "by the operator")
	s.redivide(with(c.Base, c.side, 0))
	s.notice(hedge.ReasonAborted, "by the operator; "+c.To+" has 0%")
	return nil
}

// Set changes the weights of sides; those that are not named keep theirs. It ends the
// ramp. The error is a *hedge.Error.
func (s *Split) Set(weights map[string]int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.live.Load()
	next := slices.Clone(now.weights)
	for name, weight := range weights {
		i := slices.IndexFunc(s.sides, func(one *side) bool { return one.Upstream == name })
		if i < 0 {
			return hedge.Errorf(hedge.OutcomeBadRequest, "the split %q has no side %q", s.name, name)
		}
		next[i] = weight
	}
	if err := s.divide(now, next); err != nil {
		return err
	}
	if s.ramp != nil && (s.ramp.State == RampRunning || s.ramp.State == RampCompleted) {
		s.end(RampStopped, "the shares were set by hand")
	}
	return nil
}

// Status is what a split is doing.
type Status struct {
	Name  string       `json:"name"`
	Sides []SideStatus `json:"sides"`
	Ramp  *RampStatus  `json:"ramp,omitempty"`
}

// SideStatus is a side of a split, and its last minute.
type SideStatus struct {
	Upstream string  `json:"upstream"`
	Weight   int     `json:"weight"`
	Share    float64 `json:"share"`
	Stats
}

// RampStatus is the ramp that runs, or ran last.
type RampStatus struct {
	To    string    `json:"to"`
	State string    `json:"state"`
	Why   string    `json:"why,omitempty"`
	Step  int       `json:"step"` // from 1
	Steps []float64 `json:"steps"`
	// Next is when the next step is due, if there are enough samples by then.
	Next *time.Time `json:"next,omitempty"`
}

// Show returns what the split is doing.
func (s *Split) Show() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, live := s.cfg.Clock.Now(), s.live.Load()
	status := Status{Name: s.name}
	for i, one := range s.sides {
		status.Sides = append(status.Sides, SideStatus{one.Upstream, live.weights[i], live.share(i), one.window.stats(now)})
	}
	if c := s.ramp; c != nil {
		status.Ramp = &RampStatus{To: c.To, State: c.State, Why: c.Why, Step: c.Step + 1, Steps: c.Steps}
		if c.State == RampRunning {
			next := c.Stepped.Add(c.Every)
			status.Ramp.Next = &next
		}
	}
	return status
}

// RampAgain starts the ramp of the definition anew. The error, a *hedge.Error, says that
// it has none.
func (s *Split) RampAgain() error {
	if s.spec.Ramp == nil {
		return hedge.Errorf(hedge.OutcomeBadRequest, "the split %q has no ramp in hedge.toml: say where it leads to, and how", s.name)
	}
	return s.Ramp(*s.spec.Ramp)
}
