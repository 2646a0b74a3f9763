package hedge

// Reason is why a part decided as it did, as it stands in the log.
type Reason string

// The reasons of decisions about origins.
const (
	ReasonEjected     Reason = "ejected"               // failures in a row
	ReasonSpared      Reason = "not ejected"           // failures in a row, but too many are out already
	ReasonReadmitted  Reason = "readmitted"            // an ejection is over
	ReasonUnhealthy   Reason = "unhealthy"             // checks failed
	ReasonHealthy     Reason = "healthy"               // checks succeed again
	ReasonPanic       Reason = "panic"                 // too few targets are fit, so that all are used
	ReasonCalm        Reason = "panic is over"         // enough are fit again
	ReasonRetried     Reason = "retried"               // on another target
	ReasonBudgetSpent Reason = "not retried, budget"   // too many of the requests are retries
	ReasonBodySent    Reason = "not retried, body"     // it has been read, and cannot be sent again
	ReasonOverflow    Reason = "overflow"              // too many requests wait
	ReasonStickyMoved Reason = "sticky target is away" // the visitor goes to another one
	ReasonHedged      Reason = "hedged"                // the target is slow, and another one was asked besides
	ReasonNotMirrored Reason = "not mirrored"          // there is no copy of a request that was to have one
	ReasonResolved    Reason = "resolved"              // a target's name has other addresses than before
	ReasonUnresolved  Reason = "not resolved"          // the lookup of a target's name failed
)

// The reasons of decisions about splits.
const (
	ReasonStepped   Reason = "stepped"   // a ramp goes on
	ReasonAborted   Reason = "aborted"   // a ramp ends because its side is worse
	ReasonCompleted Reason = "completed" // a ramp has taken its last step, and it went well
)

// ReasonRateLimited is that of a request which came too soon.
const ReasonRateLimited Reason = "rate-limited"

// Decision is a reason and what it was about.
type Decision struct {
	// Part is the one that decided, as in "upstream:blog".
	Part   string
	Reason Reason
	// Detail is for people: the target, numbers.
	Detail string
}

// String returns the decision as the log shows it: `upstream:blog: ejected, 5
// consecutive 5xx …`.
func (d Decision) String() string {
	return d.Part + ": " + d.What()
}

// What returns the decision without the part.
func (d Decision) What() string {
	if d.Detail == "" {
		return string(d.Reason)
	}
	return string(d.Reason) + ", " + d.Detail
}

// TookSide notes the side of a split that the request went to, as in
// "split:home/new".
func (a *Account) TookSide(side string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entry.Side = side
}

// maxDecisions is how many an Account keeps. A request sees few.
const maxDecisions = 16

// Decided notes a decision that concerned the request.
func (a *Account) Decided(d Decision) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.entry.Decisions) < maxDecisions {
		// A snapshot that has been taken shares the slice, so it is not grown in place.
		a.entry.Decisions = append(a.entry.Decisions[:len(a.entry.Decisions):len(a.entry.Decisions)], d)
		if a.late != nil {
			a.late.Decided(d)
		}
	}
}
