package child

import "time"

// Crashes counts crashes within a window of time. It is not for several goroutines.
type Crashes struct {
	Most   int // so many within Window are too many; 0 is never
	Window time.Duration

	exits []Exit
}

// Add counts an exit if it is Fatal, and reports whether it is one too many.
func (c *Crashes) Add(e Exit) bool {
	if c.Most <= 0 || !e.Fatal() {
		return false
	}
	recent := c.exits[:0]
	for _, old := range c.exits {
		if e.At.Sub(old.At) < c.Window {
			recent = append(recent, old)
		}
	}
	c.exits = append(recent, e)
	return len(c.exits) >= c.Most
}

// Take returns the crashes that are counted, oldest first, and counts anew.
func (c *Crashes) Take() []Exit {
	exits := c.exits
	c.exits = nil
	return exits
}
