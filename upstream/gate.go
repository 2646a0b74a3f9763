package upstream

import (
	"context"
	"slices"
	"sync"
)

// gate bounds the requests under way and those that wait for one of them to end, in
// the order in which they came.
type gate struct {
	limit, pending int

	mu     sync.Mutex // guards what follows
	inside int
	queue  []chan struct{} // each is closed when its request may go in
}

func newGate(limit, pending int) *gate { return &gate{limit: limit, pending: pending} }

// enter waits until the request may go in, or ctx ends. false: too many wait. It may
// be called on nil.
func (g *gate) enter(ctx context.Context) (bool, error) {
	if g == nil {
		return true, nil
	}
	g.mu.Lock()
	if g.inside < g.limit {
		g.inside++
		g.mu.Unlock()
		return true, nil
	}
	if len(g.queue) >= g.pending {
		g.mu.Unlock()
		return false, nil
	}
	turn := make(chan struct{})
	g.queue = append(g.queue, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return true, nil
	case <-ctx.Done():
		g.giveUp(turn)
		return false, context.Cause(ctx)
	}
}

// giveUp takes a request out of the queue, or back out if it has just been let in.
func (g *gate) giveUp(turn chan struct{}) {
	g.mu.Lock()
	i := slices.Index(g.queue, turn)
	if i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
	g.mu.Unlock()
	if i < 0 {
		g.leave()
	}
}

// leave lets the next one in. It may be called on nil.
func (g *gate) leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) > 0 {
		close(g.queue[0])
		g.queue = slices.Delete(g.queue, 0, 1)
		return
	}
	g.inside--
}
