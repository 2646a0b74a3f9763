package worker

import (
	"time"

	"hedge"
	"hedge/frame"
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
	home, err := a.runtime.homeOf(a)
	if err != nil {
		return nil, err
	}
	s := newSession(a, home)
	if err := a.runtime.admit(s); err != nil {
		home.leave()
		return nil, err
	}
	if err := s.port.open(); err != nil {
		return s, err
	}
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
	case <-s.app.runtime.life.Done():
		return closedError()
	case <-timer.C:
		return hedge.Errorf(hedge.OutcomeStartupFailed, "the app did not load within %v", startupWall)
	}
}
