package child

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the time. Its methods may be called from any goroutine.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// SystemClock is the machine's clock.
func SystemClock() Clock { return systemClock{} }

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// retryAfter is how long a pool waits after a child could not be started.
const retryAfter = 250 * time.Millisecond

// errClosed is what a closed Pool or Supervisor answers.
var errClosed = errors.New("the pool of children is closed")

// PoolOptions configure a Pool. Command and Size are needed.
type PoolOptions struct {
	Command Command
	Size    int                // how many children are kept ready, at least 1
	Accept  func(Report) error // whether such a confinement is enough; nil takes any. Children that did not confine themselves are never taken
	Clock   Clock              // nil is SystemClock
}

// readyTime is how long a child may take to confine itself, on a machine that is busy too:
// one that hangs, as in reading a library from a file system that does, is not waited for.
const readyTime = time.Minute

// Pool keeps children started and confined, so that one can be put to work at
// once. Its methods may be called from any goroutine.
type Pool struct {
	options PoolOptions
	spares  chan *Process // unbuffered: from keepers to Take
	closing context.Context
	close   context.CancelFunc
	keepers sync.WaitGroup

	ready atomic.Int64 // children that wait for Take

	mu  sync.Mutex // guards err
	err error      // of the last start, or nil
}

// NewPool starts Size children, and goes on until it is closed.
func NewPool(o PoolOptions) *Pool {
	if o.Clock == nil {
		o.Clock = SystemClock()
	}
	if o.Command.Now == nil {
		o.Command.Now = o.Clock.Now
	}
	closing, cancel := context.WithCancel(context.Background())
	p := &Pool{options: o, spares: make(chan *Process), closing: closing, close: cancel}
	for range max(o.Size, 1) {
		p.keepers.Go(p.keepOne) // ended by Close
	}
	return p
}

// Take returns a child that is ready. It is the caller's from then on. Without a
// spare it waits for one; when ctx ends first the error says why there is none.
func (p *Pool) Take(ctx context.Context) (*Process, error) {
	if ctx.Err() != nil {
		return nil, p.noChild(ctx)
	}
	select {
	case process := <-p.spares:
		return process, nil
	case <-p.closing.Done():
		return nil, errClosed
	case <-ctx.Done():
		return nil, p.noChild(ctx)
	}
}

func (p *Pool) noChild(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(fmt.Errorf("no child was ready: %w", context.Cause(ctx)), p.err)
}

// Spares is how many children are ready at the moment.
func (p *Pool) Spares() int { return int(p.ready.Load()) }

// Err is why the last child could not be started, or nil.
func (p *Pool) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Close kills the spares and waits until they are reaped.
func (p *Pool) Close() {
	p.close()
	p.keepers.Wait()
}

// keepOne keeps one spare.
func (p *Pool) keepOne() {
	for p.closing.Err() == nil {
		process, err := p.startOne()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		if err != nil {
			select {
			case <-p.options.Clock.After(retryAfter):
			case <-p.closing.Done():
			}
			continue
		}
		p.offer(process)
	}
}

// offer keeps a child until somebody takes it.
func (p *Pool) offer(process *Process) {
	p.ready.Add(1)
	defer p.ready.Add(-1)
	select {
	case p.spares <- process:
	case <-process.Done(): // somebody killed it
		process.Conn().Close()
	case <-p.closing.Done():
		discard(process, "the pool is closed")
	}
}

// startOne starts a child and waits until it is ready.
func (p *Pool) startOne() (*Process, error) {
	process, err := Start(p.options.Command)
	if err != nil {
		return nil, err
	}
	select {
	case <-process.Ready():
	case <-p.options.Clock.After(readyTime):
		discard(process, "it was not ready in time")
		return nil, fmt.Errorf("a child was not ready within %v", readyTime)
	case <-p.closing.Done():
		discard(process, "the pool is closed")
		return nil, errClosed
	}
	report := process.Report()
	if len(report) == 0 {
		discard(process, "it did not confine itself")
		return nil, fmt.Errorf("a child did not confine itself, and %v", process.Exit())
	}
	if p.options.Accept != nil {
		if err := p.options.Accept(report); err != nil {
			discard(process, "its confinement is not enough")
			return nil, err
		}
	}
	return process, nil
}

func discard(p *Process, reason string) {
	p.Kill(reason)
	p.Conn().Close()
}
