package disk_test

import (
	"testing"

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
