package serving

import (
	"sync/atomic"
	"time"
)

// Clock is what waiting is measured by: the time since it began, as of the last Tick. The
// time of day would not do, as that jumps when it is set, and when a virtual machine goes on
// that was held: forward, everybody would have waited too long at once, and backward, nobody
// for as long as it went back. Start comes first; Load may be called from any goroutine.
type Clock struct {
	unit  time.Duration
	began time.Time
	now   atomic.Int64
}

// Start begins to count, in units.
func (c *Clock) Start(unit time.Duration) {
	c.unit, c.began = unit, time.Now()
	c.Tick(c.began)
}

// Tick sets the clock to a time that time.Now has returned, or a Ticker.
func (c *Clock) Tick(now time.Time) { c.now.Store(c.At(now)) }

// At returns what the clock shows at a time: 1 and more, so that 0 can say that nothing is
// waited for.
func (c *Clock) At(t time.Time) int64 { return int64(t.Sub(c.began)/c.unit) + 1 }

// Load returns what the clock shows.
func (c *Clock) Load() int64 { return c.now.Load() }
