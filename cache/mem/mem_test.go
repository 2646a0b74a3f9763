package mem_test

import (
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/cache/storetest"
)

func open(t *testing.T, now func() time.Time) cache.Store {
	t.Helper()
	s, err := mem.New(mem.Config{Bytes: storetest.Bytes, ObjectBytes: storetest.ObjectBytes, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) cache.Store { return open(t, time.Now) })
}

func TestShares(t *testing.T) { storetest.RunShares(t, storetest.Shared{Open: open}) }
