package cache

import (
	"iter"
	"sync/atomic"
	"time"
)

// The rule by which Stores share their room among apps, each of which has what it stores in a
// share of its own: the share that has most makes room, of its own judgement. So an app that
// has less than its part, all the room by the number of apps, never loses anything to another;
// and what apps do not use is there for those that do.

// ShareParts is in how many parts room goes from share to share: nobody looks at all shares for
// each entry.
const ShareParts = 256

// epochLength is how long an epoch is at least, and asleep after how many of them in which
// nobody has asked for anything of an app its share makes room before those of others do.
const (
	epochLength = time.Hour
	asleep      = 2
)

// Epochs tell which apps are asleep: a share notes in which epoch it was last asked for
// something. Now may be called from any goroutine; the caller sees to it that one at a time
// calls the others.
type Epochs struct {
	now    atomic.Int64
	turned time.Time // when it began
}

// Begin begins the first epoch.
func (e *Epochs) Begin(now time.Time) { e.turned = now }

// Now returns the number of the epoch.
func (e *Epochs) Now() int64 { return e.now.Load() }

// Turn begins another epoch if it is time, however long ago the last request was: who was
// asked for since has the one before.
func (e *Epochs) Turn(now time.Time) {
	if now.Sub(e.turned) >= epochLength {
		e.turned = now
		e.now.Add(1)
	}
}

// MakesRoom returns the share that makes room: of those whose apps are asleep and that have
// anything, if there are any, or else of all, the one that has most. of tells how much that is, and
// in which epoch the share was last asked for something.
func MakesRoom[S any](shares iter.Seq[S], e *Epochs, of func(S) (size, epoch int64)) (giver S) {
	most, sleeps := int64(-1), false
	for one := range shares {
		size, epoch := of(one)
		idle := e.Now()-epoch >= asleep && size > 0
		if idle && !sleeps || idle == sleeps && size > most {
			giver, most, sleeps = one, size, idle
		}
	}
	return giver
}
