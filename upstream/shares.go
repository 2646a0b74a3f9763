package upstream

import (
	"cmp"
	"slices"
)

// whole is the number of points that visitors are spread over.
const whole = 1 << 32

// stretch is a range of points, [From, To), that belong to a side.
type stretch struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
	Side int    `json:"side"`
}

// shares says which side each point belongs to. The stretches are in order and cover
// [0, whole). It is never changed.
type shares []stretch

// divide hands out the points by weight, of which one is not 0. A side that grows
// keeps every point that it had before; what one gives up goes to those that grow, and
// nothing else moves. So nobody flips who is where the traffic goes.
//
// The first side gives up its highest points and the others their lowest, so that two
// sides are always [0, x) and [x, whole): what nodes that came there by other ways
// agree on. With more sides it depends on the way.
func divide(before shares, weights []int) shares {
	var free, next shares
	wanted := portions(weights)
	if before == nil {
		before = shares{{0, whole, -1}}
	}
	for side, want := range wanted {
		kept, given := take(before, side, want)
		next, free = append(next, kept...), append(free, given...)
	}
	free = append(free, of(before, -1)...)
	slices.SortFunc(free, byPoint)
	for side, want := range wanted {
		missing := want - size(of(next, side))
		for missing > 0 {
			first := &free[0]
			n := min(missing, first.To-first.From)
			next = append(next, stretch{first.From, first.From + n, side})
			missing -= n
			if first.From += n; first.From == first.To {
				free = free[1:]
			}
		}
	}
	return join(next)
}

// portions divides the points by weight, to the last one.
func portions(weights []int) []uint64 {
	sum, passed, given := uint64(0), uint64(0), uint64(0)
	for _, w := range weights {
		sum += uint64(w)
	}
	wanted := make([]uint64, len(weights))
	for i, w := range weights {
		passed += uint64(w)
		end := passed * whole / sum
		wanted[i], given = end-given, end
	}
	return wanted
}

// take leaves at most limit points to a side.
func take(before shares, side int, limit uint64) (kept, given shares) {
	own := of(before, side)
	excess := size(own) - min(size(own), limit)
	fromTop := side == 0
	if fromTop {
		slices.Reverse(own)
	}
	for _, s := range own {
		n := min(excess, s.To-s.From)
		excess -= n
		lost, left := stretch{s.From, s.From + n, side}, stretch{s.From + n, s.To, side}
		if fromTop {
			lost, left = stretch{s.To - n, s.To, side}, stretch{s.From, s.To - n, side}
		}
		if lost.From < lost.To {
			given = append(given, lost)
		}
		if left.From < left.To {
			kept = append(kept, left)
		}
	}
	return kept, given
}

// of returns the stretches of a side, in order.
func of(s shares, side int) shares {
	return slices.DeleteFunc(slices.Clone(s), func(one stretch) bool { return one.Side != side })
}

func size(s shares) (n uint64) {
	for _, one := range s {
		n += one.To - one.From
	}
	return n
}

// join sorts stretches, and makes one of neighbours that belong to one side.
func join(s shares) (joined shares) {
	slices.SortFunc(s, byPoint)
	for _, one := range s {
		if last := len(joined) - 1; last >= 0 && joined[last].Side == one.Side {
			joined[last].To = one.To
		} else {
			joined = append(joined, one)
		}
	}
	return joined
}

func byPoint(a, b stretch) int { return cmp.Compare(a.From, b.From) }

// at returns the side that a point belongs to.
func (s shares) at(point uint32) int {
	for i := range s {
		if uint64(point) < s[i].To {
			return s[i].Side
		}
	}
	return s[len(s)-1].Side
}

// covers reports whether every point belongs to one of so many sides.
func (s shares) covers(sides int) bool {
	next := uint64(0)
	for _, one := range s {
		if one.From != next || one.To <= one.From || one.Side < 0 || one.Side >= sides {
			return false
		}
		next = one.To
	}
	return next == whole
}
