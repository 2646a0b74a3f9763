package node

import (
	"net/netip"
	"strconv"
	"time"

	"hedge"
)

// Access is the record of one request, also of one that was refused for its form.
type Access struct {
	// Time is when the head of the request had been read.
	Time time.Time
	// Duration is the time from then until the answer had been delivered.
	Duration time.Duration
	Method   string
	URL      string // absolute, as asked for
	Proto    string
	// Remote is the peer.
	Remote netip.AddrPort
	// Status is that of the answer, or StatusClientGone.
	Status int
	// Bytes is the size of the answer's body, as far as it was delivered.
	Bytes int64
	// Broken says that the answer was broken off.
	Broken bool
	// FailedAt is the step that failed, as steps.go calls it; empty if none did.
	FailedAt string
	// Entry says which app answered, how, and what it cost.
	hedge.Entry
}

// StatusClientGone stands in an Access for the answer that nobody waited for. It is
// never sent.
const StatusClientGone = 499

// serverTiming returns a value of Server-Timing that says how a request went (W3C
// Server Timing §3). Durations are in milliseconds.
func serverTiming(e hedge.Entry) string {
	outcome := e.Outcome
	if outcome == "" {
		outcome = hedge.OutcomeOK
	}
	value := "outcome;desc=" + string(outcome)
	if e.CPU > 0 {
		value += ", cpu;dur=" + strconv.FormatFloat(float64(e.CPU)/float64(time.Millisecond), 'f', 3, 64)
	}
	if e.Cold {
		value += ", cold"
	}
	return value
}
