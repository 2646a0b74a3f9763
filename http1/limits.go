package http1

import (
	"time"

	"hedge/httpmsg"
	"hedge/serving"
)

// Limits bound what a client may cost.
type Limits struct {
	// SectionLimits bound the head of a request: HeadBytes the request line and the
	// fields together, as they come.
	httpmsg.SectionLimits
	// Timeouts bound the waiting: WriteTimeout is for the system to take 256 KiB of an
	// answer, or what is left of it.
	serving.Timeouts
	// DrainIdleTimeout is for the time between two requests when the server is about to
	// end: long enough, and a client that is at work learns from the field Connection
	// that its connection ends, and not from a request that nobody answers. 0: idle
	// connections end at once.
	DrainIdleTimeout time.Duration
	// LingerBytes and LingerTime are for what a client still sends behind the last
	// answer, so that it gets to read that: a request's content that nobody wants.
	// LingerSilence is how long nothing may come.
	LingerBytes   int64
	LingerTime    time.Duration
	LingerSilence time.Duration
}

// DefaultLimits are those of most servers.
func DefaultLimits() Limits {
	return Limits{
		SectionLimits: httpmsg.DefaultSectionLimits(),
		Timeouts:      serving.DefaultTimeouts(),
		LingerBytes:   64 << 20,
		LingerTime:    10 * time.Second,
		LingerSilence: time.Second,
	}
}
