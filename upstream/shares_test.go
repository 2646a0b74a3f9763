package upstream

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Whatever weights follow whatever others: the points are divided exactly, and who is
// on a side that does not shrink stays there.
func TestDivisionIsMonotone(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		sides := 2 + random.IntN(4)
		var now shares
		for range 20 {
			weights := make([]int, sides)
			for i := range weights {
				weights[i] = random.IntN(100)
			}
			weights[random.IntN(sides)]++
			next := divide(now, weights)
			wanted := portions(weights)
			for side, want := range wanted {
				if got := size(of(next, side)); got != want {
					t.Fatalf("%v: side %d has %d points, want %d", weights, side, got, want)
				}
			}
			if !next.covers(sides) {
				t.Fatalf("%v: %v", weights, next)
			}
			for range 200 {
				point := random.Uint32()
				if now == nil {
					break
				}
				was, is := now.at(point), next.at(point)
				if grown := wanted[was] >= size(of(now, was)); was != is && grown {
					t.Fatalf("%v to %v: point %d moved from side %d, which did not shrink, to %d", now, next, point, was, is)
				}
				if shrunk := wanted[is] < size(of(now, is)); was != is && shrunk {
					t.Fatalf("%v to %v: point %d moved to side %d, which shrank", now, next, point, is)
				}
			}
			now = next
		}
	}
}

// Two sides are divided in the same way however they came there.
func TestTwoSidesForgetTheWay(t *testing.T) {
	var now shares
	for _, percent := range []int{5, 25, 10, 100, 0, 60, 60, 1, 25} {
		now = divide(now, []int{100 - percent, percent})
		if fresh := divide(nil, []int{100 - percent, percent}); !slices.Equal(now, fresh) {
			t.Errorf("%d %%: %v, and from the start %v", percent, now, fresh)
		}
	}
}
