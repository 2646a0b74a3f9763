package http3

import (
	"hedge/httpmsg"
	"hedge/serving"
)

// Limits bound what a client may cost. They mean what they mean in HTTP/2.
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
	// Timeouts bound the waiting: HeadTimeout also that for a handshake.
	serving.Timeouts
	// Controls is the number of frames and streams that ask for nothing which may come at
	// once; a tenth of it comes back each second. Resets is the same for requests that end
	// before their answer does.
	Controls int
	Resets   int
	// Handshakes is how many may be under way before clients have to show first that they
	// are at the address that they claim (RFC 9000 §8.1.2).
	Handshakes int
}

// DefaultLimits are those of HTTP/2 here.
func DefaultLimits() Limits {
	return Limits{
		SectionLimits: httpmsg.DefaultSectionLimits(),
		Streams:       100,
		StreamWindow:  64 << 10,
		ConnWindow:    1 << 20,
		Timeouts:      serving.DefaultTimeouts(),
		Controls:      1000,
		Resets:        200,
		Handshakes:    100,
	}
}
