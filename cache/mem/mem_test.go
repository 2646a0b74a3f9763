package mem_test

import (
	"testing"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/cache/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) cache.Store {
		s, err := mem.New(mem.Config{Bytes: storetest.Bytes, ObjectBytes: storetest.ObjectBytes})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	})
}
