package worker

import (
	"runtime"
	"time"

	"hedge/v8"
)

// Whoever answers within a few milliseconds is not to wait for those who compute. The
// system cannot know one from the other before it is late, so a thread that runs one
// turn for long is given a low priority, and other processes' short turns go first:
// other apps' that is, for this is done in cordons only. Without a privilege no thread
// can be raised again. It ends after the turn, and another takes its place.

// longTurn is the time on the processor after which a turn has a thread demoted.
const longTurn = watchInterval

// demoteLong demotes the thread of the turn under way if that has taken long. mu is
// held, and the caller is the watchdog.
func (l *local) demoteLong(cpu time.Duration, seq uint64) {
	if !l.engine.demotes || cpu < longTurn || seq == l.demoted {
		return
	}
	l.demoted = seq
	if l.isolate.Demote(seq) {
		l.engine.demoted.Add(1)
	}
}

// retireThread reports whether the calling goroutine's thread has been demoted. If so
// the goroutine is bound to it, and is to return, which ends both.
func (e *localEngine) retireThread() bool {
	if e.demoted.Load() == 0 {
		return false
	}
	runtime.LockOSThread()
	if !v8.ThreadIsDemoted() {
		runtime.UnlockOSThread()
		return false
	}
	e.demoted.Add(-1)
	for _, l := range e.watch.list(isLocal) {
		l.(*local).forgetThread()
	}
	return true
}

func isLocal(x watched) bool {
	_, is := x.(*local)
	return is
}

// forgetThread frees what the isolate keeps of the calling thread.
func (l *local) forgetThread() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isolate != nil {
		l.isolate.ForgetThread()
	}
}
