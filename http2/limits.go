package http2

import (
	"time"

	"hedge/httpmsg"
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
	// HeadTimeout is for a header block from its first byte on, for the rest of a frame
	// to come, and for the beginning of a connection. IdleTimeout is for the time
	// without requests. Both are kept to within a second.
	HeadTimeout time.Duration
	IdleTimeout time.Duration
	// BodyTimeout is for the next bytes of a request's content to come, while somebody
	// waits for them. Once the answer has begun, StreamIdleTimeout takes its place, for
	// content of either to move, as client and server may talk by turns. They do not hold
	// for what has been switched to another protocol, and are kept to within a second.
	BodyTimeout       time.Duration
	StreamIdleTimeout time.Duration
	// WriteTimeout is for the system to take what is written, and for the client to open
	// a window that an answer waits for.
	WriteTimeout time.Duration
	// Controls is the number of frames that ask for nothing (SETTINGS, PING, PRIORITY
	// …) which may come at once; a tenth of it comes back each second. Resets is the
	// same for streams that end before their answer does.
	Controls int
	Resets   int
}

// DefaultLimits are those of HTTP/1.1 here, and Envoy's where it has none.
func DefaultLimits() Limits {
	return Limits{
		SectionLimits:     httpmsg.DefaultSectionLimits(),
		Streams:           100,
		StreamWindow:      64 << 10,
		ConnWindow:        1 << 20,
		HeadTimeout:       10 * time.Second,
		IdleTimeout:       60 * time.Second,
		BodyTimeout:       60 * time.Second,
		StreamIdleTimeout: time.Hour,
		WriteTimeout:      60 * time.Second,
		Controls:          1000,
		Resets:            200,
	}
}
