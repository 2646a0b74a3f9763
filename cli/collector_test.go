package cli

import "testing"

func TestGrowthOfTheHeap(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 800}, // nothing has been collected yet
		{4 << 20, 800},
		{8 << 20, 400},
		{12 << 20, 200},
		{20 << 20, 100},
		{60 << 20, 100},
		{2 << 30, 100},
	} {
		if got := growthFor(c.live); got != c.want {
			t.Errorf("a heap with %d MiB alive may grow by %d %%, want %d", c.live>>20, got, c.want)
		}
	}
}
