package bench_test

import "testing"

// BenchmarkCordon compares hello world in a cordon with hello world in the server's
// own process: requests per second, and latency far from that. Server and cordon
// share one core, of which NAME-core-% counts what the server alone used.
func BenchmarkCordon(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		servers := map[string]*server{}
		c := &contest{stage: s}
		for name, kind := range map[string]string{"local": "hedge", "cordon": "cordon"} {
			servers[name] = s.start(kind)
			servers[name].deploy(app("hello", helloApp, nil))
			c.enter(name, servers[name])
		}
		c.run(get("hello.example", "/"))
		s.metric(median(c.scores["cordon"].perSecond)/median(c.scores["local"].perSecond), "ratio")
		s.compareLatency("local", servers["local"], "cordon", servers["cordon"])
	}
}
