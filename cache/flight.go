package cache

import (
	"context"
	"sync"
)

// flights are the requests to origins that others may wait for, by key. Of one key there
// is one at a time.
type flights struct {
	mu    sync.Mutex // guards what follows, and what is in a flight but its outcome
	byKey map[Key]*flight
}

// flight is a request to an origin on its way.
type flight struct {
	keys  []Key // under which it is found
	depth int   // of the request that leads it
	// version is that of what it is about, when it began.
	version version
	users   int // who waits for its head
	// cancel ends it when nobody waits any more; nil before it has begun.
	cancel context.CancelFunc
	ended  bool // the outcome is known

	done    chan struct{} // closed with the outcome, which is written before
	outcome outcome
}

// flightKind is what those who waited have to do.
type flightKind int

const (
	flightAgain  flightKind = iota // ask for themselves, in turn
	flightStored                   // take what is stored, which has just been verified
	flightSliced                   // likewise; who has asked reads on
	flightFill                     // read along
	flightPassed                   // ask for themselves, all at once: it cannot be shared
	flightFailed                   // the origin failed
)

// outcome is what came of a flight.
type outcome struct {
	kind flightKind
	fill *fill
	err  error // of flightFailed; nil if the origin answered with an error
}

// join waits for the flight of a key, or begins one: then the caller leads it, and has
// to end it. nil: a request of less depth leads it, which may be one that has led to the
// caller's, and wait for that. Whoever waits for a flight waits for requests of no less
// depth than its own, so that nobody waits for himself.
//
// Nobody joins one of before a change, which version tells.
func (fs *flights) join(key *Key, depth int, v version) (f *flight, leader bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f = fs.byKey[*key]; f != nil && !f.version.over() {
		if f.depth < depth {
			return nil, false
		}
		f.users++
		return f, false
	}
	f = newFlight(*key, depth)
	f.version = v
	if fs.byKey == nil {
		fs.byKey = map[Key]*flight{}
	}
	fs.byKey[*key] = f
	return f, true
}

func newFlight(key Key, depth int) *flight {
	return &flight{keys: []Key{key}, depth: depth, users: 1, done: make(chan struct{})}
}

// begin says how a flight is ended early.
func (fs *flights) begin(f *flight, cancel context.CancelFunc) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.cancel = cancel
}

// leave says that somebody does not wait any more. The last one ends the flight.
func (fs *flights) leave(f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.users--; f.users == 0 && !f.ended && f.cancel != nil {
		f.cancel()
	}
}

// told reports whether the outcome is known.
func (f *flight) told() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// also lets a flight be found under another key.
func (fs *flights) also(f *flight, key Key) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.byKey[key] == nil {
		fs.byKey[key] = f
		f.keys = append(f.keys, key)
	}
}

// tell lets those who wait know. The flight can still be found if its outcome is a fill,
// until land.
func (fs *flights) tell(f *flight, o outcome) {
	fs.mu.Lock()
	f.ended = true
	fs.mu.Unlock()
	f.outcome = o
	close(f.done)
}

// land lets a flight not be found any more.
func (fs *flights) land(f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, key := range f.keys {
		if fs.byKey[key] == f {
			delete(fs.byKey, key)
		}
	}
}

// end is land and tell.
func (fs *flights) end(f *flight, o outcome) {
	fs.land(f)
	fs.tell(f, o)
}
