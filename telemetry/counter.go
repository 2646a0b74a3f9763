package telemetry

import (
	"strconv"
	"sync/atomic"
)

// Counter only grows. Its methods may be called from any goroutine, and on nil.
type Counter struct{ value atomic.Uint64 }

// Add counts n more.
func (c *Counter) Add(n uint64) {
	if c != nil {
		c.value.Add(n)
	}
}

// Inc counts one more.
func (c *Counter) Inc() { c.Add(1) }

// Value returns what has been counted.
func (c *Counter) Value() uint64 {
	if c == nil {
		return 0
	}
	return c.value.Load()
}

// Codes counts by the class of a status. Its methods may be called from any goroutine,
// and on nil.
type Codes struct{ by [numClasses]Counter }

// numClasses is the number of values that the label "code" can have.
const numClasses = 6

// className is a value of the label "code".
func className(class int) string {
	if class == 0 {
		return "error"
	}
	return strconv.Itoa(class) + "xx"
}

// Count counts an answer with a status; 0 stands for none.
func (c *Codes) Count(status int) {
	if c == nil {
		return
	}
	class := status / 100
	if class >= numClasses {
		class = 0
	}
	c.by[class].Inc()
}

// each calls what for the classes that have been counted.
func (c *Codes) each(what func(code string, count uint64)) {
	for class := range c.by {
		if count := c.by[class].Value(); count > 0 {
			what(className(class), count)
		}
	}
}
