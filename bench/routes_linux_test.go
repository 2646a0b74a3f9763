package bench_test

import (
	"fmt"
	"testing"

	"hedge"
)

// BenchmarkManyRoutes compares the requests per second that a server answers with one of
// 10,000 routes, each for a host of its own, with what it does with one of ten. The
// answers are fixed, so that nothing else costs much.
func BenchmarkManyRoutes(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		c := &contest{stage: s}
		for name, n := range map[string]int{"ten": 10, "10000": 10_000} {
			srv := s.start("hedge")
			srv.deploy(fixedAnswers(n))
			c.enter(name, srv)
		}
		c.run(get("shop-7.example.com", "/area-7/static/app.js"))
		s.metric(median(c.scores["10000"].perSecond)/median(c.scores["ten"].perSecond), "ratio")
		s.metric(median(c.scores["10000"].perCPU)/median(c.scores["ten"].perCPU), "ratio-by-cpu")
	}
}

// fixedAnswers is a release of n hosts with a route each.
func fixedAnswers(n int) *hedge.Release {
	r := &hedge.Release{Name: "many", Limits: hedge.DefaultLimits()}
	for i := range n {
		host := fmt.Sprintf("shop-%d.example.com", i)
		r.Hosts = append(r.Hosts, host)
		r.Routes = append(r.Routes, hedge.Route{Host: host, Path: fmt.Sprintf("/area-%d/static", i), Answer: &hedge.Answer{Status: 200, Body: "Hello, world!\n"}})
	}
	return r
}
