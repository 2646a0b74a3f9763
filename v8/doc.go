// Package v8 is V8 behind a thin C interface: a snapshot, isolates thawed from it,
// turns, modules, memory, an inspector. It knows no HTTP and holds no policy; the
// meaning of the frames that a turn exchanges is package worker's.
//
// An Isolate is driven in turns. A turn copies a batch of frames into memory that
// JavaScript sees, runs the runtime's turn function and then the microtasks, and
// leaves a batch of frames behind. No property of a JavaScript object is ever read
// from Go: a crossing costs tens of nanoseconds, so it is paid per batch.
//
// V8 is one per process and is started by the first snapshot. The methods of an
// Isolate may be called from any goroutine; V8's own lock serialises them.
//
// The headers come from a Go module and are linked to v8/include by go generate.
package v8

//go:generate sh link-headers.sh
