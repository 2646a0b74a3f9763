package child_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"hedge/child"
)

// clock is a time that stands still until a test moves it.
type clock struct {
	now    chan time.Time // holds the time
	after  chan time.Time // what After returns
	waited func()         // called when somebody waits
	ready  chan time.Time // what is sent to it ends the waiting for a child to be ready; nil: nothing does
}

func newClock() *clock {
	c := &clock{now: make(chan time.Time, 1), after: make(chan time.Time)}
	c.now <- time.Unix(1_700_000_000, 0)
	return c
}

func (c *clock) Now() time.Time {
	now := <-c.now
	c.now <- now
	return now
}

func (c *clock) move(d time.Duration) { c.now <- (<-c.now).Add(d) }

func (c *clock) After(d time.Duration) <-chan time.Time {
	if d == child.ReadyTime {
		return c.ready
	}
	if c.waited != nil {
		c.waited()
	}
	return c.after
}

// owner is a test's side of a supervisor.
type owner struct {
	*child.Supervisor
	clock      *clock
	sample     chan time.Time
	served     chan *child.Process // each child that is put to work
	exits      chan child.Exit
	quarantine chan []child.Exit
	leave      chan struct{} // makes Serve return
}

func supervise(t *testing.T, role string, change func(*child.SupervisorOptions)) *owner {
	t.Helper()
	o := &owner{
		clock: newClock(), sample: make(chan time.Time), leave: make(chan struct{}),
		served: make(chan *child.Process), exits: make(chan child.Exit, 16), quarantine: make(chan []child.Exit, 1),
	}
	pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: role}, Size: 1, Clock: o.clock})
	options := child.SupervisorOptions{
		Pool: pool, Clock: o.clock, Sample: o.sample, Grace: time.Second,
		Serve: func(ctx context.Context, p *child.Process) {
			select {
			case o.served <- p:
			case <-ctx.Done():
				return
			}
			select {
			case <-ctx.Done():
			case <-o.leave:
			}
		},
		Exited:     func(e child.Exit) { o.exits <- e },
		Quarantine: func(e []child.Exit) { o.quarantine <- e },
	}
	if change != nil {
		change(&options)
	}
	o.Supervisor = child.Supervise(options)
	t.Cleanup(func() {
		o.Close()
		pool.Close()
	})
	return o
}

func TestRestarts(t *testing.T) {
	o := supervise(t, "crash", nil)
	for _, c := range []struct {
		order string
		cause child.Cause
	}{
		{"abort", child.ByCrash},
		{"segv", child.ByCrash},
		{"exit", child.ByItself},
		{"kill", child.ByOther},
	} {
		p := <-o.served
		if state, current := o.State(); state != child.Running || current != p {
			t.Errorf("%v, %v is at work instead of %v", state, current, p)
		}
		fmt.Fprintln(p.Conn(), c.order)
		if e := <-o.exits; e.PID != p.PID() || e.Cause != c.cause || !e.Fatal() {
			t.Errorf("after %s: %v", c.order, e)
		}
	}
	p := <-o.served
	go o.Kill("too slow")
	if e := <-o.exits; e.PID != p.PID() || e.Cause != child.ByKill || e.Reason != "too slow" {
		t.Error(e)
	}
}

func TestServeReturns(t *testing.T) {
	o := supervise(t, "crash", func(s *child.SupervisorOptions) { s.Crashes = child.Crashes{Most: 1, Window: time.Minute} })
	first := <-o.served
	o.leave <- struct{}{}
	if e := <-o.exits; e.Cause != child.ByClose {
		t.Error(e)
	}
	if second := <-o.served; second == first {
		t.Error("the same child is at work again")
	}
}

func TestServeReturnsAndChildDoesNot(t *testing.T) {
	o := supervise(t, "deaf", nil)
	<-o.served
	o.leave <- struct{}{}
	o.clock.after <- time.Time{} // the time of grace is over
	if e := <-o.exits; e.Cause != child.ByKill || !e.Fatal() {
		t.Error(e)
	}
	<-o.served
	go o.Close()
	o.clock.after <- time.Time{}
	<-o.exits
}

