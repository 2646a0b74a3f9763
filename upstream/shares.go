package upstream

import (
	"cmp"
	"slices"
)

// whole is the number of points that visitors are spread over.
const whole = 1 << 32

// stretch is a range of points, [from, to), that belong to a side.
type stretch struct {
	from, to uint64
	side     int
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
			n := min(missing, first.to-first.from)
			next = append(next, stretch{first.from, first.from + n, side})
			missing -= n
			if first.from += n; first.from == first.to {
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
		n := min(excess, s.to-s.from)
		excess -= n
		lost, left := stretch{s.from, s.from + n, side}, stretch{s.from + n, s.to, side}
		if fromTop {
			lost, left = stretch{s.to - n, s.to, side}, stretch{s.from, s.to - n, side}
		}
		if lost.from < lost.to {
			given = append(given, lost)
		}
		if left.from < left.to {
			kept = append(kept, left)
		}
	}
	return kept, given
}

// of returns the stretches of a side, in order.
func of(s shares, side int) shares {
	return slices.DeleteFunc(slices.Clone(s), func(one stretch) bool { return one.side != side })
}

func size(s shares) (n uint64) {
	for _, one := range s {
		n += one.to - one.from
	}
	return n
}

// join sorts stretches, and makes one of neighbours that belong to one side.
func join(s shares) (joined shares) {
	slices.SortFunc(s, byPoint)
	for _, one := range s {
		if last := len(joined) - 1; last >= 0 && joined[last].side == one.side {
			joined[last].to = one.to
		} else {
			joined = append(joined, one)
		}
	}
	return joined
}

func byPoint(a, b stretch) int { return cmp.Compare(a.from, b.from) }

// at returns the side that a point belongs to.
func (s shares) at(point uint32) int {
	for i := range s {
		if uint64(point) < s[i].to {
			return s[i].side
		}
	}
	return s[len(s)-1].side
}
