package telemetry

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Times are counted in microseconds, in buckets that are 1/16 of their power of two
// wide, as HdrHistogram has them: a quantile is right to within 6 %.
const (
	subBits = 4  // 16 buckets for each power of two
	maxBits = 32 // over an hour is an hour
	// Buckets is the number of buckets.
	Buckets = (maxBits-subBits)<<subBits + 1<<subBits
)

// bucketOf returns the bucket of a time.
func bucketOf(d time.Duration) int {
	us := uint64(max(d, 0) / time.Microsecond)
	if us < 1<<subBits {
		return int(us)
	}
	shift := bits.Len64(us) - subBits - 1
	return min(shift<<subBits+int(us>>shift), Buckets-1)
}

// floorOf is the least time of a bucket, in microseconds.
func floorOf(bucket int) float64 {
	if bucket < 1<<(subBits+1) {
		return float64(bucket)
	}
	shift := bucket>>subBits - 1
	return float64(uint64(bucket-shift<<subBits) << shift)
}

// Counts is how many times fell into which bucket. It is for one goroutine at a time.
type Counts struct {
	// Count is the number of all, Sum their sum.
	Count   uint64
	Sum     time.Duration
	Buckets [Buckets]uint64
}

// Add counts a time.
func (c *Counts) Add(d time.Duration) {
	c.Buckets[bucketOf(d)]++
	c.Count++
	c.Sum += d
}

// Merge adds what another has counted.
func (c *Counts) Merge(other *Counts) {
	c.Count += other.Count
	c.Sum += other.Sum
	for i, n := range other.Buckets {
		c.Buckets[i] += n
	}
}

// Without takes away what was counted before, and leaves what has come since.
func (c *Counts) Without(before *Counts) {
	c.Count -= before.Count
	c.Sum -= before.Sum
	for i, n := range before.Buckets {
		c.Buckets[i] -= n
	}
}

// Quantile returns the time that a part q of all did not exceed, to within a bucket;
// 0 if there is none.
func (c *Counts) Quantile(q float64) time.Duration {
	rank, seen := uint64(math.Ceil(q*float64(c.Count))), uint64(0)
	for i, n := range c.Buckets {
		if seen += n; n > 0 && seen >= rank {
			return time.Duration(floorOf(i)) * time.Microsecond
		}
	}
	return 0
}

// Histogram counts times, from many goroutines at once and without a lock. Its methods
// may be called on nil, which counts nothing.
type Histogram struct {
	sum     atomic.Int64 // nanoseconds
	buckets [Buckets]atomic.Uint64
}

// Observe counts a time. It does not allocate.
func (h *Histogram) Observe(d time.Duration) {
	if h == nil {
		return
	}
	h.buckets[bucketOf(d)].Add(1)
	h.sum.Add(int64(d))
}

// Counts returns what has been counted. What is counted meanwhile may be in it or not.
func (h *Histogram) Counts() *Counts {
	c := &Counts{}
	if h == nil {
		return c
	}
	c.Sum = time.Duration(h.sum.Load())
	for i := range h.buckets {
		n := h.buckets[i].Load()
		c.Buckets[i] = n
		c.Count += n
	}
	return c
}

// sparse is how Counts travel: buckets that are empty do not.
type sparse struct {
	Sum     time.Duration `json:"sum_ns"`
	Buckets [][2]uint64   `json:"buckets"` // number and count
}

// MarshalJSON encodes the buckets that are not empty.
func (c *Counts) MarshalJSON() ([]byte, error) {
	s := sparse{Sum: c.Sum, Buckets: [][2]uint64{}}
	for i, n := range c.Buckets {
		if n > 0 {
			s.Buckets = append(s.Buckets, [2]uint64{uint64(i), n})
		}
	}
	return json.Marshal(s)
}

// UnmarshalJSON is the counterpart of MarshalJSON.
func (c *Counts) UnmarshalJSON(text []byte) error {
	var s sparse
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	*c = Counts{Sum: s.Sum}
	for _, b := range s.Buckets {
		if b[0] >= Buckets {
			return fmt.Errorf("there is no bucket %d", b[0])
		}
		c.Buckets[b[0]] += b[1]
		c.Count += b[1]
	}
	return nil
}
