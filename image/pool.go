package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/child"
)

// Config configures a Pool. The zero value of a field is what DefaultConfig has there.
type Config struct {
	Library string        // libvips, as Find has found it
	Workers int           // processes, each of which does one job at a time; where there are several, one app has at most all but one
	Waiting int           // jobs that may wait for a worker, half as many of one app
	Time    time.Duration // that a job may take, once a worker has it
	Retry   time.Duration // after which workers that could not be started are tried again
	Memory  uint64        // bytes that a worker may have in memory, its program included
	Limits  Limits
	Lines   func(pid int, line string) // gets what workers write to standard error; may be nil
	Ended   func(child.Exit)           // is told of workers that have ended against our will; may be nil
	// Confined is told once how workers are confined, and what this machine refuses; may be nil.
	Confined func(child.Report)
}

// DefaultConfig has as many workers for one app as there are processors.
func DefaultConfig() Config {
	return Config{Workers: runtime.GOMAXPROCS(0) + 1, Waiting: 256, Time: 5 * time.Second, Retry: 10 * time.Second, Memory: 512 << 20, Limits: DefaultLimits()}
}

// Pool has workers do jobs. Its methods may be called from any goroutine. It starts
// processes when the first job comes.
type Pool struct {
	cfg   Config
	jobs  chan *assignment // unbuffered: from Do to workers
	queue *queue
	room  *room

	closing context.Context
	close   context.CancelFunc // called with mu held, after which no start begins
	trials  sync.WaitGroup

	mu      sync.Mutex          // guards what follows
	trial   *trial              // the last start, which may be under way; nil before the first
	workers []*child.Supervisor // nil until started
	spares  *child.Pool

	done, lost atomic.Uint64
	reported   sync.Once
}

// trial is a start of the workers.
type trial struct {
	over chan struct{} // closed when what follows is set
	err  error         // nil: they are started
	at   time.Time     // when that was known
}

// isStale reports whether a start has failed so long ago that it is tried again.
func (t *trial) isStale(retry time.Duration) bool {
	select {
	case <-t.over:
		return t.err != nil && time.Since(t.at) >= retry
	default:
		return false
	}
}

// assignment is a job on its way.
type assignment struct {
	text   []byte
	inputs [][]byte
	place  *place     // which it has until it is answered, or given up before a worker has it
	reply  chan reply // has room for one
}

// answer says what has become of the job, after which the worker is free for another.
func (a *assignment) answer(r reply) {
	a.place.leave()
	a.reply <- r
}

type reply struct {
	result *Result
	err    error
}

// NewPool returns a pool, which is to be closed.
func NewPool(cfg Config) *Pool {
	d := DefaultConfig()
	if cfg.Workers < 1 {
		cfg.Workers = d.Workers
	}
	if cfg.Waiting < 1 {
		cfg.Waiting = d.Waiting
	}
	if cfg.Time <= 0 {
		cfg.Time = d.Time
	}
	if cfg.Retry <= 0 {
		cfg.Retry = d.Retry
	}
	if cfg.Memory == 0 {
		cfg.Memory = d.Memory
	}
	if cfg.Limits == (Limits{}) {
		cfg.Limits = d.Limits
	}
	closing, cancel := context.WithCancel(context.Background())
	return &Pool{
		cfg: cfg, jobs: make(chan *assignment), queue: newQueue(max(1, cfg.Workers-1), cfg.Waiting), room: newRoom(8*cfg.Limits.Bytes, 4*cfg.Limits.Bytes),
		closing: closing, close: cancel,
	}
}

// Limits are those of jobs.
func (p *Pool) Limits() Limits { return p.cfg.Limits }

// Hold takes room for the files of a job of an app, before they are read: together those of
// one app may have four times what a job may have, and those of all eight times. It waits for
// that until ctx ends, and no longer than 10 s. The caller leaves when the job is done. The
// error is a *hedge.Error.
func (p *Pool) Hold(ctx context.Context, app string, bytes int) (*Held, error) {
	return p.room.enter(ctx, app, bytes)
}

