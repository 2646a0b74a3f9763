package worker

import (
	"runtime"
	"time"
)

// RetireAll closes every isolate that is idle.
func (rt *Runtime) RetireAll() { rt.Retire(time.Now().Add(time.Hour)) }

// AwaitSpares returns when all spare isolates are ready.
func (rt *Runtime) AwaitSpares() {
	for len(rt.spares) < cap(rt.spares) {
		runtime.Gosched()
	}
}
