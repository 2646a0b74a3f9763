package bench_test

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/bench/load"
	"hedge/bench/proc"
)

const (
	hitRate = 1000            // a second
	missing = 8               // connections, and so how many misses are on their way at a time
	filling = 5 * time.Second // with misses, so that every further one evicts
)

// BenchmarkHitBesideMisses is how long a hit from memory takes, 1,000 times a second: while
// nothing else goes on, while as many misses as fill a core go through the same server, and
// while they go through another one, which tells what the machine has to do with it from
// what the server has. The caches are full, so that each miss evicts something.
//
// The servers have two cores. Where there are no more, the driver and the origin, which
// misses need too, are on one of them.
func BenchmarkHitBesideMisses(b *testing.B) {
	for _, kind := range []struct{ name, server string }{{"memory", "caching-small"}, {"disk", "caching-disk-small"}} {
		b.Run(kind.name, func(b *testing.B) {
			cores, err := proc.Cores()
			if err != nil {
				b.Fatal(err)
			}
			s := setStage(b)
			for b.Loop() {
				newBeside(s, kind.server, cores[max(0, len(cores)-2):]).run()
			}
		})
	}
}

// beside is a server that is asked for hits, and misses for it or for another one.
type beside struct {
	*stage
	servers [2]*server // the first has the hits
	hits    *load.Load
	misses  [2]*load.Load
	asked   atomic.Int64 // misses so far: each has a key of its own
	rate    int          // of misses, per second
}

var wantedHit = get("cached.example", "/cached/1024")

// newBeside starts the servers, fills their caches, and finds out how many misses take the
// time of a core.
func newBeside(s *stage, kind string, cores []int) *beside {
	s.Helper()
	b := &beside{stage: s}
	origin := s.startOrigin()
	for i := range b.servers {
		s.Setenv(cacheDir, s.TempDir())
		srv := s.startOn(kind, cores...)
		srv.deploy(routes("cached", origin))
		b.servers[i], b.misses[i] = srv, srv.connect(missing)
		before := srv.cpu()
		result, err := b.misses[i].SaturateEach(b.miss, filling)
		if err != nil {
			s.Fatal(err)
		}
		b.rate = int(float64(result.Requests) / (srv.cpu() - before).Seconds())
	}
	b.hits = b.servers[0].connect(connections)
	if _, err := b.hits.At(wantedHit, hitRate, warmUp); err != nil {
		s.Fatal(err)
	}
	return b
}

// miss is a request for what nobody has asked for before.
func (b *beside) miss() []byte {
	return get("cached.example", "/cached/1024?"+strconv.FormatInt(b.asked.Add(1), 10))
}

// run measures in turn, and reports medians of the rounds' quantiles.
func (b *beside) run() {
	b.Helper()
	cases := []struct {
		name   string
		misses int // through which server; none: through no one
	}{{"quiet", none}, {"beside", 0}, {"apart", 1}}
	halves, tails, busy := map[string][]float64{}, map[string][]float64{}, []float64{}
	for range rounds {
		for _, c := range cases {
			before := b.servers[0].cpu()
			result := b.ask(c.misses)
			halves[c.name] = append(halves[c.name], microseconds(result.Latency.Quantile(0.5)))
			tails[c.name] = append(tails[c.name], microseconds(result.Latency.Quantile(0.99)))
			if c.misses == 0 {
				busy = append(busy, (b.servers[0].cpu()-before).Seconds()/result.Elapsed.Seconds())
			}
		}
	}
	for _, c := range cases {
		b.metric(median(halves[c.name]), c.name+"-p50-µs")
		b.metric(median(tails[c.name]), c.name+"-p99-µs")
	}
	b.metric(float64(b.rate), "misses/s")
	b.metric(100*median(busy), "core-%")
	b.metric(median(tails["beside"])/median(tails["quiet"]), "ratio")
	b.metric(median(tails["apart"])/median(tails["quiet"]), "ratio-apart")
}

const none = -1

// ask asks for hits for a round, and for misses at the same time.
func (b *beside) ask(misses int) *load.Result {
	b.Helper()
	var missErr error
	var beside sync.WaitGroup
	if misses != none {
		beside.Go(func() { _, missErr = b.misses[misses].AtEach(b.miss, b.rate, round) }) // ends with the round
	}
	result, err := b.hits.At(wantedHit, hitRate, round)
	beside.Wait()
	if err = errors.Join(err, missErr); err != nil {
		b.Fatal(err)
	}
	return result
}
