package serving

import "time"

// Timeouts bound how long a client may keep a server waiting; they mean the same in all
// versions of HTTP, and are kept to within a second.
type Timeouts struct {
	// HeadTimeout is for a request's head from its first byte on, and for what a client
	// has to send before it can ask for anything.
	HeadTimeout time.Duration
	// IdleTimeout is for the time without requests.
	IdleTimeout time.Duration
	// BodyTimeout is for the next bytes of a request's content to come, while somebody
	// waits for them. Once the answer has begun, StreamIdleTimeout takes its place, for
	// content of either to move, as client and server may talk by turns. They do not hold
	// for what has been switched to another protocol.
	BodyTimeout       time.Duration
	StreamIdleTimeout time.Duration
	// WriteTimeout is for the client to take what an answer has ready.
	WriteTimeout time.Duration
}

// DefaultTimeouts are those of most servers.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		HeadTimeout:       10 * time.Second,
		IdleTimeout:       60 * time.Second,
		BodyTimeout:       60 * time.Second,
		StreamIdleTimeout: time.Hour,
		WriteTimeout:      60 * time.Second,
	}
}
