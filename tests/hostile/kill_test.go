package hostile

import (
	"slices"
	"testing"
	"time"
)

// killed are scripts that nothing ends but the end of their process.
func killed() []string { return []string{"cpu/generic-index-of", "cpu/json-nested", "cpu/array-fill"} }

// BenchmarkKill measures how long what does not stop at its limit goes on beyond it, as
// its client sees it, and how long it takes from then until its app answers again, in a
// new process. The longest of all tries counts.
func BenchmarkKill(b *testing.B) {
	for _, how := range isolations() {
		if !how.cordons {
			continue
		}
		g := gather(b, how)
		const tries = 2 // a third would put the app into quarantine
		var over, back time.Duration
		for _, s := range g.scripts {
			if !slices.Contains(killed(), s.name) {
				continue
			}
			for range tries {
				began := time.Now()
				if got := g.attack(b, s); !slices.Contains(s.outcomes, got.Outcome) {
					b.Fatalf("%s ended as %s", s.name, got.Outcome)
				}
				over = max(over, time.Since(began)-s.cpu)
				began = time.Now()
				for answered := false; !answered; {
					got := g.send(b, s, "GET", "/fine", nil, -1)
					answered = got.Status == 200
				}
				back = max(back, time.Since(began))
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(over.Milliseconds()), "over-limit-ms")
		b.ReportMetric(float64(back.Milliseconds()), "back-ms")
	}
}