// Do has a job of an app done, whose text is JSON as ReadJob has it. ctx bounds the waiting for a
// worker; what one has begun it finishes, and counts as the app's until then. The error is a *hedge.Error with
// OutcomeImageRefused if it is the job's or the file's fault.
func (p *Pool) Do(ctx context.Context, app string, text []byte, inputs [][]byte) (*Result, error) {
	if _, err := ReadJob(text, len(inputs), p.cfg.Limits); err != nil {
		return nil, err
	}
	if len(text) > maxJob {
		return nil, refused("the description of the job has %d bytes, and may have %d", len(text), maxJob)
	}
	size := 0
	for _, input := range inputs {
		size += len(input)
	}
	if size > p.cfg.Limits.Bytes {
		return nil, refused("the files have %d bytes, and may have %d together", size, p.cfg.Limits.Bytes)
	}
	place, err := p.queue.enter(ctx, app)
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		place.leave()
		return nil, err
	}
	a := &assignment{text, inputs, place, make(chan reply, 1)}
	select {
	case p.jobs <- a:
		place.begin()
	case <-ctx.Done():
		place.leave()
		return nil, p.noneFree(ctx)
	}
	select {
	case r := <-a.reply:
		return r.result, r.err
	case <-ctx.Done():
		return nil, hedge.Wrap(context.Cause(ctx), hedge.OutcomeClientGone, "image: nobody waits for the job any more")
	}
}

// start has the workers started, if they have not been, and waits for that until ctx ends.
// What cannot be started is not tried for each job.
func (p *Pool) start(ctx context.Context) error {
	t, err := p.lastTrial()
	if err != nil {
		return err
	}
	select {
	case <-t.over:
		return t.err
	case <-ctx.Done():
		return noWorker(context.Cause(ctx))
	}
}

// lastTrial returns the start that is under way or counts still, and begins one if there is
// none.
func (p *Pool) lastTrial() (*trial, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing.Err() != nil {
		return nil, errClosed()
	}
	if p.trial == nil || p.trial.isStale(p.cfg.Retry) {
		t := &trial{over: make(chan struct{})}
		p.trial = t
		p.trials.Go(func() { p.try(t) }) // ended by Close
	}
	return p.trial, nil
}

func errClosed() error { return hedge.Errorf(hedge.OutcomeNoImages, "image: the pool is closed") }

// try starts the workers, after one process has found out whether the library can be used.
func (p *Pool) try(t *trial) {
	defer close(t.over)
	t.err = p.Probe(p.closing)
	t.at = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closing.Err() != nil:
		t.err = errClosed()
	case t.err == nil:
		p.startWorkers()
	}
}

// startWorkers starts the workers. The caller holds mu.
func (p *Pool) startWorkers() {
	p.spares = child.NewPool(child.PoolOptions{Command: p.command(), Size: 1, Accept: p.accept})
	for range p.cfg.Workers {
		p.workers = append(p.workers, child.Supervise(child.SupervisorOptions{
			Pool: p.spares, Serve: p.serve, Exited: p.exited, Grace: time.Second,
		}))
	}
}

// noneFree is why no started worker took a job: all are at work, or lost ones cannot be
// replaced, which the spares say.
func (p *Pool) noneFree(ctx context.Context) error {
	return noWorker(errors.Join(context.Cause(ctx), p.spares.Err()))
}

// accept takes any confinement, as that of cordons, and tells of it.
func (p *Pool) accept(r child.Report) error {
	p.reported.Do(func() {
		if p.cfg.Confined != nil {
			p.cfg.Confined(r)
		}
	})
	return nil
}

// Probe starts a worker, and says what is in the way, as a *hedge.Error.
func (p *Pool) Probe(ctx context.Context) error {
	if p.cfg.Library == "" {
		return hedge.Errorf(hedge.OutcomeNoImages, "image: there is no libvips on this machine; `hedge doctor` says how to get it")
	}
	process, err := child.Start(p.command())
	if err != nil {
		return hedge.Wrap(err, hedge.OutcomeNoImages, "image: no process can be started")
	}
	defer func() {
		process.Kill("it was a trial")
		_ = process.Conn().Close()
	}()
	select {
	case <-process.Ready():
	case <-ctx.Done():
		return hedge.Wrap(context.Cause(ctx), hedge.OutcomeNoImages, "image: nobody waits any more for a worker with %s", p.cfg.Library)
	case <-time.After(startTime):
		return hedge.Errorf(hedge.OutcomeNoImages, "image: a worker with %s was not ready within %v", p.cfg.Library, startTime)
	}
	if len(process.Report()) > 0 {
		return p.accept(process.Report())
	}
	return hedge.Wrap(fmt.Errorf("a worker %v", process.Exit()), hedge.OutcomeNoImages, "image: %s cannot be used; `hedge doctor` says more", p.cfg.Library)
}

// startTime is how long a worker may take to load the library.
const startTime = 20 * time.Second

