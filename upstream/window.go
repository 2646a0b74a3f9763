package upstream

import (
	"math"
	"math/bits"
	"sync"
	"time"
)

// The rolling window of a side: what is older than a minute is forgotten, five seconds
// at a time.
const (
	slots      = 12
	slotLength = 5 * time.Second
)

// window counts answers and how long they took, over the last minute.
type window struct {
	mu    sync.Mutex // guards what follows
	ring  [slots]slot
	total uint64 // since the last reset
}

type slot struct {
	number int64 // of the five seconds, since the epoch
	failed uint64
	times  histogram
}

// record counts an answer.
func (w *window) record(now time.Time, took time.Duration, failed bool) {
	number := now.UnixNano() / int64(slotLength)
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &w.ring[number%slots]
	if s.number != number {
		*s = slot{number: number}
	}
	w.total++
	if failed {
		s.failed++
	}
	s.times.add(took)
}

// Stats is what is known of a side's last minute.
type Stats struct {
	Requests  uint64  `json:"requests"`
	ErrorRate float64 `json:"error_rate"` // of answers: failed, or 5xx
	// The times to the head of the answer, in seconds, to within 6 %.
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
}

// stats sums up the last minute.
func (w *window) stats(now time.Time) Stats {
	oldest := now.UnixNano()/int64(slotLength) - slots
	var all histogram
	failed := uint64(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.ring {
		if s := &w.ring[i]; s.number > oldest {
			failed += s.failed
			all.merge(&s.times)
		}
	}
	s := Stats{Requests: all.count, P50: all.quantile(0.5), P90: all.quantile(0.9), P99: all.quantile(0.99)}
	if all.count > 0 {
		s.ErrorRate = float64(failed) / float64(all.count)
	}
	return s
}

// reset counts anew: what a side did under other shares says little about these.
func (w *window) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring, w.total = [slots]slot{}, 0
}

// sinceReset returns the number of answers since the last reset.
func (w *window) sinceReset() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// histogram counts times in microseconds, in buckets that are 1/16 of their power of
// two wide, as HdrHistogram has them.
type histogram struct {
	count   uint64
	buckets [maxBucket + 1]uint32
}

const (
	subBits   = 4  // 16 buckets for each power of two
	maxBits   = 32 // over an hour is an hour
	maxBucket = (maxBits-subBits)<<subBits + 1<<subBits - 1
)

func (h *histogram) add(d time.Duration) {
	h.buckets[bucketOf(uint64(max(d, 0)/time.Microsecond))]++
	h.count++
}

func bucketOf(us uint64) int {
	if us < 1<<subBits {
		return int(us)
	}
	shift := bits.Len64(us) - subBits - 1
	return min(shift<<subBits+int(us>>shift), maxBucket)
}

// floorOf is the least time of a bucket, in microseconds.
func floorOf(bucket int) float64 {
	if bucket < 1<<(subBits+1) {
		return float64(bucket)
	}
	shift := bucket>>subBits - 1
	return float64(uint64(bucket-shift<<subBits) << shift)
}

func (h *histogram) merge(other *histogram) {
	h.count += other.count
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
}

// quantile is in seconds; 0 if there is nothing.
func (h *histogram) quantile(q float64) float64 {
	rank, seen := uint64(math.Ceil(q*float64(h.count))), uint64(0)
	for i, n := range h.buckets {
		if seen += uint64(n); n > 0 && seen >= rank {
			return floorOf(i) / 1e6
		}
	}
	return 0
}
