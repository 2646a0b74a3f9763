package serving

import (
	"testing"
	"time"
)

// A wait is as long as it was, whatever the time of day is.
func TestClockDoesNotGoByTheTimeOfDay(t *testing.T) {
	var c Clock
	c.Start(time.Second)
	if c.Load() != 1 {
		t.Errorf("it begins at %d, not at 1", c.Load())
	}
	c.Tick(time.Now().Add(90 * time.Second))
	if got := c.Load(); got < 91 || got > 91+60 {
		t.Errorf("after 90 s it shows %d", got)
	}
}
