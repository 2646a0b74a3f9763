package cache_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
)

// An app that fills the cache with sixty thousand values, and asks for each of them more
// often than a neighbour's visitors ask for its, takes no hit from the neighbour, which has
// less than its half; and all of it keeps to the bound.
func TestFloodLeavesNeighbours(t *testing.T) {
	const bound, hot, flood = 16 << 20, 4000, 60_000
	store, err := mem.New(mem.Config{Bytes: bound})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.New(cache.Config{Store: store})
	t.Cleanup(func() {
		c.Close()
		store.Close()
	})
	neighbour, hostile := c.Values("neighbour"), c.Values("hostile")
	value := strings.Repeat("v", 1<<10)
	set := func(v *cache.Values, key string) {
		t.Helper()
		if _, err := v.Set(t.Context(), key, text, strings.NewReader(value), int64(len(value)), cache.ValueOptions{TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	read := func(v *cache.Values, key string) bool {
		found := v.Get(t.Context(), key)
		if found != nil {
			_ = found.Close()
		}
		return found != nil
	}
	for i := range hot {
		set(neighbour, fmt.Sprint(i))
	}
	hits := 0
	for i := range flood {
		key := fmt.Sprintf("%d%s", i, strings.Repeat("k", i%2000))
		set(hostile, key)
		for range 3 {
			read(hostile, key)
		}
		if key = fmt.Sprint(i % hot); read(neighbour, key) {
			hits++
		} else {
			set(neighbour, key) // as its code does then
		}
	}
	if hits != flood {
		t.Errorf("%d of %d requests of the neighbour are hits", hits, flood)
	}
	store.Settle()
	if n := store.Stats().Bytes; n > bound {
		t.Errorf("there are %d bytes, and may be %d", n, bound)
	}
}

// An app that purges without end forgets what it has itself, and nothing of others.
func TestPurgesOfOneAppAreItsOwn(t *testing.T) {
	s := newShop(t)
	s.put("a", "mine", cache.ValueOptions{})
	hostile := s.cache.Values("hostile")
	if _, err := hostile.Set(t.Context(), "a", text, strings.NewReader("its"), 3, cache.ValueOptions{}); err != nil {
		t.Fatal(err)
	}
	for i := range 1<<16 + 2000 {
		p := cache.Purge{App: "hostile", Tag: fmt.Sprint(i)}
		if i%50 == 0 {
			p = cache.Purge{App: "hostile", Prefix: fmt.Sprint(i)}
		}
		if err := s.cache.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	s.wants("a", "mine")
	if v := hostile.Get(t.Context(), "a"); v != nil {
		t.Error("what has been forgotten of the app's purges has not taken the older entries along")
	}
}