func TestQuarantine(t *testing.T) {
	o := supervise(t, "crash", func(s *child.SupervisorOptions) { s.Crashes = child.Crashes{Most: 3, Window: time.Minute} })
	crash := func() {
		fmt.Fprintln((<-o.served).Conn(), "exit")
		<-o.exits
	}
	crash()
	crash()
	o.clock.move(time.Minute) // those two are forgotten, and the children that are there saw the time before
	crash()
	crash()
	select {
	case <-o.quarantine:
		t.Fatal("two crashes within the window are too many")
	case p := <-o.served:
		fmt.Fprintln(p.Conn(), "exit")
		<-o.exits
	}
	if exits := <-o.quarantine; len(exits) != 3 || exits[0].Code != 7 {
		t.Errorf("told of %v", exits)
	}
	if state, p := o.State(); state != child.Quarantined || p != nil {
		t.Errorf("%v, with %v at work", state, p)
	}
	o.Resume()
	o.Resume()
	<-o.served
	if state, _ := o.State(); state != child.Running {
		t.Errorf("%v after Resume", state)
	}
	o.Close()
	if state, _ := o.State(); state != child.Closed {
		t.Errorf("%v after Close", state)
	}
}

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	o := supervise(t, "eat", func(s *child.SupervisorOptions) { s.Resident = 128 << 20 })
	p := <-o.served
	o.sample <- time.Time{} // which is enough
	fmt.Fprintln(p.Conn(), "eat")
	if line, err := bufio.NewReader(p.Conn()).ReadString('\n'); err != nil || line != "full\n" {
		t.Fatalf("%q, %v", line, err)
	}
	o.sample <- time.Time{}
	if e := <-o.exits; e.Cause != child.ByKill || !strings.HasSuffix(e.Reason, "MiB in memory, of 128") {
		t.Error(e)
	}
}

// eat takes 192 MiB when it is told to.
func eat(s *child.Self) error {
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	r := bufio.NewReader(s.Conn)
	if _, err := r.ReadString('\n'); err != nil {
		return nil // the parent has enough of it
	}
	food := make([]byte, 192<<20)
	for i := 0; i < len(food); i += 4096 {
		food[i] = 1
	}
	fmt.Fprintln(s.Conn, "full")
	_, _ = r.ReadString('\n') // until the end
	runtime.KeepAlive(food)
	return nil
}

func TestPool(t *testing.T) {
	enough := func(child.Report) error { return nil }
	for _, c := range []struct {
		name, role, path string
		accept           func(child.Report) error
		text             string
	}{
		{"refuses a child that is not confined", "shy", "", enough, "did not confine itself"},
		{"refuses a confinement that is not enough", "echo", "", func(child.Report) error { return errors.New("there is no moat") }, "there is no moat"},
		{"says why there is no child", "echo", "/nowhere/hedge", enough, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			clock := newClock()
			clock.waited = cancel // before it tries again
			pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: c.role, Path: c.path}, Accept: c.accept, Clock: clock})
			defer pool.Close()
			if _, err := pool.Take(ctx); err == nil || !strings.Contains(err.Error(), c.text) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("gives up a child that hangs", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		clock := newClock()
		clock.waited, clock.ready = cancel, make(chan time.Time, 1)
		clock.ready <- time.Time{}
		pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: "hang"}, Clock: clock})
		defer pool.Close()
		if _, err := pool.Take(ctx); err == nil || !strings.Contains(err.Error(), "was not ready within") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("replaces a spare that was killed", func(t *testing.T) {
		pids := make(chan int, 8)
		pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: "suicide", Lines: func(pid int, _ string) { pids <- pid }}})
		defer pool.Close()
		first := <-pids
		for pid := range pids {
			if pid != first {
				break
			}
		}
	})
	t.Run("closed", func(t *testing.T) {
		pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: "echo"}, Size: 2})
		pool.Close()
		if _, err := pool.Take(t.Context()); err == nil {
			t.Error("took a child of a closed pool")
		}
	})
}

// suicide is a spare that does not live long.
func suicide(s *child.Self) error {
	if _, err := s.Confine(child.Policy{}); err != nil {
		return err
	}
	return errors.New("good-bye")
}

func TestNothingLeaks(t *testing.T) {
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	pool := child.NewPool(child.PoolOptions{Command: child.Command{Role: "crash"}, Size: 2})
	exits, done := 0, make(chan struct{})
	s := child.Supervise(child.SupervisorOptions{
		Pool: pool, Grace: time.Minute,
		Serve: func(ctx context.Context, p *child.Process) {
			fmt.Fprintln(p.Conn(), "kill")
			<-ctx.Done()
		},
		Exited: func(child.Exit) {
			if exits++; exits == 60 {
				close(done)
			}
		},
	})
	<-done
	s.Close()
	pool.Close()
	if now := openFiles(t); now != files {
		t.Errorf("%d files are open, and %d were", now, files)
	}
	// goroutines that are done need a moment to end
	for began := time.Now(); runtime.NumGoroutine() > goroutines && time.Since(began) < 10*time.Second; {
		runtime.Gosched()
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines, and there were %d", now, goroutines)
	}
	noChildren(t)
}
