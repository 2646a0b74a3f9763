package upstream

import (
	"time"

	"hedge/httpmsg"
	"hedge/telemetry"
)

// measure makes the counters of a target, and with the first those of the pool.
func (p *Pool) measure(t *target) {
	m := p.cfg.Metrics
	if len(p.targets) == 0 {
		p.times = m.Histogram(telemetry.UpstreamDuration, p.name)
		p.again = m.Counter(telemetry.UpstreamRetries, p.name)
	}
	t.codes = m.Codes(telemetry.UpstreamRequests, p.name, t.url)
	t.times = m.Histogram(telemetry.TargetDuration, p.name, t.url)
}

// tried counts a try.
func (t *target) tried(res *httpmsg.Response, took time.Duration) {
	t.times.Observe(took)
	t.codes.Count(statusOf(res))
}

// statusOf is the status of an answer, 0 if there is none.
func statusOf(res *httpmsg.Response) int {
	if res == nil {
		return 0
	}
	return res.Status
}

// The states of a target.
const (
	TargetUsed      = "used"
	TargetEjected   = "ejected"   // it failed several times in a row
	TargetUnhealthy = "unhealthy" // by its checks
)

// PoolStatus is what a pool is doing.
type PoolStatus struct {
	Name string `json:"name"`
	// Panic says that all targets are used, because too few are fit.
	Panic   bool           `json:"panic,omitempty"`
	Targets []TargetStatus `json:"targets"`
}

// TargetStatus is what a target is doing.
type TargetStatus struct {
	URL    string `json:"url"`
	State  string `json:"state"`  // of a name, the best of its addresses'
	Active int64  `json:"active"` // requests under way
	// Addresses are those of a name, where it is looked up.
	Addresses []AddressStatus `json:"addresses,omitempty"`
}

// AddressStatus is what a target is doing at one of its addresses.
type AddressStatus struct {
	Address string `json:"address"`
	State   string `json:"state"`
	Active  int64  `json:"active"`
}

// Status returns what the pool is doing.
func (p *Pool) Status() PoolStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := PoolStatus{Name: p.name, Panic: p.roster.Load().panic, Targets: []TargetStatus{}}
	for i, t := range p.targets {
		state, active := t.state(), t.active.Load()
		if i == 0 || !t.address.IsValid() || p.targets[i-1].url != t.url {
			s.Targets = append(s.Targets, TargetStatus{URL: t.url, State: state})
		}
		of := &s.Targets[len(s.Targets)-1]
		of.Active += active
		if state == TargetUsed {
			of.State = state
		}
		if t.address.IsValid() {
			of.Addresses = append(of.Addresses, AddressStatus{t.address.String(), state, active})
		}
	}
	return s
}

// state is one of those above. The pool's mu is held.
func (t *target) state() string {
	switch {
	case t.sick:
		return TargetUnhealthy
	case t.ejected:
		return TargetEjected
	}
	return TargetUsed
}
