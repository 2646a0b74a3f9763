package bench_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"hedge"
)

// The benchmarks of the data plane alone: no code runs in any of them.

// BenchmarkPeersHello is a fixed answer, made by a route.
func BenchmarkPeersHello(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		peers := map[string]*server{"nginx": s.startPeer(nginx(), nowhere), "haproxy": s.startPeer(haproxy(), nowhere)}
		s.against(s.startFixed(), peers, get("hello.example", "/"))
	}
}

// nowhere is an origin for peers that need to be told one.
const nowhere = "http://127.0.0.1:9"

// startFixed starts an edge whose route answers as helloApp does.
func (s *stage) startFixed() *server {
	s.Helper()
	srv := s.start("hedge")
	srv.deploy(&hedge.Release{
		Name: "hello", Limits: hedge.DefaultLimits(),
		Routes: []hedge.Route{{Path: "/", Answer: &hedge.Answer{Status: 200, Body: hello}}},
	})
	return srv
}

// BenchmarkPeersPassThrough is a body of 100 MiB that a route passes through, ten times in
// turn with the peer. The metric grown-MiB is as in PassThrough.
func BenchmarkPeersPassThrough(b *testing.B) {
	const size, times = 100 << 20, 10
	s := setStage(b)
	for b.Loop() {
		origin := s.startOrigin()
		servers := map[string]*server{"hedge": s.startThrough("route", origin), "nginx": s.startPeer(nginx(), origin)}
		speed, cost, before := map[string][]float64{}, map[string][]float64{}, map[string]int64{}
		for i := range times + 1 {
			for name, srv := range servers {
				if srv == nil {
					continue
				}
				cpu, start := srv.cpu(), time.Now()
				srv.fetch("/length/", size)
				if i == 0 { // warming up
					if err := srv.ResetPeak(); err != nil {
						b.Fatal(err)
					}
					before[name] = srv.memory().Resident
					continue
				}
				speed[name] = append(speed[name], float64(size)/1e6/time.Since(start).Seconds())
				cost[name] = append(cost[name], (srv.cpu()-cpu).Seconds()*1000)
			}
		}
		for name, srv := range servers {
			if srv != nil {
				s.metric(median(speed[name]), name+"-MB/s")
				s.metric(sum(cost[name])/times, name+"-cpu-ms")
				s.metric(float64(srv.memory().Peak-before[name])/(1<<20), name+"-grown-MiB")
			}
		}
		if servers["nginx"] != nil {
			s.metric(median(speed["hedge"])/median(speed["nginx"]), "of-nginx")
		}
	}
}

func sum(values []float64) (all float64) {
	for _, v := range values {
		all += v
	}
	return all
}

// BenchmarkPeersIdle is what 10,000 kept connections that carry nothing cost, each after a
// request, while others are busy.
func BenchmarkPeersIdle(b *testing.B) {
	const idle = 10000
	s := setStage(b)
	for b.Loop() {
		for name, srv := range map[string]*server{"hedge": s.startFixed(), "nginx": s.startPeer(nginx(), nowhere)} {
			if srv == nil {
				continue
			}
			request := get("hello.example", "/")
			busy := srv.connect(connections)
			if _, err := busy.Saturate(request, warmUp); err != nil {
				b.Fatal(err)
			}
			before := srv.memory().Resident
			l := srv.connect(idle)
			if _, err := l.Saturate(request, 0); err != nil {
				b.Fatal(err)
			}
			if _, err := busy.Saturate(request, round); err != nil {
				b.Fatal(err)
			}
			s.metric(float64(srv.memory().Resident-before)/idle, name+"-B/connection")
			_ = l.Close()
		}
	}
}

// BenchmarkAddedLatency is how much longer a request takes through a route than when the
// driver asks the origin itself, 1,000 times a second, and the same through peers.
func BenchmarkAddedLatency(b *testing.B) {
	const rate = 1000
	s := setStage(b)
	for b.Loop() {
		origin := s.startOn("origin", s.driverCore)
		url := "http://" + origin.addr
		servers := map[string]*server{
			"direct": origin, "hedge": s.startThrough("route", url), "nginx": s.startPeer(nginx(), url), "haproxy": s.startPeer(haproxy(), url),
		}
		p50, p99 := s.latencies(servers, get("through.example", "/length/1024"), rate)
		for name := range p50 {
			if name != "direct" {
				s.metric(p50[name]-p50["direct"], name+"-p50-µs")
				s.metric(p99[name]-p99["direct"], name+"-p99-µs")
			}
		}
	}
}

// latencies asks servers in turn, so often a second, and returns the medians of the rounds'
// quantiles, in microseconds. A server that is not there has none.
func (s *stage) latencies(servers map[string]*server, request []byte, rate int) (p50, p99 map[string]float64) {
	s.Helper()
	halves, tails := map[string][]float64{}, map[string][]float64{}
	names := slices.Sorted(maps.Keys(servers))
	for i := range rounds + 1 {
		for _, name := range names {
			if servers[name] == nil {
				continue
			}
			l := servers[name].connect(connections)
			result, err := l.At(request, rate, round)
			if err != nil {
				s.Fatal(err)
			}
			_ = l.Close()
			if i > 0 { // else it was warming up
				halves[name] = append(halves[name], microseconds(result.Latency.Quantile(0.5)))
				tails[name] = append(tails[name], microseconds(result.Latency.Quantile(0.99)))
			}
		}
	}
	p50, p99 = map[string]float64{}, map[string]float64{}
	for name := range halves {
		p50[name], p99[name] = median(halves[name]), median(tails[name])
	}
	return p50, p99
}
