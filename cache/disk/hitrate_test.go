package disk

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// trace is requests for keys by Zipf's law, with scans in between: runs of keys that
// nobody asks for again. The numbers of keys stand for them.
type trace struct {
	random *rand.Rand
	sums   []float64
	scan   int // how many keys of a scan are still to come
	next   uint64
}

const (
	traceKeys   = 100_000
	traceAlpha  = 0.9
	traceCached = traceKeys / 100 // so many entries there is room for
	scanLength  = 500
	scanEvery   = 2_000 // requests, on average
)

func newTrace() *trace {
	t := &trace{random: rand.New(rand.NewPCG(1, 2)), sums: make([]float64, traceKeys), next: traceKeys}
	sum := 0.0
	for i := range t.sums {
		sum += math.Pow(float64(i+1), -traceAlpha)
		t.sums[i] = sum
	}
	return t
}

func (t *trace) request() uint64 {
	if t.scan == 0 && t.random.IntN(scanEvery) == 0 {
		t.scan = scanLength
	}
	if t.scan > 0 {
		t.scan, t.next = t.scan-1, t.next+1
		return t.next
	}
	n, _ := slices.BinarySearch(t.sums, t.random.Float64()*t.sums[traceKeys-1])
	return uint64(n)
}

// hits returns the part of the requests, in per cent, that a cache answers.
func hits(requests int, ask func(key uint64) bool) float64 {
	t, n := newTrace(), 0
	for range requests {
		if ask(t.request()) {
			n++
		}
	}
	return 100 * float64(n) / float64(requests)
}

// shortOf is the key of a number.
func shortOf(n uint64) (k shortKey) {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(nil, n))
	copy(k[:8], sum[:])
	return k
}

// byIndex asks an index that has room for so many entries.
func byIndex() func(uint64) bool {
	x := newIndex(traceCached)
	return func(key uint64) bool {
		k := shortOf(key)
		if n := x.find(k); n != 0 {
			x.at(n).touch()
			return true
		}
		runs, _, _ := x.reserve(k.app(), 1, false)
		_ = x.install(slot{key: k, head: 1}, runs, false)
		x.pending = x.pending[:0]
		return false
	}
}

// byLRU asks a cache that lets go of what was not asked for for longest.
func byLRU() func(uint64) bool {
	order, where := list.New(), map[uint64]*list.Element{}
	return func(key uint64) bool {
		if e := where[key]; e != nil {
			order.MoveToFront(e)
			return true
		}
		if order.Len() == traceCached {
			delete(where, order.Remove(order.Back()).(uint64))
		}
		where[key] = order.PushFront(key)
		return false
	}
}

// BenchmarkHitRate compares how many requests the store answers when it has room for a
// hundredth of the keys with what the least recently used would.
func BenchmarkHitRate(b *testing.B) {
	for b.Loop() {
		ours, lru := hits(2_000_000, byIndex()), hits(2_000_000, byLRU())
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(ours, "hits-%")
		b.ReportMetric(lru, "lru-hits-%")
		b.ReportMetric(ours-lru, "points")
	}
}

// What is asked for again and again stays while things go by that nobody asks for again.
func TestScanResistance(t *testing.T) {
	if ours, lru := hits(300_000, byIndex()), hits(300_000, byLRU()); ours < lru+5 {
		t.Errorf("%.1f %% of the requests are answered, and %.1f %% by the least recently used", ours, lru)
	}
}
