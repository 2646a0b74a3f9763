package upstream

import (
	"slices"

	"hedge"
)

// MaxWeight is the greatest weight of a target.
const MaxWeight = 100

// roster says which targets are used. It is never changed, only replaced.
type roster struct {
	all []*target
	fit []*target
	// turns has every fit target as often as its weight says, spread out evenly.
	turns []*target
	panic bool // all are used because too few are fit
}

func newRoster(all, fit []*target, panic bool) *roster {
	if panic {
		fit = all
	}
	return &roster{all: all, fit: fit, turns: spread(fit), panic: panic}
}

// spread makes the order of smooth weighted round-robin, as nginx has it: in each
// turn all gain their weight, and the richest pays the sum.
func spread(fit []*target) (turns []*target) {
	unit, sum := 0, 0
	for _, t := range fit {
		unit = divisor(unit, t.weight)
	}
	credit := make([]int, len(fit))
	for _, t := range fit {
		sum += t.weight / unit
	}
	for range sum {
		richest := 0
		for i, t := range fit {
			if credit[i] += t.weight / unit; credit[i] > credit[richest] {
				richest = i
			}
		}
		credit[richest] -= sum
		turns = append(turns, fit[richest])
	}
	return turns
}

// divisor is the greatest common one.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// rebuild makes a new roster after the state of a target has changed. mu is held.
func (p *Pool) rebuild() {
	fit := slices.DeleteFunc(slices.Clone(p.targets), func(t *target) bool { return t.ejected || t.sick })
	panic := len(fit) == 0 || 100*len(fit) < p.spec.Panic*len(p.targets)
	was := p.roster.Load().panic
	p.roster.Store(newRoster(p.targets, fit, panic))
	switch {
	case panic && !was:
		p.notice(hedge.ReasonPanic, count(len(fit), "target is", "targets are")+" fit, all are used")
	case was && !panic:
		p.notice(hedge.ReasonCalm, count(len(fit), "target is", "targets are")+" fit")
	}
}

// notice tells the operator. mu is held.
func (p *Pool) notice(reason hedge.Reason, detail string) {
	if p.cfg.Notice != nil {
		p.cfg.Notice(hedge.Decision{Part: p.part, Reason: reason, Detail: detail})
	}
}
