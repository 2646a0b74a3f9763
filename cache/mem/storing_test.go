package mem_test

import (
	"errors"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/cache/storetest"
)

// keyOf returns the key of something of an app.
func keyOf(app string, n byte) cache.Key {
	key := cache.AppKey(app)
	key[0] = n
	return key
}

// What is being stored keeps to half of the bound, all together, and each app leaves as much
// as it takes to others; Stats tells how much that is, until it is stored or given up.
func TestWhatIsBeingStoredIsBounded(t *testing.T) {
	s := open(t, time.Now).(*mem.Store)
	piece := make([]byte, 1<<20)
	begin := func(app string) (writers []cache.Writer) {
		for n := range byte(64) {
			w, err := s.Put(t.Context(), keyOf(app, n), int64(len(piece)))
			if err != nil {
				t.Fatal(err)
			}
			switch n, err := w.Write(piece); {
			case errors.Is(err, cache.ErrNoRoom) && n == 0:
				w.Abort()
				w.Release()
			case err != nil || n != len(piece):
				t.Fatal(n, err)
			default:
				writers = append(writers, w)
			}
		}
		return writers
	}
	var all []cache.Writer
	for _, app := range []string{"hostile", "neighbour", "third"} {
		own := begin(app)
		if all = append(all, own...); app != "third" && len(own) == 0 {
			t.Errorf("%s may store nothing", app)
		}
	}
	stats := s.Stats()
	if most := uint64(storetest.Bytes / 2); stats.Storing != uint64(len(all)<<20) || stats.Storing > most || stats.Bytes != 0 {
		t.Errorf("%d writers of 1 MiB, of which there may be %d bytes: %+v", len(all), most, stats)
	}
	if err := all[0].Commit(&cache.Meta{App: "hostile", Status: 200, Length: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	all[1].Abort()
	if now := s.Stats(); now.Storing != stats.Storing-1<<20 || now.Bytes < 1<<20 {
		t.Errorf("with one stored, and one given up that is still read from: %+v", now)
	}
	for _, w := range all {
		w.Abort()
		w.Release()
	}
	if now := s.Stats(); now.Storing != 0 || now.Entries != 1 {
		t.Errorf("when all have ended: %+v", now)
	}
}
