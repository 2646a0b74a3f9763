package worker

import (
	"runtime"
	"time"
)

// RetireAll closes every isolate that is idle.
func (rt *Runtime) RetireAll() { rt.Retire(time.Now().Add(time.Hour)) }

// AwaitSpares returns when all spare isolates, or spare processes, are ready.
func (rt *Runtime) AwaitSpares() {
	if rt.cordons != nil {
		for rt.cordons.pool.Spares() < rt.cfg.Cordons.Spares {
			runtime.Gosched()
		}
		return
	}
	for e := rt.here.engine; len(e.spares) < cap(e.spares); {
		runtime.Gosched()
	}
}

// CompiledCode returns how long the compiled code is that new isolates of the app get, in bytes.
func (a *App) CompiledCode() (bytes int) {
	a.program.mu.Lock()
	defer a.program.mu.Unlock()
	for _, c := range a.program.caches {
		bytes += len(c)
	}
	return bytes
}

// CodingMemory returns what the codings of the app's bodies take, in bytes.
func (a *App) CodingMemory() int64 {
	a.codings.mu.Lock()
	defer a.codings.mu.Unlock()
	return a.codings.taken
}
