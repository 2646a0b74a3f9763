// Package load sends requests to an HTTP/1.1 server over kept connections, with as
// little work of its own as it can: the bytes of a request are ready beforehand, and
// of an answer only the status and Content-Length are looked at.
package load

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Load is a number of connections to one server. Its methods are for one goroutine
// at a time. After an error it can only be closed.
type Load struct {
	// Sleeps lets Saturate sleep until there is an answer, because others need its
	// core, such as the origins behind the server.
	Sleeps bool

	conns []*conn
}

// Result is what a server has answered.
type Result struct {
	Requests int
	Elapsed  time.Duration
	// Latency is measured by At alone, from when a request was due.
	Latency Histogram
}

// PerSecond returns the requests per second.
func (r *Result) PerSecond() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Open connects n times.
func Open(ctx context.Context, addr string, n int) (*Load, error) {
	l := &Load{}
	for range n {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		own, err := newConn(c)
		l.conns = append(l.conns, own)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// Close closes the connections.
func (l *Load) Close() error {
	var errs []error
	for _, c := range l.conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Ask sends one request and returns the answer, head and body.
func (l *Load) Ask(request []byte) (string, error) {
	answer, err := l.conns[0].ask(request)
	return string(answer), err
}

// At sends requests at a rate, in requests per second, for a time, whether or not
// the ones before have been answered. One that is due when all connections are
// taken waits, and the wait belongs to its latency.
func (l *Load) At(request []byte, rate int, d time.Duration) (*Result, error) {
	return l.AtEach(func() []byte { return request }, rate, d)
}

// AtEach is At with requests that differ, which next returns, to several goroutines.
func (l *Load) AtEach(next func() []byte, rate int, d time.Duration) (*Result, error) {
	n := int(float64(rate) * d.Seconds())
	due := make(chan time.Time, n) // has room for all, so that they never wait to be due
	go func() {                    // ends after d
		defer close(due)
		schedule(due, n, time.Second/time.Duration(rate))
	}()
	return l.each(func(c *conn, h *Histogram) error {
		for at := range due {
			if _, err := c.ask(next()); err != nil {
				return err
			}
			h.Record(time.Since(at))
		}
		return nil
	})
}

// schedule says n times, one interval apart, that something is due. When it wakes up
// late it makes up for it.
func schedule(due chan<- time.Time, n int, interval time.Duration) {
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range n {
		timer.Reset(time.Until(start.Add(time.Duration(i) * interval)))
		<-timer.C
		due <- time.Now()
	}
}

// each runs work for all connections at once and adds up the latencies.
func (l *Load) each(work func(*conn, *Histogram) error) (*Result, error) {
	latencies, errs := make([]Histogram, len(l.conns)), make([]error, len(l.conns))
	start := time.Now()
	var running sync.WaitGroup
	for i, c := range l.conns {
		running.Go(func() { errs[i] = work(c, &latencies[i]) })
	}
	running.Wait()
	sum := &Result{Elapsed: time.Since(start)}
	for i := range latencies {
		sum.Latency.Merge(&latencies[i])
	}
	sum.Requests = sum.Latency.Count()
	return sum, errors.Join(errs...)
}
