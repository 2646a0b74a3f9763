package bench_test

import (
	"fmt"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/router"
)

// BenchmarkRoutes compares what finding a route costs among 10,000 hosts with a route
// each with what it costs among ten. For ratio all requests are for one host, as in a
// burst; for spread-ratio they go round all hosts, so that with many of them each finds
// its part of the table cold in the caches.
func BenchmarkRoutes(b *testing.B) {
	few, many := manyRoutes(10), manyRoutes(10_000)
	one := func(int) int { return 7 }
	for b.Loop() {
		var burst, spread [2][]float64
		for range rounds {
			for i, table := range []*table{few, many} {
				burst[i] = append(burst[i], table.find(b, one))
				spread[i] = append(spread[i], table.find(b, func(n int) int { return n * 7919 % len(table.hosts) }))
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(burst[0]), "ten-ns/find")
		b.ReportMetric(median(burst[1]), "10000-ns/find")
		b.ReportMetric(median(burst[1])/median(burst[0]), "ratio")
		b.ReportMetric(median(spread[1]), "spread-10000-ns/find")
		b.ReportMetric(median(spread[1])/median(spread[0]), "spread-ratio")
	}
}

// table is a router, and the hosts that it knows.
type table struct {
	router *router.Router
	hosts  []string
}

func manyRoutes(n int) *table {
	t := &table{}
	var list []hedge.Route
	for i := range n {
		host := fmt.Sprintf("shop-%d.example.com", i)
		t.hosts = append(t.hosts, host)
		list = append(list, hedge.Route{Host: host, Path: fmt.Sprintf("/area-%d/static", i), Methods: []string{"GET"}})
	}
	t.router = router.New(list)
	return t
}

// find returns the nanoseconds that it takes to find a route. which says whose, by number.
func (t *table) find(b *testing.B, which func(n int) int) float64 {
	const finds = 200_000
	paths := make([]string, len(t.hosts))
	for i := range paths {
		paths[i] = fmt.Sprintf("/area-%d/static/app.js", i)
	}
	req := &httpmsg.Request{Method: "GET", Header: httpmsg.NewHeader("Accept", "*/*")}
	start := time.Now()
	for n := range finds {
		i := which(n)
		if t.router.Find(t.hosts[i], paths[i], req) != i {
			b.Fatal("the wrong route")
		}
	}
	return float64(time.Since(start).Nanoseconds()) / finds
}
