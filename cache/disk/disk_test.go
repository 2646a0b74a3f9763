package disk_test

import (
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/storetest"
)

func open(t testing.TB, cfg disk.Config) *disk.Store {
	t.Helper()
	s, err := disk.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	for _, c := range []struct {
		name string
		key  []byte
	}{
		{"plain", nil},
		{"encrypted", make([]byte, 32)},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) cache.Store {
				s := open(t, disk.Config{
					Files: disk.Folder(t.TempDir()), Bytes: storetest.Bytes, ObjectBytes: storetest.ObjectBytes, Key: c.key,
				})
				s.AwaitSweep()
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
				return s
			})
		})
	}
}

func TestShares(t *testing.T) {
	var cfg disk.Config
	again := func(t *testing.T) cache.Store {
		s := open(t, cfg)
		s.AwaitSweep()
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	storetest.RunShares(t, storetest.Shared{
		Open: func(t *testing.T, now func() time.Time) cache.Store {
			cfg = disk.Config{Files: disk.Folder(t.TempDir()), Bytes: storetest.Bytes, ObjectBytes: storetest.ObjectBytes, Now: now}
			return again(t)
		},
		Again: func(t *testing.T, s cache.Store) cache.Store {
			closed(t, s.(*disk.Store))
			return again(t)
		},
	})
}
