package upstream

import (
	"slices"
	"time"

	"hedge"
)

// SplitState is how far a split is: what one that takes its place goes on from, in this
// process or, as JSON, in the next. Nobody changes what it points to.
type SplitState struct {
	Name       string      `json:"name"`
	Definition hedge.Split `json:"definition"`
	Weights    []int       `json:"weights"` // one for each side
	Shares     shares      `json:"shares"`
	Ramp       *rampState  `json:"ramp,omitempty"` // nil: none has run
}

// rampState is how far a ramp is.
type rampState struct {
	hedge.Ramp
	Base    []int     `json:"base"` // the weights that it began with, for the relation of the others
	Step    int       `json:"step"` // in Steps
	State   string    `json:"state"`
	Why     string    `json:"why,omitempty"`
	Stepped time.Time `json:"stepped"` // when the step began
	// Others is what the other sides were last seen to do with enough samples.
	Others Stats `json:"others"`
}

// State returns how far the split is.
func (s *Split) State() SplitState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state()
}

// state is State for who holds mu.
func (s *Split) state() SplitState {
	now := s.live.Load()
	state := SplitState{Name: s.name, Definition: s.spec, Weights: now.weights, Shares: now.shares}
	if s.ramp != nil {
		own := s.ramp.rampState
		state.Ramp = &own
	}
	return state
}

// Check says whether a split can go on from a state that another process has written, of
// whichever version that is. The error is a *hedge.Error.
func (st *SplitState) Check() error {
	sides := st.Definition.Sides
	sound := len(st.Weights) == len(sides) && usable(st.Weights) && st.Shares.covers(len(sides))
	if r := st.Ramp; sound && r != nil {
		if _, err := newClimb(st.Name, sides, r.Ramp); err != nil {
			return err
		}
		states := []string{RampRunning, RampCompleted, RampAborted, RampStopped}
		sound = len(r.Base) == len(sides) && usable(r.Base) && r.Step >= 0 && r.Step < len(r.Steps) && slices.Contains(states, r.State)
	}
	if !sound {
		return hedge.Errorf(hedge.OutcomeBadRequest, "the state of the split %q makes no sense: weights %v of %d sides", st.Name, st.Weights, len(sides))
	}
	return nil
}

// follows reports whether the split goes on from a state, which may be nil.
func (s *Split) follows(before *SplitState) bool {
	return before != nil && sameSides(before.Definition, s.spec) && before.Check() == nil
}

// resume goes on where a split was that this one follows. The shares are those that it had,
// whoever has set them. A ramp with other settings begins anew from there, unless the one
// before it was given up or stopped: that takes somebody's word to begin again. mu is held.
func (s *Split) resume(from *SplitState) {
	s.live.Store(&division{from.Weights, from.Shares})
	was, next := from.Ramp, s.spec.Ramp
	same := was != nil && next != nil && was.To == next.To
	ended := same && (was.State == RampAborted || was.State == RampStopped)
	switch {
	case was != nil && (ended || sameRamp(from.Definition.Ramp, next)):
		c := s.climb(was.Ramp)
		c.rampState, s.ramp = *was, c
		if c.State == RampRunning {
			s.plan()
		}
	case same:
		s.start(s.climb(*next), was.Base)
	case next != nil:
		s.start(s.climb(*next), from.Weights)
	}
}

// climb is newClimb for a ramp that has been checked.
func (s *Split) climb(r hedge.Ramp) *climb {
	c, _ := newClimb(s.name, s.spec.Sides, r)
	return c
}

// sameSides reports whether two definitions divide the same visitors between the same sides.
func sameSides(a, b hedge.Split) bool {
	return slices.Equal(a.Sides, b.Sides) && a.Sticky == b.Sticky
}

// sameRamp compares the ramps of two definitions; nil is none.
func sameRamp(a, b *hedge.Ramp) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Steps, b.Steps) && a.To == b.To && a.Every == b.Every && a.AbortIf == b.AbortIf && a.Samples == b.Samples
}
