package worker

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/v8"
)

// startupWall is how long an app may take to load, by the clock.
const startupWall = 10 * time.Second

// App is one release at work. It is a httpmsg.RoundTripper.
type App struct {
	runtime *Runtime
	release *hedge.Release
	limits  hedge.Limits // with the defaults filled in
	env     string       // JSON
	sources sources

	mu       sync.Mutex // guards what follows
	started  *sync.Cond // on mu: a start has ended
	sessions []*session
	starting int
	closed   bool
	caches   map[string][]byte // compiled modules, by name
}

var _ httpmsg.RoundTripper = (*App)(nil)

// Load makes an app of a release and loads it once, so that an error of its
// start-up is found here. The error is a *hedge.Error. ctx bounds the loading.
func (rt *Runtime) Load(ctx context.Context, release *hedge.Release) (*App, error) {
	env, err := json.Marshal(release.Vars)
	if err != nil {
		return nil, err
	}
	app := &App{runtime: rt, release: release, limits: release.Limits.WithDefaults(), env: string(env), sources: newSources(release)}
	app.started = sync.NewCond(&app.mu)
	rt.mu.Lock()
	rt.apps[app] = struct{}{}
	rt.mu.Unlock()
	if release.Main == "" {
		return app, nil
	}
	s, err := app.start(ctx)
	if err == nil && !s.hasFetch {
		s.close()
		err = hedge.Errorf(hedge.OutcomeNoHandler, "%s exports no handler: it needs `export default { fetch(request) { … } }` or addEventListener(\"fetch\", …)", release.Main)
	}
	if err != nil {
		app.Close()
		return nil, err
	}
	app.mu.Lock()
	defer app.mu.Unlock()
	app.sessions = append(app.sessions, s)
	return app, nil
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

// Close ends the app and the requests under way.
func (a *App) Close() {
	for _, s := range a.shut() {
		s.close()
	}
}

func (a *App) shut() []*session {
	a.runtime.mu.Lock()
	delete(a.runtime.apps, a)
	a.runtime.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.started.Broadcast()
	return append([]*session(nil), a.sessions...)
}

func (a *App) snapshotSessions() []*session {
	a.mu.Lock()
	defer a.mu.Unlock()
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
	if err != nil && hedge.OutcomeOf(err) == hedge.OutcomeIsolateLost && replayable(req) {
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
	inv.start()
	return inv.await(ctx)
}

// await waits for the head of the response.
func (inv *invocation) await(ctx context.Context) (*httpmsg.Response, error) {
	select {
	case a := <-inv.head: // the usual case: the turn has run on this goroutine
		return inv.deliver(ctx, a)
	default:
	}
	limits := &inv.session.app.limits
	timer := time.NewTimer(limits.Wall)
	defer timer.Stop()
	select {
	case a := <-inv.head:
		return inv.deliver(ctx, a)
	case <-ctx.Done():
		inv.mu.Lock()
		inv.answered, inv.delivered = true, true
		inv.mu.Unlock()
		inv.session.clientGone(inv)
		return nil, hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the client went away")
	case <-timer.C:
		inv.mu.Lock()
		inv.answered, inv.delivered = true, true
		inv.mu.Unlock()
		inv.session.endInvocation(inv, true)
		return nil, hedge.Errorf(hedge.OutcomeExceededWall, "the handler did not answer within %v (limits.wall)", limits.Wall)
	}
}

// deliver passes on the answer, and from then on watches for the client.
func (inv *invocation) deliver(ctx context.Context, a answer) (*httpmsg.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	if body, ok := a.res.Body.(*deliveredBody); ok {
		body.stop = context.AfterFunc(ctx, func() { inv.session.clientGone(inv) })
	}
	return a.res, nil
}

// acquire returns a session for a request: one that does nothing at the moment, or
// a new one, or, when there are as many as there may be, the one with the least to do.
func (a *App) acquire(ctx context.Context, req *httpmsg.Request) (*session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		if a.closed {
			return nil, hedge.Errorf(hedge.OutcomeIsolateLost, "the app has been closed")
		}
		best := a.best()
		full := len(a.sessions)+a.starting >= max(a.runtime.cfg.Isolates, 1)
		if best != nil && (full || !best.port.isBusy()) {
			return best, nil
		}
		if !full {
			return a.grow(ctx, req)
		}
		a.started.Wait()
	}
}

// best returns the session with the least to do, preferring one that is not in a
// turn; nil if there is none. mu is held.
func (a *App) best() *session {
	var best *session
	bestLoad := 0
	for _, s := range a.sessions {
		load := s.load()
		if s.port.isBusy() {
			load += 1 << 16
		}
		if best == nil || load < bestLoad {
			best, bestLoad = s, load
		}
	}
	return best
}

// grow starts one more session. mu is held, and given up meanwhile.
func (a *App) grow(ctx context.Context, req *httpmsg.Request) (*session, error) {
	a.starting++
	a.mu.Unlock()
	s, err := a.start(ctx)
	a.mu.Lock()
	a.starting--
	a.started.Broadcast()
	if err != nil {
		if best := a.best(); best != nil {
			return best, nil
		}
		return nil, err
	}
	req.Account.StartedCold()
	a.sessions = append(a.sessions, s)
	return s, nil
}

// start makes a session and loads the app in it.
func (a *App) start(ctx context.Context) (*session, error) {
	if err := a.runtime.admit(); err != nil {
		return nil, err
	}
	s := newSession(a)
	isolate := a.runtime.takeIsolate(a.limits.Memory)
	isolate.host.app.Store(a)
	a.addModules(isolate.isolate)
	s.port = &local{isolate: isolate.isolate, handle: s.handle, budget: s.budget, watch: a.runtime.watch}
	a.runtime.watch.add(s.port)
	s.port.post(0, false, func(w *frame.Writer) {
		w.Begin(frame.Load, 0)
		w.Text(a.release.Main)
		w.Text(a.env)
		w.End()
	})
	if err := s.awaitLoaded(ctx); err != nil {
		s.close()
		return nil, err
	}
	a.keepCaches(isolate.isolate)
	return s, nil
}

func (s *session) awaitLoaded(ctx context.Context) error {
	timer := time.NewTimer(startupWall)
	defer timer.Stop()
	select {
	case err := <-s.loaded:
		return err
	case <-ctx.Done():
		return hedge.Wrap(ctx.Err(), hedge.OutcomeStartupFailed, "the app was still loading")
	case <-timer.C:
		return hedge.Errorf(hedge.OutcomeStartupFailed, "the app did not load within %v", startupWall)
	}
}

func (a *App) addModules(isolate *v8.Isolate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.release.Modules {
		kind := v8.ModuleJS
		if m.Kind == hedge.ModuleWasm {
			kind = v8.ModuleWasm
		}
		isolate.AddModule(m.Name, kind, m.Source, a.caches[m.Name])
	}
}

// keepCaches keeps the compiled form of the modules for the next isolate.
func (a *App) keepCaches(isolate *v8.Isolate) {
	a.mu.Lock()
	have := a.caches != nil
	a.mu.Unlock()
	if have {
		return
	}
	caches := map[string][]byte{}
	for _, m := range a.release.Modules {
		if c := isolate.ModuleCache(m.Name, m.Source); m.Kind == hedge.ModuleJS && c != nil {
			caches[m.Name] = c
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.caches = caches
}

// moduleHost resolves the modules of the app that an isolate has been given to.
type moduleHost struct{ app atomic.Pointer[App] }

// Resolve finds a module by its name, which may be written relative to the root.
func (h *moduleHost) Resolve(specifier, _ string) (string, bool) {
	app := h.app.Load()
	if app == nil {
		return "", false
	}
	for _, m := range app.release.Modules {
		if specifier == m.Name || specifier == "./"+m.Name {
			return m.Name, true
		}
	}
	return specifier, len(specifier) > 6 && specifier[:6] == "hedge:"
}

// ModuleURL makes a URL of a module's name.
func (h *moduleHost) ModuleURL(name string) string { return "file:///" + name }
