package node

import "sync"

// activity knows the deployments that have requests under way, or may have: those that are
// served, and those before them until their last request has ended. The zero value is ready.
// Its methods may be called from any goroutine.
type activity struct {
	mu    sync.Mutex // guards what follows
	alive map[*deployment]struct{}
}

func (a *activity) begin(d *deployment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.alive == nil {
		a.alive = map[*deployment]struct{}{}
	}
	a.alive[d] = struct{}{}
}

func (a *activity) end(d *deployment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.alive, d)
}

// requests returns how many requests are under way, by app, whichever of its releases has them.
func (a *activity) requests() map[string]int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	counts := map[string]int64{}
	for d := range a.alive {
		counts[d.release.Name] += d.requests()
	}
	return counts
}
