package worker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"hedge"
	"hedge/child"
)

// cordon is a group of apps whose isolates live in a process of their own. When that
// ends another takes its place.
type cordon struct {
	name       string
	set        *cordons
	heaps      cage
	supervisor *child.Supervisor
	users      int // sessions that live here, or are about to; guarded by set.mu

	mu      sync.Mutex // guards what follows
	line    *line      // to the process at work; nil while there is none
	arrived chan struct{}
}

func newCordon(set *cordons, name string) *cordon {
	c := &cordon{name: name, set: set, heaps: set.newCage(), arrived: make(chan struct{})}
	c.supervisor = child.Supervise(child.SupervisorOptions{
		Pool: set.pool, Serve: c.serve, Grace: closeWait,
	})
	return c
}

func (c *cordon) newPort(s *session) (port, *traffic) {
	r := &remote{cordon: c, app: s.app, observer: s}
	return r, &r.traffic
}

func (c *cordon) cage() *cage { return &c.heaps }

func (c *cordon) leave() { c.set.leave(c) }

// await returns the line to the process, and waits for one if there is none.
func (c *cordon) await() (*line, error) {
	timer := time.NewTimer(startupWall)
	defer timer.Stop()
	for {
		c.mu.Lock()
		l, arrived := c.line, c.arrived
		c.mu.Unlock()
		if l != nil {
			return l, nil
		}
		select {
		case <-arrived:
		case <-c.set.ctx.Done():
			return nil, closedError()
		case <-timer.C:
			return nil, hedge.Wrap(c.set.pool.Err(), hedge.OutcomeOverloaded, "no process was ready within %v for the cordon %s", startupWall, c.name)
		}
	}
}

// serve speaks with one process until it ends.
func (c *cordon) serve(_ context.Context, p *child.Process) {
	c.set.reportConfinement(p.Report())
	l := newLine(c, p)
	c.set.watch.add(l)
	defer c.set.watch.remove(l)
	c.mu.Lock()
	c.line = l
	close(c.arrived)
	c.mu.Unlock()

	reason := "it closed its pipe"
	if err := l.read(); err != nil {
		reason = err.Error()
	}
	l.end()
	c.mu.Lock()
	c.line, c.arrived = nil, make(chan struct{})
	c.mu.Unlock()
	close(l.gone)
	if !c.set.isClosing(c) {
		p.Kill(reason) // it has ended by itself, most often
	}
	c.lost(l, p.Exit())
}

// lost tells everybody in a process that it has ended.
func (c *cordon) lost(l *line, exit child.Exit) {
	l.mu.Lock()
	remotes, v := l.remotes, l.verdict
	l.remotes = map[uint32]*remote{}
	l.mu.Unlock()
	suspects := suspectsOf(remotes, v)
	c.set.tellEnd(c, exit, v, suspects)
	others := hedge.Errorf(hedge.OutcomeCordonLost, "the process that the app's isolate lived in has ended (%s)", exit.Cause)
	for _, r := range remotes {
		r.observer.doomed()
	}
	for id, r := range remotes {
		loss := loss{others: others}
		if s, ok := suspects[id]; ok {
			loss.subject, loss.cause = s.subject, others
			if len(suspects) == 1 {
				loss.cause = causeOf(exit, v, s.subject, &r.app.limits)
				if v != nil {
					loss.cpu = v.cpu
				}
			}
		}
		r.lose(loss)
	}
}

// suspect is an isolate that was at work when its process ended.
type suspect struct {
	app     *App
	subject uint32
	request string // method and URL, if there is one
}

// suspectsOf lists the isolates that may have ended the process: the one that a
// verdict names, or all that were at work.
func suspectsOf(remotes map[uint32]*remote, v *verdict) map[uint32]suspect {
	suspects := map[uint32]suspect{}
	for id, r := range remotes {
		subject, works := r.atWork()
		if works && (v == nil || v.isolate == 0 || v.isolate == id) {
			suspects[id] = suspect{r.app, subject, r.observer.describe(subject)}
		}
	}
	return suspects
}

// causeOf is what the request is told whose code has ended the process, or who loads an
// app, if subject is 0.
func causeOf(exit child.Exit, v *verdict, subject uint32, limits *hedge.Limits) *hedge.Error {
	switch {
	case v != nil && v.outcome == hedge.OutcomeExceededCPU && subject == 0:
		return hedge.Errorf(v.outcome, "code outside of any request used more than its %v of processor time, and its process had to be killed: %s (limits.startup_cpu)", limits.StartupCPU, v.reason)
	case v != nil && v.outcome == hedge.OutcomeExceededCPU:
		return hedge.Errorf(v.outcome, "the request used more than its %v of processor time, and its process had to be killed: %s (limits.cpu)", limits.CPU, v.reason)
	case v != nil && v.outcome == hedge.OutcomeExceededMemory:
		return hedge.Errorf(v.outcome, "the app's process used more memory than it may, and had to be killed: %s", v.reason)
	case ranOutOfMemory(exit):
		return hedge.Errorf(hedge.OutcomeExceededMemory, "the app ended its process, which could get no more memory (limits.memory is %d MiB)", limits.Memory>>20)
	}
	return hedge.Errorf(hedge.OutcomeCordonLost, "the request ended the process that ran it: it %v", exit)
}

// ranOutOfMemory reports whether V8 or the kernel ended a process for lack of memory.
func ranOutOfMemory(exit child.Exit) bool {
	if exit.Cause == child.ByMemory {
		return true
	}
	for _, line := range exit.Said {
		if strings.Contains(line, "out of memory") || strings.Contains(line, "OOM") {
			return true
		}
	}
	return false
}

// String names the cordon in messages.
func (c *cordon) String() string { return fmt.Sprintf("the cordon %q", c.name) }
