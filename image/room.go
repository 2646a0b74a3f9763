package image

import (
	"context"
	"sync"
	"time"

	"hedge"
)

// room bounds the files that are in memory for jobs, from before they are read until the job
// is done: jobs wait with theirs, and nobody else counts them.
type room struct {
	most, share int // bytes: of all, and of one app

	mu      sync.Mutex // guards what follows
	taken   int
	byApp   map[string]int
	beyond  *Held         // who has more than there is; nil: nobody
	changed chan struct{} // closed, and made anew, when something has been given back
}

func newRoom(most, share int) *room {
	return &room{most: most, share: share, byApp: map[string]int{}, changed: make(chan struct{})}
}

// longestRoomWait is how long a job waits for room.
const longestRoomWait = 10 * time.Second

// Held is the room that the files of a job have. The methods do nothing on nil.
type Held struct {
	room  *room
	app   string
	bytes int
}

// enter waits for room. The error is a *hedge.Error.
func (r *room) enter(ctx context.Context, app string, bytes int) (*Held, error) {
	held := &Held{room: r, app: app}
	return held, r.wait(ctx, func() bool { return held.take(bytes) })
}

// wait calls try until it succeeds, each time when there may be more room. The error is a
// *hedge.Error.
func (r *room) wait(ctx context.Context, try func() bool) error {
	timer := time.NewTimer(longestRoomWait)
	defer timer.Stop()
	for {
		r.mu.Lock()
		ok, changed := try(), r.changed
		r.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return hedge.Errorf(hedge.OutcomeOverloaded, "image: the files of other jobs take all the memory that there is for them")
		case <-ctx.Done():
			return noWorker(context.Cause(ctx))
		}
	}
}

// take takes so much more room, if it is there. room.mu is held.
func (h *Held) take(bytes int) bool {
	r := h.room
	bytes = min(bytes, r.share)
	if r.taken+bytes > r.most || r.byApp[h.app]+bytes > r.share {
		return false
	}
	h.add(bytes)
	return true
}

func (h *Held) add(bytes int) {
	if bytes > 0 {
		h.bytes += bytes
		h.room.taken += bytes
		h.room.byApp[h.app] += bytes
	}
}

// Grow takes room for so many bytes altogether, as Hold does: files that come slowly have
// room for what has come. Where there is none, one job at a time gets it all the same: else
// all might have some, and none enough to come to its end. One goroutine may call it.
func (h *Held) Grow(ctx context.Context, bytes int) error {
	if h == nil || bytes <= h.bytes {
		return nil
	}
	r, more := h.room, bytes-h.bytes
	return r.wait(ctx, func() bool {
		if h.take(more) {
			return true
		}
		if r.beyond != nil && r.beyond != h {
			return false
		}
		r.beyond = h
		h.add(more)
		return true
	})
}

// Keep gives back what there is beyond so many bytes.
func (h *Held) Keep(bytes int) {
	if h == nil {
		return
	}
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	less := h.bytes - bytes
	if less <= 0 {
		return
	}
	h.bytes = bytes
	r.taken -= less
	if bytes == 0 && r.beyond == h {
		r.beyond = nil
	}
	if r.byApp[h.app] -= less; r.byApp[h.app] == 0 {
		delete(r.byApp, h.app)
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// Leave gives back all of it. It may be called again.
func (h *Held) Leave() { h.Keep(0) }
