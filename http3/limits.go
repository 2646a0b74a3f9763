package http3

import (
	"time"

	"hedge/httpmsg"
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
	// HeadTimeout is for the head of a request to come, and for a handshake. IdleTimeout
	// is for the time without requests; it is kept to within a second.
	HeadTimeout time.Duration
	IdleTimeout time.Duration
	// BodyTimeout is for the next bytes of a request's content to come, while somebody
	// waits for them. Once the answer has begun, StreamIdleTimeout takes its place, for
	// content of either to move, as client and server may talk by turns. They do not hold
	// for what has been switched to another protocol.
	BodyTimeout       time.Duration
	StreamIdleTimeout time.Duration
	// WriteTimeout is for the client to take what an answer has ready.
	WriteTimeout time.Duration
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
		Handshakes:        100,
	}
}
