package disk

import "time"

// share is what one app has in a store: entries in queues of its own, and units. It comes
// with the first of those and goes with the last.
type share struct {
	queues [queueMain + 1]queue
	ghosts ghosts
	units  uint32 // of entries, of what is being written, and of what is read on after its end
	epoch  uint32 // in which the app was last asked for something: see epochs
}

func (h *share) entries() int { return h.queues[queueSmall].entries + h.queues[queueMain].entries }

// share returns the share of an app, which it makes if there is none.
func (x *index) share(app uint64) *share {
	h := x.shares[app]
	if h == nil {
		h = &share{epoch: x.epochs.now}
		x.shares[app] = h
	}
	return h
}

// release gives back units of an app.
func (x *index) release(app uint64, runs []run) {
	if len(runs) == 0 {
		return
	}
	x.units.release(runs)
	h := x.share(app)
	if h.units -= totalOf(runs); h.units == 0 {
		delete(x.shares, app)
	}
}

// epochs is which epoch it is: some time in which apps are asked for something, or asleep.
type epochs struct {
	now    uint32
	turned time.Time // when it began
}

// epochLength is how long an epoch is at least, and asleep after how many of them in which
// nobody has asked for anything of an app its entries make room before those of others do.
const (
	epochLength = time.Hour
	asleep      = 2
)

// turn begins another epoch if it is time, however long ago the last request was: who was
// asked for since has the one before.
func (e *epochs) turn(now time.Time) {
	if now.Sub(e.turned) >= epochLength {
		e.turned = now
		e.now++
	}
}

// giving is the share that makes room now, and how many units it has still to give: nobody
// looks at all shares for each entry.
type giving struct {
	from *share
	due  uint32
}

// steps is how many parts of all units are given, one after the other.
const steps = 256

// victim returns an entry that makes room for one of an app, and 0 if there is none. The
// share that has most gives it, of its own judgement; so an app that has less than its part,
// the units by the number of apps, never loses anything to another.
func (x *index) victim(app uint64) uint32 {
	g := &x.giving
	if g.due == 0 || g.from == nil || g.from.entries() == 0 {
		g.from, g.due = x.largest(), max(1, x.units.total/steps)
	}
	if n := x.victimOf(g.from); n != 0 {
		g.due -= min(g.due, x.size(n))
		return n
	}
	g.due = 0 // what it has is all being read or written
	if n := x.victimOf(x.shares[app]); n != 0 {
		return n
	}
	for _, h := range x.shares {
		if uint64(h.units)*uint64(len(x.shares)) > uint64(x.units.total) {
			if n := x.victimOf(h); n != 0 {
				return n
			}
		}
	}
	return 0
}

// largest returns the share that makes room: of those whose apps are asleep, if there are
// any, or else of all, the one that has most.
func (x *index) largest() (h *share) {
	sleeps := false
	for _, one := range x.shares {
		idle := x.epochs.now-one.epoch >= asleep && one.entries() > 0
		if h == nil || idle && !sleeps || idle == sleeps && one.units > h.units {
			h, sleeps = one, idle
		}
	}
	return h
}
