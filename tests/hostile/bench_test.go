package hostile

import (
	"sync"
	"testing"
	"time"

	"hedge/bench/load"
)

// BenchmarkHostile asks the well-behaved app at a steady rate, at first alone and
// then during the whole corpus, and compares the slowest hundredth of the answers.
func BenchmarkHostile(b *testing.B) {
	for _, how := range isolations() {
		b.Run(how.name, func(b *testing.B) {
			g := gather(b, how)
			hello := []byte("GET /hello HTTP/1.1\r\nHost: " + neighbourHost + "\r\n\r\n")
			steady, err := load.Open(b.Context(), g.addr, 16)
			must(b, err)
			defer steady.Close()
			const rate, span = 500, 5 * time.Second
			_, err = steady.At(hello, rate, time.Second) // warm
			must(b, err)
			quiet, err := steady.At(hello, rate, span)
			must(b, err)

			over := make(chan struct{})
			var corpus sync.WaitGroup
			corpus.Go(func() {
				defer close(over)
				g.throwQuietly(b)
			})
			var busy load.Histogram
			for isOver := false; !isOver; {
				part, err := steady.At(hello, rate, time.Second)
				if err != nil {
					b.Errorf("a request of the well-behaved app failed: %v", err)
					break
				}
				busy.Merge(&part.Latency)
				select {
				case <-over:
					isOver = true
				default:
				}
			}
			corpus.Wait()
			g.mustRun()
			b.ReportMetric(0, "ns/op")
			for _, q := range []struct {
				name  string
				share float64
			}{{"p50", 0.5}, {"p99", 0.99}} {
				alone, among := quiet.Latency.Quantile(q.share), busy.Quantile(q.share)
				b.ReportMetric(float64(alone)/1e3, "quiet-"+q.name+"-µs")
				b.ReportMetric(float64(among)/1e3, "hostile-"+q.name+"-µs")
				b.ReportMetric(float64(among)/float64(alone), q.name+"-ratio")
			}
		})
	}
}

// throwQuietly runs all scripts, some at once, and looks at nothing but whether the
// edge lives.
func (g *gathering) throwQuietly(b *testing.B) {
	free := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for _, s := range g.scripts {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			g.attack(b, s)
		})
	}
	running.Wait()
}
