package node

import (
	"time"

	"hedge"
	"hedge/telemetry"
	"hedge/upstream"
)

// appMetrics are the counters of an app.
type appMetrics struct {
	scope                                 *telemetry.Scope
	ok                                    *telemetry.Counter // the outcome that most requests have
	bytesIn, bytesOut, cpu, fetches, cold *telemetry.Counter
	unrouted                              routeMetrics // requests that no route matched
}

// routeMetrics are the counters of a route.
type routeMetrics struct {
	codes *telemetry.Codes
	times *telemetry.Histogram
}

// unrouted stands for a route where there is none, and unclaimed for an app.
const (
	unrouted  = "none"
	unclaimed = ""
)

func newAppMetrics(s *telemetry.Scope) *appMetrics {
	return &appMetrics{
		scope:   s,
		ok:      s.Counter(telemetry.Outcomes, string(hedge.OutcomeOK)),
		bytesIn: s.Counter(telemetry.RequestBytes), bytesOut: s.Counter(telemetry.ResponseBytes),
		cpu: s.Counter(telemetry.CPU), fetches: s.Counter(telemetry.Fetches), cold: s.Counter(telemetry.ColdStarts),
		unrouted: newRouteMetrics(s, unrouted),
	}
}

func newRouteMetrics(s *telemetry.Scope, route string) routeMetrics {
	return routeMetrics{s.Codes(telemetry.Requests, route), s.Histogram(telemetry.RequestDuration, route)}
}

// measure makes the counters of a deployment.
func (d *deployment) measure() {
	d.metrics = newAppMetrics(d.origins.metrics)
	for i := range d.routes {
		r := &d.routes[i]
		r.pattern = patternOf(r.spec)
		r.routeMetrics = newRouteMetrics(d.origins.metrics, r.pattern)
	}
}

// patternOf is what a route matches, as hedge.toml has it.
func patternOf(r hedge.Route) string {
	switch {
	case r.Exact:
		return r.Host + r.Path
	case r.Path == "" || r.Path[len(r.Path)-1] != '/':
		return r.Host + r.Path + "/*"
	}
	return r.Host + r.Path + "*"
}

// metrics are the counters that the request belongs to.
func (x *exchange) metrics() *appMetrics {
	if x.app != nil {
		return x.app.metrics
	}
	return x.node.unclaimed
}

var _ hedge.Ledger = (*appMetrics)(nil)

// Spent counts what code spends when its answer has been delivered.
func (m *appMetrics) Spent(cpu time.Duration) { add(m.cpu, int64(cpu)) }

// Fetched counts a request that code makes then.
func (m *appMetrics) Fetched() { m.fetches.Inc() }

// Decided counts a decision, whenever it was made.
func (m *appMetrics) Decided(d hedge.Decision) {
	m.scope.Counter(telemetry.Decisions, string(d.Reason)).Inc()
}

// measure counts a request whose answer has been delivered.
func (x *exchange) measure(a *telemetry.Access) {
	m := x.metrics()
	to := &m.unrouted
	if x.taken != nil {
		to = &x.taken.routeMetrics
	}
	to.codes.Count(a.Status)
	to.times.Observe(a.Duration)
	if a.Outcome == "" || a.Outcome == hedge.OutcomeOK {
		m.ok.Inc()
	} else {
		m.scope.Counter(telemetry.Outcomes, string(a.Outcome)).Inc()
	}
	add(m.bytesIn, a.BytesIn)
	add(m.bytesOut, a.Bytes)
	add(m.cpu, int64(a.CPU))
	add(m.fetches, int64(a.Fetches))
	if a.Cold {
		m.cold.Inc()
	}
	for _, d := range a.Decisions {
		m.Decided(d)
	}
}

// add counts what is there to be counted.
func add(c *telemetry.Counter, n int64) {
	if n > 0 {
		c.Add(uint64(n))
	}
}

// collect says what is known only when somebody asks.
func (n *Node) collect(s *telemetry.Sample) {
	n.door.overload.collect(s)
	s.Set(telemetry.ConnectionsOpen, float64(n.door.main.http1.Open()+n.door.shedding.http1.Open()), "http1")
	s.Set(telemetry.ConnectionsOpen, float64(n.door.main.http2.Open()+n.door.shedding.http2.Open()), "http2")
	if n.door.http3 != nil {
		s.Set(telemetry.ConnectionsOpen, float64(n.door.http3.Open()), "http3")
	}
	for _, app := range n.Apps() {
		s.Set(telemetry.RequestsActive, float64(app.Active), app.Name)
	}
	for _, app := range n.Upstreams() {
		for _, t := range app.Targets {
			up := 0.0
			if t.State == upstream.TargetUsed {
				up = 1
			}
			s.Set(telemetry.TargetUp, up, app.App, app.Name, t.URL)
			s.Set(telemetry.TargetActive, float64(t.Active), app.App, app.Name, t.URL)
		}
	}
	for _, split := range n.Splits() {
		for _, side := range split.Sides {
			s.Set(telemetry.SplitShare, side.Share, split.App, split.Name, side.Upstream)
		}
	}
	if n.cfg.Runtime == nil {
		return
	}
	stats := n.cfg.Runtime.Stats()
	s.Set(telemetry.Apps, float64(stats.Apps))
	s.Set(telemetry.Isolates, float64(stats.Isolates))
	s.Set(telemetry.IsolateHeap, float64(stats.HeapBytes))
	s.Set(telemetry.Evictions, float64(stats.Evictions))
	s.Set(telemetry.Cordons, float64(stats.Cordons))
	s.Set(telemetry.CordonsEnded, float64(stats.CordonsEnded))
	s.Set(telemetry.CordonsKilled, float64(stats.CordonsKilled))
}
