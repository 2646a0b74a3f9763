package worker

import (
	"testing"
	"time"

	"hedge/frame"
)

// The timers of a request with a WebSocket have processor time anew each second, also when
// the time of day was set back since the last time.
func TestRenewalWhenTheClockIsSetBack(t *testing.T) {
	inv := &invocation{}
	inv.sockets.Store(1)
	renewed := func(last time.Time) bool {
		inv.renewed.Store(last.UnixNano())
		var w frame.Writer
		inv.renew(&w, false)
		return len(w.Bytes()) > 0
	}
	now := time.Now()
	if !renewed(now.Add(-time.Minute)) || !renewed(now.Add(time.Hour)) {
		t.Error("a request is not given its processor time anew")
	}
	inv.renewed.Store(0)
	var w frame.Writer
	inv.renew(&w, true)
	begun := len(w.Bytes())
	inv.renew(&w, false)
	if begun == 0 || len(w.Bytes()) != begun && time.Since(now) < renewEvery {
		t.Error("a request is given its processor time anew more often than each second")
	}
}
