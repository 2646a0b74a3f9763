package bundle

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hedge"
)

type manifestSplit struct {
	Sides  []manifestSide `json:"sides"`
	Sticky hedge.Sticky   `json:"sticky,omitempty"`
	Ramp   *manifestRamp  `json:"ramp,omitempty"`
}

type manifestSide struct {
	Upstream string `json:"upstream"`
	Weight   int    `json:"weight,omitempty"`
	Testers  string `json:"testers,omitempty"`
}

// manifestRamp has its time in nanoseconds.
type manifestRamp struct {
	To      string        `json:"to"`
	Steps   []float64     `json:"steps"`
	Every   time.Duration `json:"every"`
	AbortIf string        `json:"abort_if,omitempty"`
	Samples int           `json:"samples,omitempty"`
}

func describeSplit(s hedge.Split) manifestSplit {
	m := manifestSplit{Sticky: s.Sticky}
	for _, side := range s.Sides {
		m.Sides = append(m.Sides, manifestSide(side))
	}
	if s.Ramp != nil {
		ramp := manifestRamp(*s.Ramp)
		m.Ramp = &ramp
	}
	return m
}

func (m manifestSplit) split() hedge.Split {
	s := hedge.Split{Sticky: m.Sticky}
	for _, side := range m.Sides {
		s.Sides = append(s.Sides, hedge.Side(side))
	}
	if m.Ramp != nil {
		ramp := hedge.Ramp(*m.Ramp)
		s.Ramp = &ramp
	}
	return s
}

func validateSplit(r *hedge.Release, name string, s hedge.Split) error {
	if problem, _ := checkPartName("a split", name); problem != "" {
		return errors.New(problem)
	}
	sum, seen := 0, map[string]bool{}
	for _, side := range s.Sides {
		sum += side.Weight
		twice := seen[side.Upstream]
		seen[side.Upstream] = true
		if _, ok := r.Upstreams[side.Upstream]; !ok || twice || side.Weight < 0 || side.Weight > 1000000 || side.Testers != "" && !validTesters(side.Testers) {
			return fmt.Errorf("split %q has the side %q, which makes no sense", name, side.Upstream)
		}
	}
	sticky := []hedge.Sticky{"", hedge.StickyCookie, hedge.StickyClient, hedge.StickyNone}
	if len(s.Sides) < 2 || sum == 0 || !slices.Contains(sticky, s.Sticky) {
		return fmt.Errorf("split %q divides nothing, or knows its visitors by %q", name, s.Sticky)
	}
	return validateRamp(name, s)
}

func validateRamp(name string, s hedge.Split) error {
	r := s.Ramp
	if r == nil {
		return nil
	}
	known := slices.ContainsFunc(s.Sides, func(side hedge.Side) bool { return side.Upstream == r.To })
	last, rises := 0.0, len(r.Steps) > 0
	for _, step := range r.Steps {
		rises = rises && step > last && step <= 1
		last = step
	}
	if !known || !rises || r.Every == 0 {
		return fmt.Errorf("the ramp of split %q makes no sense", name)
	}
	if err := validateNumbers(rampNumbers(r)); err != nil {
		return fmt.Errorf("the ramp of split %q: %w", name, err)
	}
	if r.AbortIf != "" {
		if _, err := hedge.ParseCondition(r.AbortIf); err != nil {
			return fmt.Errorf("the ramp of split %q: %w", name, err)
		}
	}
	return nil
}
