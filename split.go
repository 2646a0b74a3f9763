package hedge

import "time"

// Split is a named division of visitors between upstreams: a gradual migration.
type Split struct {
	// Sides are the upstreams, in order, with the shares that they begin with. The
	// order decides which visitors move: see package upstream.
	Sides []Side
	// Sticky says what a visitor is known by.
	Sticky Sticky
	// Ramp moves visitors to one side step by step; nil: nobody moves by itself.
	Ramp *Ramp
}

// Side is an upstream of a split.
type Side struct {
	Upstream string
	// Weight is its share, from 0 to 1,000,000, in relation to the others'.
	Weight int
	// Testers names a header or cookie that leads here whatever the shares say, as
	// ParseKey reads it, with "=VALUE" behind it if not any value will do; or empty.
	Testers string
}

// Sticky says what a visitor of a split is known by.
type Sticky string

// The ways to know a visitor.
const (
	StickyCookie Sticky = "cookie" // a signed cookie (default)
	StickyClient Sticky = "client" // the address
	StickyNone   Sticky = "none"   // not at all: each request is on its own
)

// Ramp raises the share of one side step by step, and gives it up if that side turns
// out to be worse.
type Ramp struct {
	// To is the side's upstream.
	To string
	// Steps are the shares, rising, each in (0, 1].
	Steps []float64
	// Every is how long a step lasts.
	Every time.Duration
	// AbortIf is a condition, as ParseCondition reads it; empty: never.
	AbortIf string
	// Samples is how many answers of the side, not of a cache before it, it takes to judge
	// it, and to go on. 0 stands for DefaultSamples.
	Samples int
}

// DefaultSamples is how many answers it takes to judge a side.
const DefaultSamples = 20
