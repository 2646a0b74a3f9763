package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"hedge/telemetry"
)

// stuck is a reader that takes nothing until it is freed.
type stuck struct {
	free chan struct{}
	text bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.text.Write(p)
}

// A reader that has stopped stops nobody: what it misses is counted, and what had
// room is there in the end, in whole lines.
func TestStuckReaderStopsNobody(t *testing.T) {
	for _, asJSON := range []bool{true, false} {
		out := &stuck{free: make(chan struct{})}
		j := newJournal(World{Stdout: Stream{Writer: out}, Getenv: func(string) string { return "" }, Now: time.Now}, asJSON)
		const requests = 100_000
		for range requests {
			j.request(telemetry.Access{Method: "GET", URL: "http://localhost/", Path: "/" + strings.Repeat("x", 40), Status: 200})
		}
		j.stopping(false) // which has room still
		registry := telemetry.NewRegistry()
		registry.Collect(j.collect)
		close(out.free)
		j.close()
		lines := strings.Count(out.text.String(), "GET")
		lost := j.lost
		if lost == 0 || lines+int(lost) != requests {
			t.Errorf("%d of %d requests are in the log, and %d are counted as lost", lines, requests, lost)
		}
		if !strings.Contains(out.text.String(), "stopping") || !strings.Contains(out.text.String(), fmt.Sprint(lost)) {
			t.Error("that the server stops, or how many lines are missing, is not told")
		}
		if !strings.Contains(string(registry.Text()), fmt.Sprintf("hedge_log_dropped_total %d", lost)) {
			t.Errorf("the metrics say\n%s", registry.Text())
		}
	}
}
