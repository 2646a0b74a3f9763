package worker

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"

	"hedge"
	"hedge/httpmsg"
)

// App is one release at work. It is a httpmsg.RoundTripper.
type App struct {
	runtime *Runtime
	release *hedge.Release
	limits  hedge.Limits // with the defaults filled in
	program *program
	env     string // JSON
	sources sources
	printed printed
	// computing bounds what the host computes for the app at the same time, and codings
	// what memory it takes for that.
	computing places
	codings   codingMemory

	mu       sync.Mutex // guards what follows
	sessions []*session
	starting int    // the number of sessions on their way
	start    *start // the last of them that began
	closed   bool
}

var _ httpmsg.RoundTripper = (*App)(nil)

// Load makes an app of a release and loads it once, so that an error of its
// start-up is found here. The error is a *hedge.Error. ctx bounds the loading.
func (rt *Runtime) Load(ctx context.Context, release *hedge.Release) (*App, error) {
	env, err := json.Marshal(release.Vars)
	if err != nil {
		return nil, err
	}
	app := &App{
		runtime: rt, release: release, limits: release.Limits.WithDefaults(),
		program: &program{modules: release.Modules, eval: release.Eval}, env: string(env), sources: newSources(release),
		computing: newPlaces(runtime.GOMAXPROCS(0) / 2),
	}
	app.codings.limit = app.limits.Memory
	rt.mu.Lock()
	rt.apps[app] = struct{}{}
	rt.mu.Unlock()
	if release.Main == "" {
		return app, nil
	}
	if err := app.load(ctx); err != nil {
		app.Close()
		return nil, err
	}
	return app, nil
}

func (a *App) load(ctx context.Context) error {
	a.mu.Lock()
	start := a.grow()
	a.mu.Unlock()
	select {
	case <-start.done:
		return start.err
	case <-ctx.Done():
		return hedge.Wrap(ctx.Err(), hedge.OutcomeStartupFailed, "the app was still loading")
	}
}

// Release returns what the app was made of.
func (a *App) Release() *hedge.Release { return a.release }

// Drain lets the requests under way end, and then ends the app. It returns at
// once, and so does Close, which does not wait for them.
func (a *App) Drain() {
	for _, s := range a.shut() {
		s.condemn()
	}
}

// Settle is Drain, and waits until the requests are over and what they have put behind their
// responses; when ctx ends, they are ended.
func (a *App) Settle(ctx context.Context) {
	sessions := a.shut()
	for _, s := range sessions {
		s.condemn()
	}
	for _, s := range sessions {
		select {
		case <-s.window.over:
		case <-ctx.Done():
			s.close(0, nil)
		}
	}
}

// Close ends the app and the requests under way, but for bodies that only pass
// through: those belong to their readers.
func (a *App) Close() {
	for _, s := range a.shut() {
		s.close(0, nil)
	}
}

// condemnAll lets the requests under way end where they are, and others begin
// where the app's home is now.
func (a *App) condemnAll() {
	a.mu.Lock()
	sessions := append([]*session(nil), a.sessions...)
	a.mu.Unlock()
	for _, s := range sessions {
		s.condemn()
	}
}

func (a *App) isClosed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.closed
}

func (a *App) shut() []*session {
	a.runtime.mu.Lock()
	delete(a.runtime.apps, a)
	a.runtime.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	return append([]*session(nil), a.sessions...)
}

// forget takes a session out of the pool.
func (a *App) forget(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, other := range a.sessions {
		if other == s {
			a.sessions = append(a.sessions[:i:i], a.sessions[i+1:]...)
			return
		}
	}
}

// RoundTrip answers a request with the app's code. A request that lost its isolate
// to another one's fault is run again, once, if nothing can have come of it.
func (a *App) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	res, err := a.try(ctx, req)
	if err != nil && isLoss(err) && replayable(req) {
		res, err = a.try(ctx, req)
	}
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		req.Account.Failed(err)
	}
	return res, err
}

// isLoss reports whether a request failed for want of an isolate, and not by itself.
func isLoss(err error) bool {
	outcome := hedge.OutcomeOf(err)
	return outcome == hedge.OutcomeIsolateLost || outcome == hedge.OutcomeCordonLost
}

// replayable reports whether a request can be sent again: it is idempotent (RFC
// 9110 §9.2.2) and has no body that may have been read.
func replayable(req *httpmsg.Request) bool {
	switch req.Method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE":
		return req.Body == nil
	}
	return false
}

func (a *App) try(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	inv := newInvocation(ctx, req)
	for {
		s, err := a.acquire(ctx, req)
		if err != nil {
			return nil, err
		}
		if s.begin(inv) {
			break
		}
	}
	inv.start(req)
	return inv.await(ctx)
}

func closedError() *hedge.Error {
	return hedge.Errorf(hedge.OutcomeIsolateLost, "the app has been closed")
}

// acquire returns a session for a request: one that does nothing at the moment, or
// a new one, or, when there are as many as there may be, the one with the least to do.
func (a *App) acquire(ctx context.Context, req *httpmsg.Request) (*session, error) {
	for {
		s, start, err := a.choose(req)
		if start == nil {
			return s, err
		}
		select {
		case <-start.done:
		case <-ctx.Done():
			return nil, hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the client went away while the app started")
		}
		if start.err != nil {
			return a.fallback(start.err)
		}
	}
}

// choose returns a session, or the start of one to wait for, or an error.
func (a *App) choose(req *httpmsg.Request) (*session, *start, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, nil, closedError()
	}
	best := a.best()
	full := len(a.sessions)+a.starting >= max(a.runtime.cfg.Isolates, 1)
	switch {
	case best != nil && (full || !best.traffic.busy.Load()):
		return best, nil, nil
	case !full:
		req.Account.StartedCold()
		return nil, a.grow(), nil
	}
	return nil, a.start, nil
}

// fallback returns a session after a start has failed: any is better than none.
func (a *App) fallback(err error) (*session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if best := a.best(); best != nil {
		return best, nil
	}
	return nil, err
}

// best returns the session with the least to do, preferring one that is not in a
// turn; nil if there is none. mu is held.
func (a *App) best() *session {
	if len(a.sessions) == 1 {
		return a.sessions[0]
	}
	var best *session
	bestLoad := int32(0)
	for _, s := range a.sessions {
		load := s.active.Load()
		if s.traffic.busy.Load() {
			load += 1 << 16
		}
		if best == nil || load < bestLoad {
			best, bestLoad = s, load
		}
	}
	return best
}
