package worker

import (
	"sync/atomic"
	"time"

	"hedge"
	"hedge/frame"
	"hedge/v8"
)

// startupWall is how long an app may take to load, by the clock.
const startupWall = 10 * time.Second

// start is a session on its way. It goes on when the request that needed it goes
// away, for others wait for it.
type start struct {
	done chan struct{} // closed when the session is in the pool, or cannot be
	err  error         // valid when done is closed
}

// grow starts one more session. mu is held.
func (a *App) grow() *start {
	st := &start{done: make(chan struct{})}
	a.starting++
	a.start = st
	if !a.runtime.background(func() { a.run(st) }) {
		a.starting--
		st.err = closedError()
		close(st.done)
	}
	return st
}

// run makes a session and puts it into the pool.
func (a *App) run(st *start) {
	defer close(st.done)
	s, err := a.newSession()
	a.mu.Lock()
	a.starting--
	if err == nil && a.closed {
		err = closedError()
	}
	if err == nil && !s.condemned.Load() { // else it had to make room already
		a.sessions = append(a.sessions, s)
	}
	a.mu.Unlock()
	st.err = err
	if err != nil && s != nil {
		s.close(0, nil)
	}
}

// newSession makes a session and loads the app in it. There may be one to close
// with an error, too.
func (a *App) newSession() (*session, error) {
	s := newSession(a)
	s.port = &local{observer: s, watch: a.runtime.watch}
	if err := a.runtime.admit(s); err != nil {
		return nil, err
	}
	isolate := a.runtime.takeIsolate(a.limits.Memory)
	isolate.host.app.Store(a)
	a.addModules(isolate.isolate)
	s.port.attach(isolate.isolate)
	s.port.post(0, false, func(w *frame.Writer) {
		w.Begin(frame.Load, 0)
		w.Text(a.release.Main)
		w.Text(a.env)
		w.End()
	})
	if err := s.awaitLoaded(); err != nil {
		return s, err
	}
	if !s.hasFetch {
		return s, hedge.Errorf(hedge.OutcomeNoHandler, "%s exports no handler: it needs `export default { fetch(request) { … } }` or addEventListener(\"fetch\", …)", a.release.Main)
	}
	return s, nil
}

func (s *session) awaitLoaded() error {
	select {
	case err := <-s.loaded: // the usual case: the turn has run on this goroutine
		return err
	default:
	}
	timer := time.NewTimer(startupWall)
	defer timer.Stop()
	select {
	case err := <-s.loaded:
		return err
	case <-s.app.runtime.ctx.Done():
		return closedError()
	case <-timer.C:
		return hedge.Errorf(hedge.OutcomeStartupFailed, "the app did not load within %v", startupWall)
	}
}

func (a *App) addModules(isolate *v8.Isolate) {
	a.mu.Lock()
	caches := a.caches
	a.mu.Unlock()
	for _, m := range a.release.Modules {
		kind := v8.ModuleJS
		if m.Kind == hedge.ModuleWasm {
			kind = v8.ModuleWasm
		}
		isolate.AddModule(m.Name, kind, m.Source, caches[m.Name])
	}
}

// keepCaches keeps the compiled form of the modules for the next isolate. It is
// called by the driver, as it enters the isolate.
func (a *App) keepCaches(isolate *v8.Isolate) {
	a.mu.Lock()
	have := a.caches != nil
	a.mu.Unlock()
	if have {
		return
	}
	caches := map[string][]byte{}
	for _, m := range a.release.Modules {
		if m.Kind != hedge.ModuleJS {
			continue
		}
		if c := isolate.ModuleCache(m.Name, m.Source); c != nil {
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
