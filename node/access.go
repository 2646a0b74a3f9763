package node

import (
	"strconv"
	"time"

	"hedge"
)

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
