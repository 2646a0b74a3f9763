package disk

import (
	"maps"

	"hedge/cache"
)

// share is what one app has in a store: entries in queues of its own, and units. It comes
// with the first of those and goes with the last.
type share struct {
	queues [queueMain + 1]queue
	ghosts ghosts
	units  uint32 // of entries, of what is being written, and of what is read on after its end
	epoch  int64  // in which the app was last asked for something
}

func (h *share) entries() int { return h.queues[queueSmall].entries + h.queues[queueMain].entries }

// share returns the share of an app, which it makes if there is none.
func (x *index) share(app uint64) *share {
	h := x.shares[app]
	if h == nil {
		h = &share{epoch: x.epochs.Now()}
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

// giving is the share that makes room now, and how many units it has still to give: nobody
// looks at all shares for each entry.
type giving struct {
	from *share
	due  uint32
}

// victim returns an entry that makes room for one of an app, and 0 if there is none: see
// cache.MakesRoom.
func (x *index) victim(app uint64) uint32 {
	g := &x.giving
	if g.due == 0 || g.from == nil || g.from.entries() == 0 {
		g.from = cache.MakesRoom(maps.Values(x.shares), &x.epochs, x.use)
		g.due = max(1, x.units.total/cache.ShareParts)
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

// use is how many units a share has, and the epoch in which it was last asked for something.
// What it has without an entry is being written or read now.
func (x *index) use(h *share) (units, epoch int64) {
	if h.entries() == 0 {
		return int64(h.units), x.epochs.Now()
	}
	return int64(h.units), h.epoch
}
