package load

import (
	"math"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	last := -1
	for _, v := range []uint64{0, 1, 63, 64, 127, 128, 129, 255, 256, 1000, 1e6, 1e9, 1e12, math.MaxInt64} {
		i := bucketOf(v)
		end := upperEnd(i)
		if i < last || i >= buckets || end < v || bucketOf(end) != i {
			t.Errorf("%d is in bucket %d, which ends at %d", v, i, end)
		}
		if float64(end-v) > float64(v)/(1<<precision) {
			t.Errorf("%d is counted as %d, which is not precise", v, end)
		}
		if end < math.MaxInt64 && bucketOf(end+1) != i+1 {
			t.Errorf("after bucket %d comes %d", i, bucketOf(end+1))
		}
		last = i
	}
}

func TestQuantile(t *testing.T) {
	var a, b Histogram
	for i := range 100 {
		(&a).Record(time.Duration(i + 1))
	}
	b.Record(-1)
	b.Record(time.Second)
	for _, c := range []struct {
		h    *Histogram
		q    float64
		want time.Duration
	}{
		{&Histogram{}, 0.5, 0},
		{&a, 0, 1},
		{&a, 0.5, 50},
		{&a, 0.99, 99},
		{&a, 1, 100},
		{&b, 0.5, 0},
	} {
		if got := c.h.Quantile(c.q); got != c.want {
			t.Errorf("the quantile %v is %d, want %d", c.q, got, c.want)
		}
	}
	a.Merge(&b)
	if got := a.Quantile(1); a.Count() != 102 || got < time.Second || got > time.Second*65/64 {
		t.Errorf("merged: %d durations up to %v", a.Count(), got)
	}
}
