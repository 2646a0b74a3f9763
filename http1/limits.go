package http1

import "time"

// Limits bound what a client may cost.
type Limits struct {
	// HeadBytes bounds the request line and the fields together, Fields their number.
	HeadBytes int
	Fields    int
	// TargetBytes bounds the target of a request.
	TargetBytes int
	// HeadTimeout is for reading a head from its first byte on, IdleTimeout for the
	// time between two requests. Both are kept to within a second.
	HeadTimeout time.Duration
	IdleTimeout time.Duration
	// DrainIdleTimeout is for the time between two requests when the server is about to
	// end: long enough, and a client that is at work learns from the field Connection
	// that its connection ends, and not from a request that nobody answers. 0: idle
	// connections end at once.
	DrainIdleTimeout time.Duration
	// BodyTimeout is for the next bytes of a request's content to come, while somebody
	// waits for them. Once the answer has begun, StreamIdleTimeout takes its place, for
	// content of either to move, as client and server may talk by turns. They do not hold
	// for what has been switched to another protocol, and are kept to within a second.
	BodyTimeout       time.Duration
	StreamIdleTimeout time.Duration
	// WriteTimeout is for the system to take 256 KiB of an answer, or what is left
	// of it. It is kept to within a second.
	WriteTimeout time.Duration
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
		HeadBytes:         32 << 10,
		Fields:            100,
		TargetBytes:       16 << 10,
		HeadTimeout:       10 * time.Second,
		IdleTimeout:       60 * time.Second,
		BodyTimeout:       60 * time.Second,
		StreamIdleTimeout: time.Hour,
		WriteTimeout:      60 * time.Second,
		LingerBytes:       64 << 20,
		LingerTime:        10 * time.Second,
		LingerSilence:     time.Second,
	}
}
