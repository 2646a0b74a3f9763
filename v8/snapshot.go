package v8

/*
#include <stdlib.h>
#include "binding.h"
*/
import "C"

import (
	"strings"
	"sync"
	"unsafe"

	"hedge"
)

// flags are given to V8 once, when it starts. Each has its reason in docs/RATIONALE.md.
var flags = []string{
	"--no-turboshaft-loop-unrolling",         // unrolled allocating loops ignored termination
	"--single-threaded-gc",                   // collecting is charged to the request that made the garbage, and wakes no other thread
	"--no-wasm-async-compilation",            // a turn ends with everything done that it began
	"--enable-sharedarraybuffer-per-context", // no SharedArrayBuffer: no shared memory, no fine clock
	"--wasm-max-mem-pages=16384",             // 1 GiB: what one instruction can touch before the limit is looked at
	"--experimental-wasm-exnref",             // WebAssembly 3.0's exceptions, with JSTag
	"--js-float16array",                      // ECMAScript 2025
}

// start starts V8. The engine is one per process, so this is the package's one
// piece of global state.
var start = sync.OnceFunc(func() {
	text := C.CString(strings.Join(flags, " "))
	defer C.free(unsafe.Pointer(text))
	C.hv8_init(text)
})

// Version returns V8's version, as in "13.6.233.10".
func Version() string { return C.GoString(C.hv8_version()) }

// Trim gives memory back to the system that closed isolates have left to malloc,
// which keeps it scattered over the arenas of its threads. It takes milliseconds, and
// holds up whoever allocates meanwhile.
func Trim() { C.hv8_trim() }

// Snapshot is a frozen heap with the runtime in it. It is immutable and safe for
// concurrent use.
type Snapshot struct {
	c *C.hv8_snapshot
}

// NewSnapshot runs the runtime's script and freezes the heap that it leaves. The
// script finds the intrinsics in __host and must call __host.register once. name
// is what stack traces show. An exception of the script is the error. Isolates share
// the script's text if it is ASCII, and have a copy each otherwise.
func NewSnapshot(name string, script []byte) (*Snapshot, error) {
	start()
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	var failure C.hv8_bytes
	c := C.hv8_snapshot_create((*C.char)(unsafe.Pointer(unsafe.SliceData(script))), C.size_t(len(script)), cname, &failure)
	if c == nil {
		return nil, snapshotError(failure)
	}
	return &Snapshot{c: c}, nil
}

func snapshotError(failure C.hv8_bytes) error {
	defer C.hv8_free(unsafe.Pointer(failure.data))
	if failure.len == 0 {
		return hedge.Errorf(hedge.OutcomeStartupFailed, "the runtime failed to load: its script did not call __host.register")
	}
	exception, err := DecodeException(unsafe.Slice((*byte)(failure.data), failure.len))
	if err != nil {
		return err
	}
	return &hedge.Error{Outcome: hedge.OutcomeStartupFailed, Message: "the runtime failed to load: " + exception.Trace(), Exception: exception}
}

// SnapshotOf makes a snapshot of the bytes of another one, which this same program has
// made of the same script, perhaps in another process: V8 trusts them. They have to stay
// as they are, and where they are, for as long as the snapshot is used; they are memory
// that is not Go's.
func SnapshotOf(script, bytes []byte) *Snapshot {
	start()
	return &Snapshot{c: C.hv8_snapshot_of((*C.char)(unsafe.Pointer(unsafe.SliceData(script))), C.size_t(len(script)),
		(*C.char)(unsafe.Pointer(unsafe.SliceData(bytes))), C.size_t(len(bytes)))}
}

// Bytes returns what the snapshot consists of. They are its own.
func (s *Snapshot) Bytes() []byte {
	var n C.size_t
	data := C.hv8_snapshot_blob(s.c, &n)
	return unsafe.Slice((*byte)(unsafe.Pointer(data)), n)
}

// Close frees the snapshot. No isolate made from it may be alive.
func (s *Snapshot) Close() {
	C.hv8_snapshot_dispose(s.c)
	s.c = nil
}
