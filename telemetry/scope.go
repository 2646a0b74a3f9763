package telemetry

import "slices"

// What one release may declare to be counted by itself, in sets of labels: a histogram is
// 23 series for who collects, counters by code are up to six. What is beyond is counted
// under the label "other": a configuration of ten thousand routes must not drown whoever
// collects. Histograms, which cost most, leave the counters their room, by which alarms
// go.
const (
	maxHistograms = 100
	maxCounters   = 500
)

// other is the value of labels that there is no room for.
const other = "other"

// Scope is where a release of an app counts. Releases of one app have their series in
// common: what a release declares, such as a route, goes with the last Scope that has
// asked for it, and all else, such as outcomes, with the last Scope of the app. Its
// methods may be called from any goroutine, and on nil, which counts nothing.
type Scope struct {
	registry *Registry
	app      string

	// The registry's mu guards what follows.
	to         *seriesSet
	held       map[seriesKey]*series // by what was asked for, where that is declared
	histograms int                   // room that is left
	counters   int
}

// seriesKey is a metric with values for its labels.
type seriesKey struct {
	id     ID
	labels string
}

// Scope opens a Scope of an app.
func (r *Registry) Scope(app string) *Scope {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	to := r.apps[app]
	if to == nil {
		to = newSeriesSet()
		r.apps[app] = to
	}
	s := &Scope{registry: r, app: app, to: to, held: map[seriesKey]*series{}, histograms: maxHistograms, counters: maxCounters}
	to.scopes[s] = struct{}{}
	return s
}

// Counter returns a counter for these values of the metric's labels, which are those
// behind "app".
func (s *Scope) Counter(id ID, labels ...string) *Counter {
	if s == nil {
		return nil
	}
	return s.series(id, labels).counter
}

// Histogram returns a histogram as Counter returns a counter.
func (s *Scope) Histogram(id ID, labels ...string) *Histogram {
	if s == nil {
		return nil
	}
	return s.series(id, labels).histogram
}

// Codes returns counters by the metric's last label, which is "code"; labels has the
// values of those between it and "app". A code that has not been counted is not shown.
func (s *Scope) Codes(id ID, labels ...string) *Codes {
	if s == nil {
		return nil
	}
	return s.series(id, labels).codes
}

// series finds a series or makes it, within the bounds.
func (s *Scope) series(id ID, labels []string) *series {
	labels = append([]string{s.app}, labels...)
	r := s.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &r.table[id]
	if !m.declared() {
		return s.to.series(m, labels)
	}
	key := seriesKey{id, joined(labels)}
	if one := s.held[key]; one != nil {
		return one
	}
	if !s.take(m) {
		if !s.to.refused(key) {
			s.to.series(&r.table[Overflows], labels[:1]).counter.Inc()
		}
		labels = m.overflow(labels)
	}
	one := s.to.series(m, labels)
	one.holders++
	s.held[key] = one
	return one
}

// take takes room for a set of labels, if there is any.
func (s *Scope) take(m *Metric) bool {
	room := &s.counters
	if m.Kind == KindHistogram {
		room = &s.histograms
	}
	if *room == 0 {
		return false
	}
	*room--
	return true
}

// refused reports whether a release that is still there has been refused the same.
func (set *seriesSet) refused(key seriesKey) bool {
	for s := range set.scopes {
		if one := s.held[key]; one != nil && joined(one.labels) != key.labels {
			return true
		}
	}
	return false
}

// Close drops the series that no other release of the app has. What is counted from now
// on is not seen.
func (s *Scope) Close() {
	if s == nil {
		return
	}
	r := s.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, one := range s.held {
		if one.holders--; one.holders == 0 {
			delete(s.to.families[key.id], joined(one.labels))
		}
	}
	delete(s.to.scopes, s)
	if len(s.to.scopes) == 0 && r.apps[s.app] == s.to {
		delete(r.apps, s.app)
	}
	s.to, s.held = newSeriesSet(), map[seriesKey]*series{}
}

// overflow returns the labels of what there is no room for.
func (m *Metric) overflow(labels []string) []string {
	all := slices.Clone(labels)
	for i := range all {
		if declares(m.Labels[i]) {
			all[i] = other
		}
	}
	return all
}
