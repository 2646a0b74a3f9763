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
	timer := time.NewTimer(longestRoomWait)
	defer timer.Stop()
	for {
		held, changed := r.try(app, bytes)
		if held != nil {
			return held, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, hedge.Errorf(hedge.OutcomeOverloaded, "image: the files of other jobs take all the memory that there is for them")
		case <-ctx.Done():
			return nil, noWorker(context.Cause(ctx))
		}
	}
}

// try takes room, or returns what is closed when there may be some.
func (r *room) try(app string, bytes int) (*Held, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	bytes = min(bytes, r.share)
	if r.taken+bytes > r.most || r.byApp[app]+bytes > r.share {
		return nil, r.changed
	}
	if bytes > 0 {
		r.taken += bytes
		r.byApp[app] += bytes
	}
	return &Held{r, app, bytes}, nil
}

// Grow takes room for so many bytes altogether, as Hold does: files that come slowly have
// room for what has come. One goroutine may call it.
func (h *Held) Grow(ctx context.Context, bytes int) error {
	if h == nil || bytes <= h.bytes {
		return nil
	}
	more, err := h.room.enter(ctx, h.app, bytes-h.bytes)
	if err == nil {
		h.bytes += more.bytes
	}
	return err
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
	if r.byApp[h.app] -= less; r.byApp[h.app] == 0 {
		delete(r.byApp, h.app)
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// Leave gives back all of it. It may be called again.
func (h *Held) Leave() { h.Keep(0) }
