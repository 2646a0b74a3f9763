package image

import (
	"context"
	"errors"
	"testing"

	"hedge"
)

// An app with many jobs lets another's go before its own, and one queue holds no more
// than it may.
func TestQueue(t *testing.T) {
	q := newQueue(2, 6)
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("gone"))
	enter := func(app string, want hedge.Outcome) *place {
		t.Helper()
		p, err := q.enter(ended, app)
		if got := hedge.OutcomeOf(err); got != want {
			t.Fatalf("got %v (%s), want %s", err, got, want)
		}
		return p
	}
	must := func(app string) *place {
		t.Helper()
		p, err := q.enter(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first, second := must("greedy"), must("greedy")
	third := make(chan *place)
	go func() { // ends with a place
		p, _ := q.enter(t.Context(), "greedy")
		third <- p
	}()
	for { // until the third waits in its line
		q.mu.Lock()
		jobs := q.lines["greedy"].jobs
		q.mu.Unlock()
		if jobs == 3 {
			break
		}
	}
	modest := must("modest") // although another waits
	enter("greedy", hedge.OutcomeOverloaded)
	first.begin()
	first.leave()
	first = <-third
	for _, app := range []string{"a", "b"} {
		defer must(app).leave()
	}
	must("c").leave()
	last := must("c")
	enter("d", hedge.OutcomeOverloaded) // six wait
	for _, p := range []*place{first, second, modest, last} {
		p.leave()
	}
	if len(q.lines) != 2 || q.waiting != 2 {
		t.Errorf("%d apps and %d jobs are left", len(q.lines), q.waiting)
	}
}
