package child

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// State is what a Supervisor is doing.
type State int

// The states of a supervisor.
const (
	Starting    State = iota // no child is at work, and one will be as soon as it is ready
	Running                  // a child is at work
	Quarantined              // too many crashed; Resume goes on
	Closed
)

func (s State) String() string {
	switch s {
	case Starting:
		return "starting"
	case Running:
		return "running"
	case Quarantined:
		return "quarantined"
	default:
		return "closed"
	}
}

// SupervisorOptions configure a Supervisor. Pool and Serve are needed. The
// functions are called on goroutines of the supervisor, which does nothing else
// meanwhile unless it is Serve, and must not call Close.
type SupervisorOptions struct {
	Pool *Pool
	// Serve is called with each child that is put to work, and speaks with it until
	// its connection ends. When it returns before, the child is closed and replaced. ctx
	// ends when the supervisor is closed or the child has ended. The supervisor
	// closes the connection afterwards.
	Serve func(ctx context.Context, p *Process)
	// Exited is told of each child that was at work and has ended, after Serve
	// returned and before another is put to work. It may be nil.
	Exited func(Exit)
	// Quarantine is told when Crashes counted too many. It may be nil.
	Quarantine func([]Exit)
	Crashes    Crashes
	Resident   uint64           // bytes that a child may have in memory; 0 is any number
	Sample     <-chan time.Time // when to look at the memory; the supervisor's own, as a ticker's channel
	Grace      time.Duration    // how long a child may take to end when it is closed
	Clock      Clock            // nil is SystemClock
}

// Supervisor keeps one child of a pool at work. Its methods may be called from any
// goroutine.
type Supervisor struct {
	options SupervisorOptions
	closing context.Context
	close   context.CancelFunc
	resume  chan struct{} // one message at most: from Resume to run
	ended   chan struct{} // closed by run

	mu      sync.Mutex // guards those below
	state   State
	current *Process // while Running
}

// Supervise takes a child of the pool, and another whenever it ends, until Close.
func Supervise(o SupervisorOptions) *Supervisor {
	if o.Clock == nil {
		o.Clock = SystemClock()
	}
	closing, cancel := context.WithCancel(context.Background())
	s := &Supervisor{
		options: o, closing: closing, close: cancel,
		resume: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	go s.run() // ended by Close
	return s
}

// State returns the state, and the child that is at work, or nil.
func (s *Supervisor) State() (State, *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.current
}

// Kill kills the child that is at work, if one is, and returns when it is reaped.
// Another takes its place.
func (s *Supervisor) Kill(reason string) {
	if _, p := s.State(); p != nil {
		p.Kill(reason)
	}
}

// Resume ends a quarantine. In other states it does nothing.
func (s *Supervisor) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == Quarantined {
		s.state = Starting
		s.resume <- struct{}{}
	}
}

// Close closes the child, within Grace, and returns when it is reaped and Serve has
// returned.
func (s *Supervisor) Close() {
	s.close()
	<-s.ended
}

func (s *Supervisor) run() {
	defer close(s.ended)
	defer s.become(Closed, nil)
	for {
		p, err := s.options.Pool.Take(s.closing)
		if err != nil {
			return // one of the two is closed
		}
		s.become(Running, p)
		exit := s.work(p)
		s.become(Starting, nil)
		if s.options.Exited != nil {
			s.options.Exited(exit)
		}
		if s.closing.Err() == nil && s.options.Crashes.Add(exit) && !s.quarantine() {
			return
		}
	}
}

// quarantine waits for Resume, and reports whether it came before Close.
func (s *Supervisor) quarantine() bool {
	s.become(Quarantined, nil)
	exits := s.options.Crashes.Take()
	if s.options.Quarantine != nil {
		s.options.Quarantine(exits)
	}
	select {
	case <-s.resume:
		return true
	case <-s.closing.Done():
		return false
	}
}

// work puts a child to work, and returns when it has ended.
func (s *Supervisor) work(p *Process) Exit {
	ctx, cancel := context.WithCancel(s.closing)
	served := make(chan struct{})
	go func() { // ends with Serve
		defer close(served)
		s.options.Serve(ctx, p)
	}()
	s.watch(p, served)
	cancel()
	<-served
	p.Conn().Close()
	return p.Exit()
}

// watch returns when the child has ended, for whatever reason.
func (s *Supervisor) watch(p *Process, served <-chan struct{}) {
	for {
		select {
		case <-p.Done():
			return
		case <-s.options.Sample:
			s.checkMemory(p)
		case <-served:
			s.retire(p)
		case <-s.closing.Done():
			s.retire(p)
		}
	}
}

func (s *Supervisor) checkMemory(p *Process) {
	if s.options.Resident == 0 {
		return
	}
	if have, err := p.Resident(); err == nil && have > s.options.Resident { // an error says that it has ended
		p.Kill(fmt.Sprintf("it had %d MiB in memory, of %d", have>>20, s.options.Resident>>20))
	}
}

// retire closes a child within the time of grace.
func (s *Supervisor) retire(p *Process) {
	grace, cancel := context.WithCancel(context.Background())
	defer cancel()
	deadline := s.options.Clock.After(s.options.Grace)
	go func() { // ended by cancel
		select {
		case <-deadline:
			cancel()
		case <-grace.Done():
		}
	}()
	p.Close(grace)
}

func (s *Supervisor) become(state State, p *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.current = state, p
}
