package upstream

import "sync/atomic"

// credit bounds the retries of a pool over time: each request earns a share of one. What
// is under way at a time does not tell, as one that fails at once asks again at once. Its
// zero value is full, and is ready.
type credit struct{ spent atomic.Int64 } // hundredths of retries

// creditTimes is how many times Retry.Least a pool may retry that has had no failure for a
// while, before it has to earn more.
const creditTimes = 10

// earn adds a request's share, in percent of a retry.
func (c *credit) earn(percent int) {
	for {
		spent := c.spent.Load()
		if spent == 0 || c.spent.CompareAndSwap(spent, max(spent-int64(percent), 0)) {
			return
		}
	}
}

// spend takes a retry; false if there is none, of as many as most.
func (c *credit) spend(most int) bool {
	for {
		spent := c.spent.Load()
		if spent+100 > 100*int64(most) {
			return false
		}
		if c.spent.CompareAndSwap(spent, spent+100) {
			return true
		}
	}
}
