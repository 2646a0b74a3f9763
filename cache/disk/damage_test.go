package disk_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"hedge/cache/disk"
)

// filled makes a folder with entries of all kinds, some of them in many pieces.
func filled(t testing.TB, folder string, key []byte) {
	t.Helper()
	s := open(t, disk.Config{Files: disk.Folder(folder), Bytes: 2 * mebibyte, Key: key})
	for n := range 100 {
		if err := put(s, n, 1, []int{100, 9000, 66_000, 140_000}[n%4]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkAll opens a folder, reads everything, and uses it. It returns how many entries
// there are.
func checkAll(t testing.TB, folder string, key []byte) (found int) {
	t.Helper()
	s := open(t, disk.Config{Files: disk.Folder(folder), Bytes: 2 * mebibyte, Key: key})
	for n := range 100 {
		v, err := version(s, n)
		if err != nil {
			t.Fatal(err)
		}
		found += v
	}
	for n := range 20 {
		if err := put(s, n, 3, 50_000); err != nil {
			t.Fatal(err)
		}
		if v, err := version(s, n); err != nil || v != 3 {
			t.Fatal(v, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFlippedBitsAndTornFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	names := []string{"cache.data", "cache.index"}
	for _, key := range [][]byte{nil, bytes.Repeat([]byte{7}, 32)} {
		folder := t.TempDir()
		filled(t, folder, key)
		whole := map[string][]byte{}
		for _, name := range names {
			edit(t, filepath.Join(folder, name), func(b []byte) []byte { whole[name] = b; return b })
		}
		for round := range 24 {
			for i, name := range names {
				b := bytes.Clone(whole[name])
				switch {
				case i != round%2:
				case round%8 < 2:
					b = b[:random.IntN(len(b))]
				default:
					for range 1 << (round / 2) {
						b[random.IntN(len(b))] ^= 1 << random.IntN(8)
					}
				}
				write(t, filepath.Join(folder, name), b)
			}
			checkAll(t, folder, key)
		}
	}
}

// One flipped bit costs one entry at most, while the store is open, too.
func TestOneBitCostsOneEntry(t *testing.T) {
	folder := t.TempDir()
	s := open(t, disk.Config{Files: disk.Folder(folder), Bytes: 8 * mebibyte})
	for n := range 10 {
		if err := put(s, n, 1, 100_000); err != nil {
			t.Fatal(err)
		}
	}
	edit(t, filepath.Join(folder, "cache.data"), func(b []byte) []byte { b[150_000] ^= 4; return b })
	left := 0
	for n := range 10 {
		v, err := version(s, n)
		if err != nil {
			t.Fatal(err)
		}
		left += v
	}
	if stats := s.Stats(); left != 9 || stats.Damaged != 1 || stats.Entries != 9 {
		t.Errorf("%d entries are left: %+v", left, stats)
	}
	closed(t, s)
}

// FuzzTable opens folders whose table was written over in places.
func FuzzTable(f *testing.F) {
	f.Add(uint32(0), []byte("x"))
	f.Add(uint32(4096), make([]byte, 64))
	f.Add(uint32(4096+4), []byte{2, 5})
	f.Add(uint32(4096+64*3+56), []byte{255, 255, 255, 255, 9})
	folder := f.TempDir()
	filled(f, folder, nil)
	var data, table []byte
	edit(f, filepath.Join(folder, "cache.data"), func(b []byte) []byte { data = b; return b })
	edit(f, filepath.Join(folder, "cache.index"), func(b []byte) []byte { table = b; return b })
	f.Fuzz(func(t *testing.T, at uint32, over []byte) {
		copied := t.TempDir()
		write(t, filepath.Join(copied, "cache.data"), data)
		changed := bytes.Clone(table)
		copy(changed[int(at)%len(changed):], over)
		write(t, filepath.Join(copied, "cache.index"), changed)
		checkAll(t, copied, nil)
	})
}
