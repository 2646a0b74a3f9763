package upstream

import (
	"math"
	"slices"

	"hedge"
)

// pick chooses a target that has not been tried; nil if there is none. key is what
// the hash goes by. It does not allocate: tried escapes to none of these methods.
func (p *Pool) pick(key uint64, tried []*target) *target {
	r := p.roster.Load()
	switch p.spec.Balance {
	case hedge.BalanceLeastRequest:
		return p.leastBusy(r, tried)
	case hedge.BalanceTwoChoices:
		return p.betterOfTwo(r, tried)
	case hedge.BalanceHash:
		return p.byHash(r, key, tried)
	}
	return p.inTurns(r, tried)
}

// inTurns takes the targets in turns. One that starts slowly passes on some of its
// own.
func (p *Pool) inTurns(r *roster, tried []*target) (first *target) {
	n := uint64(len(r.turns))
	turn := p.turns.Add(1) - 1
	for i := range n {
		t := r.turns[(turn+i)%n]
		if slices.Contains(tried, t) {
			continue
		}
		if first == nil {
			first = t
		}
		if share := p.warmth(t); share == 1 || p.fraction() < share {
			return t
		}
	}
	return first
}

// leastBusy takes the target with the fewest requests under way for its weight. It
// begins at any, so that equals take turns.
func (p *Pool) leastBusy(r *roster, tried []*target) (best *target) {
	n := uint64(len(r.fit))
	least, from := math.Inf(1), p.cfg.Random()%n
	for i := range n {
		t := r.fit[(from+i)%n]
		if load := p.load(t); load < least && !slices.Contains(tried, t) {
			best, least = t, load
		}
	}
	return best
}

// draws is how often two different targets are looked for before all are compared.
const draws = 8

// betterOfTwo takes two targets at random, by weight, and of these the less busy one.
func (p *Pool) betterOfTwo(r *roster, tried []*target) *target {
	var one *target
	for range draws {
		t := r.turns[p.cfg.Random()%uint64(len(r.turns))]
		switch {
		case t == one || slices.Contains(tried, t):
		case one == nil:
			one = t
		case p.load(t) < p.load(one):
			return t
		default:
			return one
		}
	}
	if one != nil {
		return one
	}
	return p.leastBusy(r, tried)
}

// byHash takes the target that scores highest for the key (weighted rendezvous
// hashing). When a target goes, its keys alone move, and when it comes back they
// return.
func (p *Pool) byHash(r *roster, key uint64, tried []*target) (best *target) {
	most := -1.0
	for _, t := range r.fit {
		if slices.Contains(tried, t) {
			continue
		}
		if score := float64(t.weight) * p.warmth(t) / -math.Log(unit(mix(key^t.seed))); score > most {
			best, most = t, score
		}
	}
	return best
}

// load is the number of requests that a target would have, for its weight.
func (p *Pool) load(t *target) float64 {
	return float64(t.active.Load()+1) / (float64(t.weight) * p.warmth(t))
}

// leastWarmth is what a target gets of its share at the start of a slow start.
const leastWarmth = 0.1

// warmth is what a target gets of its share: 1, or less while it starts slowly.
func (p *Pool) warmth(t *target) float64 {
	back := t.back.Load()
	if back == 0 {
		return 1
	}
	share := float64(p.cfg.Clock.Now().UnixNano()-back) / float64(p.spec.SlowStart)
	if share >= 1 || share < 0 { // the time of day has been set back, by nobody knows how much
		t.back.CompareAndSwap(back, 0)
		return 1
	}
	return max(share, leastWarmth)
}

// fraction is a random number from [0, 1).
func (p *Pool) fraction() float64 { return float64(p.cfg.Random()>>11) / (1 << 53) }

// unit makes a number from (0, 1) of bits.
func unit(bits uint64) float64 { return (float64(bits>>11) + 0.5) / (1 << 53) }
