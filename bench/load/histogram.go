package load

import (
	"math/bits"
	"time"
)

// Histogram counts durations in buckets that are 1/64 of a power of two wide, so
// that a quantile is at most 1.6 % above the true one. The zero value is empty. It
// is not for several goroutines at once: each has its own, and Merge adds them up.
type Histogram struct {
	counts [buckets]uint64
	total  uint64
}

const (
	precision = 6 // bits of a duration that tell buckets apart, after the first
	buckets   = (64 - precision) << precision
)

// Record counts a duration. A negative one counts as 0.
func (h *Histogram) Record(d time.Duration) {
	h.counts[bucketOf(uint64(max(d, 0)))]++
	h.total++
}

// Merge adds the counts of other.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
}

// Count returns the number of durations.
func (h *Histogram) Count() int { return int(h.total) }

// Quantile returns the smallest upper end of a bucket that a share q of the
// durations, from 0 to 1, does not exceed; 0 if there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank, seen := uint64(q*float64(h.total)), uint64(0)
	if float64(rank) < q*float64(h.total) {
		rank++
	}
	for i, n := range h.counts {
		seen += n
		if n > 0 && seen >= rank {
			return time.Duration(upperEnd(i))
		}
	}
	return 0
}

// bucketOf takes the highest bits of v: their number gives the row of buckets, and
// those after the first the place in it.
func bucketOf(v uint64) int {
	shift := max(bits.Len64(v)-precision-1, 0)
	return shift<<precision + int(v>>shift)
}

// upperEnd returns the largest value that falls into bucket i.
func upperEnd(i int) uint64 {
	shift := max(i>>precision-1, 0)
	return uint64(i-shift<<precision+1)<<shift - 1
}
