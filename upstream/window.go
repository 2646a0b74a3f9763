package upstream

import (
	"sync"
	"time"

	"hedge/telemetry"
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
	times  telemetry.Counts
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
	s.times.Add(took)
}

// Stats is what is known of a side's last minute: of what it was asked itself, not of what a
// cache has answered in its place.
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
	all, failed := w.sum(now)
	s := Stats{Requests: all.Count, P50: all.Quantile(0.5).Seconds(), P90: all.Quantile(0.9).Seconds(), P99: all.Quantile(0.99).Seconds()}
	if all.Count > 0 {
		s.ErrorRate = float64(failed) / float64(all.Count)
	}
	return s
}

// sum returns the times of the last minute, and how many answers were failures.
func (w *window) sum(now time.Time) (all telemetry.Counts, failed uint64) {
	oldest := now.UnixNano()/int64(slotLength) - slots
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.ring {
		if s := &w.ring[i]; s.number > oldest {
			failed += s.failed
			all.Merge(&s.times)
		}
	}
	return all, failed
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
