package http2

import (
	"hedge/httpmsg"
	"hedge/serving"
)

// Limits bound what a client may cost. Those of requests mean what they mean in
// HTTP/1.1.
type Limits struct {
	// SectionLimits bound the head of a request. Twice of its HeadBytes bounds the
	// encoded form.
	httpmsg.SectionLimits
	// Streams bounds the requests under way on a connection, also those that the client
	// has given up and whose handlers have not ended yet.
	Streams int
	// StreamWindow and ConnWindow bound the content of requests that is in memory
	// because nobody has read it yet, in bytes.
	StreamWindow int
	ConnWindow   int
	// Timeouts bound the waiting: HeadTimeout also that for the rest of a frame,
	// WriteTimeout also that for the window that an answer needs.
	serving.Timeouts
	// Controls is the number of frames that ask for nothing (SETTINGS, PING, PRIORITY
	// …) which may come at once; a tenth of it comes back each second, and one for each
	// frame of content that is sent and each answer. Resets is the same for streams that
	// end before their answer does; answers alone make up for them.
	Controls int
	Resets   int
}

// DefaultLimits are those of HTTP/1.1 here, and Envoy's where it has none.
func DefaultLimits() Limits {
	return Limits{
		SectionLimits: httpmsg.DefaultSectionLimits(),
		Streams:       100,
		StreamWindow:  64 << 10,
		ConnWindow:    1 << 20,
		Timeouts:      serving.DefaultTimeouts(),
		Controls:      1000,
		Resets:        200,
	}
}
