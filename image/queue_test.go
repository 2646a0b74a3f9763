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

// A worker is busy with a job until it is done, and so is the place of the app in the line,
// although its client has hung up: else hanging up again and again would take all workers.
func TestHangingUpLeavesNoPlace(t *testing.T) {
	p := NewPool(Config{Workers: 2})
	p.trial = &trial{over: make(chan struct{})} // the test is the worker
	close(p.trial.over)
	ctx, hangUp := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { // ends with the client
		_, err := p.Do(ctx, "greedy", []byte(`{"source":{"input":0,"steps":[]},"output":{"format":"png"}}`), [][]byte{[]byte("file")})
		over <- err
	}()
	job := <-p.jobs
	hangUp()
	if err := <-over; hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
		t.Errorf("got %v", err)
	}
	atWork := func() int {
		p.queue.mu.Lock()
		defer p.queue.mu.Unlock()
		if l := p.queue.lines["greedy"]; l != nil {
			return len(l.front)
		}
		return 0
	}
	if n := atWork(); n != 1 {
		t.Errorf("%d jobs of the app count while a worker does one", n)
	}
	job.answer(reply{})
	if n := atWork(); n != 0 {
		t.Errorf("%d jobs of the app count when the worker is done", n)
	}
}
