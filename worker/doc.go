// Package worker runs apps: it keeps their isolates, hands requests to them as
// frames, carries out what JavaScript asks of the host, and enforces limits.
//
// The parts, from the outside in:
//
//	Runtime   what all apps of a process share: the snapshot, spare isolates, the budget of memory, the watchdog
//	App       one release: its pool of isolates; it answers requests
//	session   the host's side of one isolate: requests, ops and bodies under way
//	local     the isolate's side, in this process: a queue of frames and the turns that consume them
//	remote    the same when the isolate lives in a cordon: a child process, confined, with a local in it for each remote
//
// A session and its isolate speak nothing but frames (package frame), so that the
// isolate may as well live in another process.
package worker
