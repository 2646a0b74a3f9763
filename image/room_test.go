package image

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hedge"
)

// The files of one app take a share of the room, and those that are too many wait until
// others leave, are smaller than was thought, or for so long.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(80, 40)
		enter := func(app string, bytes int) (*Held, error) { return r.enter(t.Context(), app, bytes) }
		first, _ := enter("greedy", 25)
		done := make(chan *Held, 1)
		go func() { // ends with room
			second, _ := enter("greedy", 25)
			done <- second
		}()
		synctest.Wait()
		if len(done) != 0 || r.taken != 25 {
			t.Fatalf("%d bytes are taken", r.taken)
		}
		modest, err := enter("modest", 40) // although another waits
		if err != nil {
			t.Fatal(err)
		}
		first.Keep(15)
		second := <-done
		if _, err := enter("greedy", 1); hedge.OutcomeOf(err) != hedge.OutcomeOverloaded {
			t.Errorf("who has waited for long got %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.enter(gone, "other", 1); hedge.OutcomeOf(err) != hedge.OutcomeOverloaded {
			t.Errorf("who has gone got %v", err)
		}
		for _, h := range []*Held{first, second, modest, nil} {
			h.Leave()
			h.Leave()
		}
		if r.taken != 0 || len(r.byApp) != 0 {
			t.Errorf("%d bytes stay, %v", r.taken, r.byApp)
		}
		slow, err := enter("slow", 0) // what comes slowly has room for what has come
		if err != nil || len(r.byApp) != 0 || slow.Grow(t.Context(), 10) != nil || slow.Grow(t.Context(), 5) != nil || r.byApp["slow"] != 10 {
			t.Errorf("a file that grows: %v, %v", r.byApp, err)
		}
		slow.Leave()
		var growing []*Held // more than there is room for, and each of them ends
		for range 10 {
			h, _ := enter("many", 0)
			growing = append(growing, h)
		}
		ended := make(chan error, len(growing))
		for _, h := range growing {
			go func() {
				for n := range 20 {
					if err := h.Grow(t.Context(), n+1); err != nil {
						ended <- err
						return
					}
					<-time.After(time.Millisecond) // as the next of it comes
				}
				h.Keep(20)
				<-time.After(time.Millisecond) // as the job is done
				h.Leave()
				ended <- nil
			}()
		}
		for range growing {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if r.taken != 0 || r.beyond != nil || len(r.byApp) != 0 {
			t.Errorf("%d bytes stay, %v", r.taken, r.byApp)
		}
		all, err := enter("large", 1000)
		if err != nil || all.bytes != 40 {
			t.Errorf("more than there is: %v, %v", all, err)
		}
	})
}
