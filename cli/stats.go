package cli

import (
	"strings"
	"time"

	"hedge/node"
	"hedge/telemetry"
)

// standing is how a server stands at a moment.
type standing struct {
	Time          time.Time          `json:"time"`
	Version       string             `json:"version"`
	Ready         bool               `json:"ready"`
	Connections   int                `json:"connections"`
	Isolates      int                `json:"isolates"`
	Cordons       int                `json:"cordons"`
	CordonsEnded  uint64             `json:"cordons_restarted"` // since the start, as what follows
	CordonsKilled uint64             `json:"cordons_killed"`    // of them
	Evictions     uint64             `json:"evictions"`
	LogDropped    uint64             `json:"log_dropped"`
	Cache         *cacheStats        `json:"cache,omitempty"` // nil: there is none
	Splits        []node.SplitStatus `json:"splits"`
}

// stats is what a running server has counted until a moment. `hedge top` shows the
// difference between two of them.
type stats struct {
	standing
	Started   time.Time       `json:"started"`
	Apps      []appStats      `json:"apps"`
	Upstreams []upstreamStats `json:"upstreams"`
}

// tally is what requests came to.
type tally struct {
	Requests uint64            `json:"requests"`
	Client   uint64            `json:"client_errors"` // 4xx
	Server   uint64            `json:"server_errors"` // 5xx, or no answer
	Times    *telemetry.Counts `json:"times"`
}

type appStats struct {
	node.AppStatus
	tally
}

type upstreamStats struct {
	App     string        `json:"app"`
	Name    string        `json:"name"`
	Panic   bool          `json:"panic"`
	Targets []targetStats `json:"targets"`
}

type targetStats struct {
	URL    string `json:"url"`
	State  string `json:"state"`
	Active int64  `json:"active"`
	tally
}

// count adds requests of a class of status.
func (t *tally) count(code string, n uint64) {
	t.Requests += n
	switch code {
	case "4xx":
		t.Client += n
	case "5xx", "error":
		t.Server += n
	}
}

// tallies are those of a metric with codes and one with times, by all labels but "code"
// and, of a route's, that of the route.
func tallies(r *telemetry.Registry, codes, times telemetry.ID, labels int) func(key ...string) tally {
	all := map[string]*tally{}
	of := func(key []string) *tally {
		joined := strings.Join(key, "\x00")
		if all[joined] == nil {
			all[joined] = &tally{Times: &telemetry.Counts{}}
		}
		return all[joined]
	}
	r.Each(codes, func(l []string, n uint64, _ *telemetry.Counts) { of(l[:labels]).count(l[len(l)-1], n) })
	r.Each(times, func(l []string, _ uint64, c *telemetry.Counts) { of(l[:labels]).Times.Merge(c) })
	return func(key ...string) tally { return *of(key) }
}

// stats returns what has been counted until now.
func (e *edge) stats() stats {
	workers := e.runtime.Stats()
	now := standing{
		Time: e.journal.now(), Version: versions().Hedge, Ready: e.ready.state() == "",
		Connections: e.Connections(), Isolates: workers.Isolates, Evictions: workers.Evictions,
		Cordons: workers.Cordons, CordonsEnded: workers.CordonsEnded, CordonsKilled: workers.CordonsKilled,
		LogDropped: e.journal.missed(), Splits: e.Splits(), Cache: e.cache.stats(e.metrics),
	}
	s := stats{standing: now, Started: e.started, Apps: []appStats{}, Upstreams: []upstreamStats{}}
	byApp := tallies(e.metrics, telemetry.Requests, telemetry.RequestDuration, 1)
	for _, app := range e.Apps() {
		s.Apps = append(s.Apps, appStats{app, byApp(app.Name)})
	}
	byTarget := tallies(e.metrics, telemetry.UpstreamRequests, telemetry.TargetDuration, 3)
	for _, u := range e.Upstreams() {
		shown := upstreamStats{App: u.App, Name: u.Name, Panic: u.Panic, Targets: []targetStats{}}
		for _, t := range u.Targets {
			shown.Targets = append(shown.Targets, targetStats{t.URL, t.State, t.Active, byTarget(u.App, u.Name, t.URL)})
		}
		s.Upstreams = append(s.Upstreams, shown)
	}
	return s
}
