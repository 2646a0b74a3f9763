package telemetry

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Registry has the values of all metrics. Its methods may be called from any
// goroutine, and on nil, which counts nothing. A counter or histogram is looked up once
// and kept by who counts: looking up takes a lock, counting none.
type Registry struct {
	table []Metric

	mu         sync.Mutex // guards what follows, the sets of series, and the scopes
	general    *seriesSet // of metrics that are no app's
	apps       map[string]*seriesSet
	collectors []func(*Sample)
}

// seriesSet has the series of one app, or those that are no app's.
type seriesSet struct {
	families [numMetrics]map[string]*series // by labels, as joined has them
	scopes   map[*Scope]struct{}            // that are open
}

// series is a metric with values for its labels: a counter, a histogram, or counters by
// code, whose label "code" is not among the values.
type series struct {
	labels    []string
	counter   *Counter
	histogram *Histogram
	codes     *Codes
	holders   int // scopes that it is for; 0 where it is the app's
}

func joined(labels []string) string { return strings.Join(labels, "\x00") }

// NewRegistry makes a registry in which everything is zero.
func NewRegistry() *Registry {
	return &Registry{table: Metrics(), general: newSeriesSet(), apps: map[string]*seriesSet{}}
}

func newSeriesSet() *seriesSet { return &seriesSet{scopes: map[*Scope]struct{}{}} }

// Collect has a function called whenever the values are read, for what is known only
// then.
func (r *Registry) Collect(collector func(*Sample)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collectors = append(r.collectors, collector)
}

// Counter returns a counter for these values of the metric's labels. Of an app that no
// Scope is open for it returns nil: requests outlive their app, and must not bring its
// series back. What a release declares is for its Scope.
func (r *Registry) Counter(id ID, labels ...string) *Counter {
	if s := r.series(id, labels); s != nil {
		return s.counter
	}
	return nil
}

// Histogram returns a histogram as Counter returns a counter.
func (r *Registry) Histogram(id ID, labels ...string) *Histogram {
	if s := r.series(id, labels); s != nil {
		return s.histogram
	}
	return nil
}

// series finds or makes a series; nil: the app is not served.
func (r *Registry) series(id ID, labels []string) *series {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	to, m := r.general, &r.table[id]
	if m.ofApp() {
		if to = r.apps[labels[0]]; to == nil {
			return nil
		}
	}
	return to.series(m, labels)
}

// series finds or makes a series. The registry's mu is held.
func (set *seriesSet) series(m *Metric, labels []string) *series {
	family, key := set.families[m.ID], joined(labels)
	if s := family[key]; s != nil {
		return s
	}
	s := &series{labels: slices.Clone(labels)}
	switch {
	case m.Kind == KindHistogram:
		s.histogram = &Histogram{}
	case m.byCode():
		s.codes = &Codes{}
	default:
		s.counter = &Counter{}
	}
	if family == nil {
		family = map[string]*series{}
		set.families[m.ID] = family
	}
	family[key] = s
	return s
}

// Forget drops the series of an app that is not served any more. What its open scopes
// go on counting is not seen.
func (r *Registry) Forget(app string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.apps, app)
}

// Each calls what for every series of a metric, with the values of its labels: with
// what a counter has counted, or with the times of a histogram.
func (r *Registry) Each(id ID, what func(labels []string, count uint64, times *Counts)) {
	if r == nil {
		return
	}
	for _, s := range r.all(id) {
		switch {
		case s.histogram != nil:
			what(s.labels, 0, s.histogram.Counts())
		case s.codes != nil:
			s.codes.each(func(code string, count uint64) { what(append(slices.Clip(s.labels), code), count, nil) })
		default:
			what(s.labels, s.counter.Value(), nil)
		}
	}
}

// all returns the series of a metric, sorted by labels.
func (r *Registry) all(id ID) (all []*series) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sets := []*seriesSet{r.general}
	for _, app := range slices.Sorted(maps.Keys(r.apps)) {
		sets = append(sets, r.apps[app])
	}
	for _, set := range sets {
		for _, key := range slices.Sorted(maps.Keys(set.families[id])) {
			all = append(all, set.families[id][key])
		}
	}
	return all
}
