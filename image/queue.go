package image

import (
	"context"
	"sync"

	"hedge"
)

// queue is where jobs wait for workers. An app has so many jobs before the workers, and
// its others wait behind those: who has one picture made does not wait for all of
// another's thousand.
type queue struct {
	share int // jobs of one app that are before the workers, or at them
	most  int // jobs that may wait; half as many of one app

	mu      sync.Mutex // guards what follows
	waiting int
	lines   map[string]*line // by app; of those that have jobs here
}

// line is what one app has in a queue.
type line struct {
	front   chan struct{} // a token for each job that is before the workers, or at one
	waiting int
	jobs    int // all that are here
}

func newQueue(share, most int) *queue {
	return &queue{share: share, most: most, lines: map[string]*line{}}
}

// place is that of one job in a queue.
type place struct {
	queue *queue
	line  *line
	app   string
	waits bool // for a worker
	front bool // it is before the workers, or at one
}

// enter takes a place in an app's line, and returns when it is before the workers. The
// error is a *hedge.Error; otherwise leave is to be called.
func (q *queue) enter(ctx context.Context, app string) (*place, error) {
	p, err := q.join(app)
	if err != nil {
		return nil, err
	}
	select {
	case p.line.front <- struct{}{}:
		p.front = true
		return p, nil
	case <-ctx.Done():
		p.leave()
		return nil, noWorker(context.Cause(ctx))
	}
}

func noWorker(cause error) error {
	return hedge.Wrap(cause, hedge.OutcomeOverloaded, "image: no worker had time for the job")
}

func (q *queue) join(app string) (*place, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lines[app]
	if l == nil {
		l = &line{front: make(chan struct{}, q.share)}
	}
	if q.waiting >= q.most {
		return nil, hedge.Errorf(hedge.OutcomeOverloaded, "image: %d jobs are waiting already", q.waiting)
	}
	if l.waiting >= max(1, q.most/2) {
		return nil, hedge.Errorf(hedge.OutcomeOverloaded, "image: %d jobs of the app are waiting already", l.waiting)
	}
	q.lines[app] = l
	q.waiting++
	l.waiting++
	l.jobs++
	return &place{queue: q, line: l, app: app, waits: true}, nil
}

// begin says that a worker has the job.
func (p *place) begin() {
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	p.beginLocked()
}

func (p *place) beginLocked() {
	if p.waits {
		p.waits = false
		p.queue.waiting--
		p.line.waiting--
	}
}

// leave says that the job is done, or given up.
func (p *place) leave() {
	if p.front {
		<-p.line.front
	}
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	p.beginLocked()
	if p.line.jobs--; p.line.jobs == 0 {
		delete(p.queue.lines, p.app)
	}
}
