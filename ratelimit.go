package hedge

import "time"

// RateLimit is a named bound on how often requests may come.
type RateLimit struct {
	// Key says who has a count of its own: KeyOfRoute, or what ParseKey reads. An IPv6
	// client is its /64. Requests that lack the field or cookie share one count.
	Key string
	// Rate requests may come each Per, over a long time.
	Rate int
	Per  time.Duration
	// Burst is how many of those may come at once.
	Burst int
	// MaxKeys bounds how many keys are counted; 0 stands for DefaultMaxKeys. Who has not
	// come for longest is forgotten.
	MaxKeys int
}

// KeyOfRoute makes all requests of a route count together.
const KeyOfRoute = "route"

// DefaultMaxKeys take some 4 MiB.
const DefaultMaxKeys = 65_536
