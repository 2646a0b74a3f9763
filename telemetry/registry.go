package telemetry

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// SeriesPerApp is how many series one app may have. What is beyond is counted under
// the label "other": a configuration of ten thousand routes must not drown whoever
// collects.
const SeriesPerApp = 1000

// other is the value of labels that there is no room for.
const other = "other"

// Registry has the values of all metrics. Its methods may be called from any
// goroutine, and on nil, which counts nothing. A counter or histogram is looked up once
// and kept by who counts: looking up takes a lock, counting none.
type Registry struct {
	table []Metric

	mu         sync.Mutex // guards what follows
	families   [numMetrics]map[string]*series
	used       map[string]int // series, by app
	collectors []func(*Sample)
}

// series is a metric with values for its labels.
type series struct {
	labels    []string
	counter   *Counter
	histogram *Histogram
}

// Counter only grows. Its methods may be called from any goroutine, and on nil.
type Counter struct{ value atomic.Uint64 }

// Add counts n more.
func (c *Counter) Add(n uint64) {
	if c != nil {
		c.value.Add(n)
	}
}

// Inc counts one more.
func (c *Counter) Inc() { c.Add(1) }

// Value returns what has been counted.
func (c *Counter) Value() uint64 {
	if c == nil {
		return 0
	}
	return c.value.Load()
}

// NewRegistry makes a registry in which everything is zero.
func NewRegistry() *Registry {
	return &Registry{table: Metrics(), used: map[string]int{}}
}

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

// Counter returns a counter for these values of the metric's labels.
func (r *Registry) Counter(id ID, labels ...string) *Counter {
	if r == nil {
		return nil
	}
	return r.series(id, labels).counter
}

// Histogram returns a histogram for these values of the metric's labels.
func (r *Registry) Histogram(id ID, labels ...string) *Histogram {
	if r == nil {
		return nil
	}
	return r.series(id, labels).histogram
}

// series finds a series or makes it, within the bounds of its app.
func (r *Registry) series(id ID, labels []string) *series {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.find(id, labels); s != nil {
		return s
	}
	m := &r.table[id]
	if len(m.Labels) > 0 && m.Labels[0] == "app" && id != Overflows {
		if r.used[labels[0]]+m.cost() > SeriesPerApp {
			if len(labels) == 1 {
				return r.add(m, labels) // as there is one of these at most
			}
			r.overflowed(labels[0])
			labels = overflow(labels)
			if s := r.find(id, labels); s != nil {
				return s
			}
		}
		r.used[labels[0]] += m.cost()
	}
	return r.add(m, labels)
}

// overflowed counts a series that an app was refused. mu is held.
func (r *Registry) overflowed(app string) {
	labels := []string{app}
	s := r.find(Overflows, labels)
	if s == nil {
		s = r.add(&r.table[Overflows], labels)
	}
	s.counter.Inc()
}

func (r *Registry) find(id ID, labels []string) *series {
	return r.families[id][strings.Join(labels, "\x00")]
}

func (r *Registry) add(m *Metric, labels []string) *series {
	s := &series{labels: append([]string(nil), labels...)}
	if m.Kind == KindHistogram {
		s.histogram = &Histogram{}
	} else {
		s.counter = &Counter{}
	}
	if r.families[m.ID] == nil {
		r.families[m.ID] = map[string]*series{}
	}
	r.families[m.ID][strings.Join(labels, "\x00")] = s
	return s
}

// overflow is the series of an app for which there is no room.
func overflow(labels []string) []string {
	all := []string{labels[0]}
	for range labels[1:] {
		all = append(all, other)
	}
	return all
}

// cost is the number of series, as a collector counts them, that one of the metric is.
func (m *Metric) cost() int {
	if m.Kind == KindHistogram {
		return len(bounds()) + 3 // the last bucket, the sum and the count
	}
	return 1
}

// Forget drops the series of an app that is not served any more.
func (r *Registry) Forget(app string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.table {
		if len(m.Labels) == 0 || m.Labels[0] != "app" {
			continue
		}
		for key, s := range r.families[m.ID] {
			if s.labels[0] == app {
				delete(r.families[m.ID], key)
			}
		}
	}
	delete(r.used, app)
}

// Codes counts by the class of a status. Its methods may be called from any goroutine,
// and on nil.
type Codes struct {
	registry *Registry
	id       ID
	labels   []string
	by       [numClasses]atomic.Pointer[Counter]
}

// numClasses is the number of values that the label "code" can have.
const numClasses = 6

// className is a value of the label "code".
func className(class int) string {
	if class == 0 {
		return "error"
	}
	return strconv.Itoa(class) + "xx"
}

// Codes returns counters for these values of the metric's labels but the last, which
// is "code". Those that never count anything take no room.
func (r *Registry) Codes(id ID, labels ...string) *Codes {
	if r == nil {
		return nil
	}
	return &Codes{registry: r, id: id, labels: labels}
}

// Count counts an answer with a status; 0 stands for none.
func (c *Codes) Count(status int) {
	if c == nil {
		return
	}
	class := status / 100
	if class >= numClasses {
		class = 0
	}
	counter := c.by[class].Load()
	if counter == nil {
		counter = c.registry.Counter(c.id, append(c.labels[:len(c.labels):len(c.labels)], className(class))...)
		c.by[class].Store(counter)
	}
	counter.Inc()
}

// Value returns what has been counted for a class, as in 5 for "5xx".
func (c *Codes) Value(class int) uint64 {
	if c == nil {
		return 0
	}
	return c.by[class].Load().Value()
}

// Each calls what for every series of a metric, with the values of its labels: with
// what a counter has counted, or with the times of a histogram.
func (r *Registry) Each(id ID, what func(labels []string, count uint64, times *Counts)) {
	if r == nil {
		return
	}
	for _, s := range r.all(id) {
		if s.histogram != nil {
			what(s.labels, 0, s.histogram.Counts())
		} else {
			what(s.labels, s.counter.Value(), nil)
		}
	}
}

// all returns the series of a metric, sorted by labels.
func (r *Registry) all(id ID) []*series {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*series, 0, len(r.families[id]))
	for _, key := range slices.Sorted(maps.Keys(r.families[id])) {
		all = append(all, r.families[id][key])
	}
	return all
}