// command starts a worker. It may read libraries until it confines itself, as libvips
// brings along others.
func (p *Pool) command() child.Command {
	args, _ := json.Marshal(orders{p.cfg.Library, p.cfg.Limits}) // it is made of text and numbers
	reads := []string{"/usr/lib", "/lib", "/lib64", "/usr/local/lib"}
	if real, err := filepath.EvalSymlinks(p.cfg.Library); err == nil {
		reads = append(reads, filepath.Dir(p.cfg.Library), filepath.Dir(real))
	}
	return child.Command{
		Role: roleName, Args: string(args), Shared: p.cfg.Limits.Bytes, Reads: reads, Lines: p.cfg.Lines,
		Env: environment(),
	}
}

// environment is a worker's. Its threads take turns, so one arena of malloc's is enough,
// and that keeps what is free until the worker rests: otherwise each picture has half a
// thousand pages made anew. libvips' warnings are about strangers' files.
func environment() []string {
	return []string{
		"GOMAXPROCS=2", "GOGC=50", "VIPS_WARNING=0",
		"MALLOC_ARENA_MAX=1", "MALLOC_MMAP_THRESHOLD_=33554432", "MALLOC_TRIM_THRESHOLD_=268435456",
	}
}

// serve has a worker do jobs until one ends it.
func (p *Pool) serve(ctx context.Context, worker *child.Process) {
	rest := time.NewTimer(idle)
	defer rest.Stop()
	for {
		select {
		case a := <-p.jobs:
			if !p.assign(worker, a) {
				return
			}
			rest.Reset(idle)
		case <-rest.C:
			_ = worker.Shared().Clear() // if it fails, the worker has ended
		case <-ctx.Done():
			return
		case <-worker.Done():
			return
		}
	}
}

// assign has a worker do a job, and reports whether it can do another.
func (p *Pool) assign(worker *child.Process, a *assignment) bool {
	answered := make(chan reply, 1)
	go func() { // ends with the answer, or the worker
		w := wire{worker.Conn()}
		if err := w.writeJob(worker.Shared(), a.text, a.inputs); err != nil {
			answered <- reply{nil, err}
			return
		}
		result, err := w.readResult()
		answered <- reply{result, err}
	}()
	r, verdict := p.await(worker, answered)
	if r.result != nil || hedge.OutcomeOf(r.err) == hedge.OutcomeImageRefused {
		p.done.Add(1)
		a.answer(r)
		return true
	}
	if verdict == nil {
		worker.Kill(fmt.Sprintf("it does not answer: %v", r.err)) // it has ended by itself, most often
		verdict = hedge.Wrap(fmt.Errorf("the worker %v", worker.Exit()), hedge.OutcomeImageFailed, "image: the file ended the process that read it")
	}
	p.lost.Add(1)
	a.answer(reply{nil, verdict})
	return false
}

// glance is how often a worker at work is looked at.
const glance = 20 * time.Millisecond

// await waits for the answer as long as the worker keeps to its limits. Otherwise it
// is killed, and the verdict says why.
func (p *Pool) await(worker *child.Process, answered <-chan reply) (reply, *hedge.Error) {
	deadline := time.NewTimer(p.cfg.Time)
	defer deadline.Stop()
	look := time.NewTicker(glance)
	defer look.Stop()
	var verdict *hedge.Error
	for {
		select {
		case r := <-answered:
			return r, verdict
		case <-deadline.C:
			verdict = hedge.Errorf(hedge.OutcomeImageFailed, "image: the job took longer than %v", p.cfg.Time)
			worker.Kill(verdict.Message)
		case <-look.C:
			if have, err := worker.Resident(); err == nil && have > p.cfg.Memory && verdict == nil {
				verdict = hedge.Errorf(hedge.OutcomeImageFailed, "image: the job took more than %d MiB of memory", p.cfg.Memory>>20)
				worker.Kill(verdict.Message)
			}
		}
	}
}

func (p *Pool) exited(exit child.Exit) {
	if exit.Cause != child.ByClose && p.cfg.Ended != nil {
		p.cfg.Ended(exit)
	}
}

// Done and Lost are how many jobs were answered, and how many cost a worker.
func (p *Pool) Done() uint64 { return p.done.Load() }

// Lost is how many jobs cost a worker.
func (p *Pool) Lost() uint64 { return p.lost.Load() }

// Close ends the workers. No job may be with one; those that wait for the first start are
// given up.
func (p *Pool) Close() {
	p.mu.Lock()
	p.close()
	p.mu.Unlock()
	p.trials.Wait() // after which nothing is started
	var ended sync.WaitGroup
	for _, w := range p.workers {
		ended.Go(w.Close)
	}
	ended.Wait()
	if p.spares != nil {
		p.spares.Close()
	}
}
