package v8

/*
#cgo noescape hv8_turn
#cgo noescape hv8_running_cpu
#cgo nocallback hv8_running_cpu
#cgo nocallback hv8_terminate
#cgo nocallback hv8_isolate_memory
#cgo noescape hv8_module_add
#include <stdlib.h>
#include "binding.h"
*/
import "C"

import (
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"
)

// Host answers what an isolate asks while it loads modules. It is called on the
// goroutine that runs the turn and must not call the isolate.
type Host interface {
	// Resolve names the module that specifier means inside the module referrer,
	// which is empty for the release's root.
	Resolve(specifier, referrer string) (name string, ok bool)
	// ModuleURL is import.meta.url of a module; empty for none.
	ModuleURL(name string) string
}

// Isolate is one JavaScript heap with the runtime in it.
type Isolate struct {
	c      *C.hv8_isolate
	result *C.hv8_turn_result
	host   cgo.Handle

	mu      sync.Mutex // guards session
	session *Session   // the debugger's, or nil
}

// Status is how a turn ended.
type Status int

// The ways in which a turn ends.
const (
	OK         Status = C.HV8_OK
	Terminated Status = C.HV8_TERMINATED // by Terminate or for memory; the isolate is to be closed
	Threw      Status = C.HV8_EXCEPTION  // the runtime itself threw, which is a bug in it
)

// Result is what a turn left behind.
type Result struct {
	Status Status
	// OutOfMemory says that the memory limit ended the turn. So it will every turn
	// that follows.
	OutOfMemory bool
	// MemoryRefused says that at some time an ArrayBuffer was refused.
	MemoryRefused bool
	// CPU is the time that the thread spent in the turn, true to 100 µs.
	CPU time.Duration
	// Out holds frames, and after Threw what DecodeException reads. It is V8's
	// memory, valid until the isolate's next turn.
	Out []byte
}

// Memory is what an isolate holds, in bytes.
type Memory struct {
	HeapUsed  int64 // live and garbage objects
	HeapTotal int64 // what V8 has committed for them
	External  int64 // ArrayBuffers of a fixed size
}

// NewIsolate thaws a snapshot. memoryLimit bounds heap plus ArrayBuffers, in bytes,
// and is at least 8 MiB. When the runtime fails to start every turn says Threw.
// The isolate holds on to host until it is closed.
func NewIsolate(snapshot *Snapshot, memoryLimit int64, host Host) *Isolate {
	handle := cgo.NewHandle(host)
	c := C.hv8_isolate_new(snapshot.c, C.int64_t(memoryLimit), C.uintptr_t(handle))
	return &Isolate{c: c, result: C.hv8_isolate_result(c), host: handle}
}

// Close frees the isolate, after its inspector session. Nothing else may use it any
// more, and no turn may be running.
func (i *Isolate) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.session != nil {
		i.session.Close()
	}
	C.hv8_isolate_dispose(i.c)
	i.host.Delete()
	i.c = nil
}

// ModuleKind says what the bytes of a module are.
type ModuleKind int

// The kinds of module.
const (
	ModuleJS   ModuleKind = C.HV8_MODULE_JS   // an ECMAScript module
	ModuleWasm ModuleKind = C.HV8_MODULE_WASM // Wasm; the default export is a WebAssembly.Module
)

// AddModule makes a module known under a name; it is compiled when it is first
// imported. cache is what ModuleCache returned, or nil; one that is damaged or of
// another source is ignored.
func (i *Isolate) AddModule(name string, kind ModuleKind, source, cache []byte) {
	cache = openCache(source, cache)
	C.hv8_module_add(i.c, (*C.char)(unsafe.Pointer(unsafe.StringData(name))), C.size_t(len(name)), C.int(kind),
		(*C.uint8_t)(unsafe.SliceData(source)), C.size_t(len(source)),
		(*C.uint8_t)(unsafe.SliceData(cache)), C.size_t(len(cache)))
}

// AllowEval lets the app make code of strings, by eval and new Function, which throw an
// EvalError otherwise. No turn may be running.
func (i *Isolate) AllowEval() { C.hv8_allow_eval(i.c) }

// ModuleCache returns the compiled form of a JavaScript module that has been
// imported and has this source, which makes the next isolate's import faster, or nil.
func (i *Isolate) ModuleCache(name string, source []byte) []byte {
	bytes := C.hv8_module_cache(i.c, (*C.char)(unsafe.Pointer(unsafe.StringData(name))), C.size_t(len(name)))
	if bytes.data == nil {
		return nil
	}
	defer C.hv8_free(unsafe.Pointer(bytes.data))
	return sealCache(source, C.GoBytes(unsafe.Pointer(bytes.data), C.int(bytes.len)))
}

// Turn hands in frames and runs JavaScript until nothing is left to do. now is the
// time that JavaScript sees; seq, which is not 0, names the turn for Terminate.
func (i *Isolate) Turn(in []byte, now time.Time, seq uint64) Result {
	ms := float64(now.UnixMicro()) / 1000
	C.hv8_turn(i.c, (*C.uint8_t)(unsafe.SliceData(in)), C.size_t(len(in)), C.double(ms), C.uint64_t(seq))
	r := i.result
	return Result{
		Status:        Status(r.status),
		OutOfMemory:   r.reason == C.HV8_REASON_MEMORY,
		MemoryRefused: r.memory_refused != 0,
		CPU:           time.Duration(r.cpu_ns),
		Out:           unsafe.Slice((*byte)(r.out), r.out_len),
	}
}

// Terminate ends the turn seq, if it is still running: its Status is Terminated. It
// does not wait, and some built-in functions of V8 take seconds to notice, or do not
// notice at all. It does not end a debugger's pause, which closing the session does.
func (i *Isolate) Terminate(seq uint64) { C.hv8_terminate(i.c, C.uint64_t(seq)) }

// RunningCPU returns the time on the processor of the turn that is running, and
// its name; ok is false when none is.
func (i *Isolate) RunningCPU() (cpu time.Duration, seq uint64, ok bool) {
	var s C.uint64_t
	ns := C.hv8_running_cpu(i.c, &s)
	return time.Duration(ns), uint64(s), ns >= 0
}

// Memory returns the heap's size at the last garbage collection, and that of the
// ArrayBuffers now. It does not enter the isolate.
func (i *Isolate) Memory() Memory { return goMemory(C.hv8_isolate_memory(i.c)) }

// MeasureMemory returns the sizes of this moment. It waits for a running turn.
func (i *Isolate) MeasureMemory() Memory { return goMemory(C.hv8_isolate_measure(i.c)) }

// CollectGarbage frees what can be freed. It waits for a running turn.
func (i *Isolate) CollectGarbage() { C.hv8_isolate_low_memory(i.c) }

func goMemory(m C.hv8_memory) Memory {
	return Memory{HeapUsed: int64(m.heap_used), HeapTotal: int64(m.heap_total), External: int64(m.external)}
}
