package cache

import (
	"context"
	"sync"
)

// writers bounds how many streams an app has stored at once: what is being written is in
// memory, and in nobody's account yet.
type writers struct{ byApp sync.Map } // string → chan struct{}

// mostWriters is how many there may be; others wait.
const mostWriters = 4

// enter waits for a place, which leave gives back.
func (w *writers) enter(ctx context.Context, app string) (leave func(), err error) {
	v, ok := w.byApp.Load(app)
	if !ok {
		v, _ = w.byApp.LoadOrStore(app, make(chan struct{}, mostWriters))
	}
	places := v.(chan struct{})
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
