package hostile

import (
	"context"
	"flag"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

var (
	soak  = flag.Duration("soak", 0, "how long TestSoak goes on; 0 skips it")
	throw = flag.Bool("corpus", false, "have TestCorpus throw all scripts, which takes some minutes of a machine that does nothing else")
)

const (
	// hostileShare is the share of requests that are a script's.
	hostileShare = 0.01
	// soakVisitors ask at the same time, each soakRate times a second at most.
	soakVisitors = 4
	soakRate     = 50
	// warmUp is the share of the samples that the slope leaves out: until then heaps
	// and pools come into being.
	warmUp = 0.1
)

// TestSoak serves visitors of the well-behaved app for hours, and a hostile request
// in a hundred. Each minute it says what the edge takes, and at the end by how much
// that has risen. `make soak` runs it.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("it takes hours: make soak")
	}
	how := isolations()[len(isolations())-1]
	g := gather(t, how)
	ctx, cancel := context.WithTimeout(t.Context(), *soak)
	defer cancel()
	tr := &trickle{t: t, client: newClient(t), addr: g.addr, stop: make(chan struct{})}
	var visitors sync.WaitGroup
	for seed := range uint64(soakVisitors) {
		visitors.Go(func() { g.visit(ctx, t, tr, rand.New(rand.NewPCG(seed, 0))) })
	}
	samples := g.sample(ctx, t)
	visitors.Wait()
	tr.end()
	g.mustRun()
	rise(t, "memory", samples, func(u usage) float64 { return float64(u.resident) })
	rise(t, "memory of the edge alone", samples, func(u usage) float64 { return float64(u.edge) })
	rise(t, "what is alive on the edge's heap", samples, func(u usage) float64 { return float64(u.live) })
	rise(t, "descriptors", samples, func(u usage) float64 { return float64(u.files) })
	rise(t, "goroutines", samples, func(u usage) float64 { return float64(u.goroutines) })
}

// visit asks until ctx ends.
func (g *gathering) visit(ctx context.Context, t *testing.T, tr *trickle, random *rand.Rand) {
	ticker := time.NewTicker(time.Second / soakRate)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if random.Float64() < hostileShare {
			g.attack(t, g.scripts[random.IntN(len(g.scripts))])
		} else {
			tr.visit(random.IntN(len(visits)))
		}
	}
}

// sampled is what an edge took at some time since the beginning.
type sampled struct {
	at time.Duration
	usage
}

// sample looks at the edge each minute, or more often if it does not go on for long.
func (g *gathering) sample(ctx context.Context, t *testing.T) []sampled {
	began := time.Now()
	ticker := time.NewTicker(min(time.Minute, *soak/20))
	defer ticker.Stop()
	var samples []sampled
	for {
		select {
		case <-ctx.Done():
			return samples
		case now := <-ticker.C:
			s := sampled{now.Sub(began), g.usage()}
			samples = append(samples, s)
			t.Logf("%v: %v", s.at.Round(time.Second), s.usage)
		}
	}
}

// rise says by how much of its mean a value rises in an hour, by least squares.
func rise(t *testing.T, what string, samples []sampled, value func(usage) float64) {
	samples = samples[int(warmUp*float64(len(samples))):]
	n := float64(len(samples))
	var x, y, xx, xy float64
	for _, s := range samples {
		hours, v := s.at.Hours(), value(s.usage)
		x, y, xx, xy = x+hours, y+v, xx+hours*hours, xy+hours*v
	}
	if spread := n*xx - x*x; spread > 0 && y > 0 {
		t.Logf("%s: %+.2f %% an hour", what, 100*(n*xy-x*y)/spread/(y/n))
	}
}
