package disk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/httpmsg"
)

const mebibyte = 1 << 20

// keyOf is the key of the number n, of one of three apps.
func keyOf(n int) cache.Key {
	key, sum := cache.AppKey([]string{"shop", "blog", "docs"}[n%3]), sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	copy(key[:16], sum[:])
	return key
}

// metaOf says which version of an entry it belongs to.
func metaOf(n, version, length int) *cache.Meta {
	return &cache.Meta{App: "shop", Target: fmt.Sprintf("/%d/%d", n, version), Status: 200, Length: int64(length)}
}

// contentOf is the content of a version of an entry; nothing else has the same.
func contentOf(n, version, length int) []byte {
	data := make([]byte, length)
	_, _ = rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d/%d/%d", n, version, length))).Read(data)
	return data
}

// put stores a version of an entry.
func put(s cache.Store, n, version, length int) error {
	w, err := s.Put(context.Background(), keyOf(n), int64(length))
	if err != nil {
		return err
	}
	defer w.Release()
	defer w.Abort()
	if _, err := w.Write(contentOf(n, version, length)); err != nil {
		return err
	}
	return w.Commit(metaOf(n, version, length))
}

// version returns which version of an entry there is, 0 if there is none. An error is a
// wrong answer: bytes that are not those of the version.
func version(s cache.Store, n int) (int, error) {
	e, err := s.Get(context.Background(), keyOf(n))
	if err != nil || e == nil {
		return 0, nil
	}
	defer e.Close()
	var number, found int
	if _, err := fmt.Sscanf(e.Meta.Target, "/%d/%d", &number, &found); err != nil || number != n {
		return 0, fmt.Errorf("the entry %d has the metadata of %q", n, e.Meta.Target)
	}
	body := e.Section(httpmsg.ByteRange{Length: e.Meta.Length})
	defer body.Close()
	got, err := io.ReadAll(body)
	want := contentOf(n, found, int(e.Meta.Length))
	if !bytes.HasPrefix(want, got) || err == nil && len(got) < len(want) {
		return 0, fmt.Errorf("the version %d of the entry %d has wrong bytes", found, n)
	}
	if err != nil {
		return 0, nil
	}
	return found, nil
}

// mustVersion fails the test if an entry is not there in this version.
func mustVersion(t *testing.T, s cache.Store, n, want int) {
	t.Helper()
	if got, err := version(s, n); err != nil || got != want {
		t.Errorf("the entry %d has the version %d (%v), not %d", n, got, err, want)
	}
}

// closed closes a store.
func closed(t *testing.T, s *disk.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// lengths are those that differ in how they are stored.
func lengths() []int { return []int{0, 1, 1000, 4096, 65536, 65537, 200_000, mebibyte} }

func TestRestartIsWarm(t *testing.T) {
	for _, key := range [][]byte{nil, bytes.Repeat([]byte{7}, 32)} {
		cfg := disk.Config{Files: disk.Folder(t.TempDir()), Bytes: 16 * mebibyte, Key: key}
		s := open(t, cfg)
		for n, length := range lengths() {
			for v := 1; v <= 2; v++ {
				if err := put(s, n, v, length); err != nil {
					t.Fatal(err)
				}
			}
		}
		e, err := s.Get(t.Context(), keyOf(6))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Change(t.Context(), e, metaOf(6, 2, 200_000)); err != nil {
			t.Fatal(err)
		}
		_ = e.Close()
		if e, err = s.Get(t.Context(), keyOf(2)); err != nil {
			t.Fatal(err)
		}
		if err := s.Change(t.Context(), e, nil); err != nil {
			t.Fatal(err)
		}
		_ = e.Close()
		before := s.Stats()
		closed(t, s)

		s = open(t, cfg)
		if now := s.Stats(); now.Entries != before.Entries || now.Bytes != before.Bytes {
			t.Errorf("there were %+v, and there are %+v", before, now)
		}
		for n := range lengths() {
			want := 2
			if n == 2 {
				want = 0
			}
			mustVersion(t, s, n, want)
		}
		closed(t, s)
	}
}

func TestAFolderOfAnotherKindIsEmptied(t *testing.T) {
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	for _, c := range []struct {
		name     string
		key, now []byte
		spoil    func(header []byte)
	}{
		{"of another version", nil, nil, func(h []byte) { h[16]++ }},
		{"whose header is damaged", nil, nil, func(h []byte) { h[0]++ }},
		{"that is encrypted now", nil, one, nil},
		{"that was encrypted", one, nil, nil},
		{"with another key", one, two, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			s := open(t, disk.Config{Files: disk.Folder(folder), Bytes: mebibyte, Key: c.key})
			if err := put(s, 1, 1, 1000); err != nil {
				t.Fatal(err)
			}
			closed(t, s)
			if c.spoil != nil {
				edit(t, filepath.Join(folder, "cache.index"), func(b []byte) []byte { c.spoil(b); return b })
			}
			s = open(t, disk.Config{Files: disk.Folder(folder), Bytes: mebibyte, Key: c.now})
			mustVersion(t, s, 1, 0)
			if err := put(s, 1, 2, 1000); err != nil {
				t.Fatal(err)
			}
			mustVersion(t, s, 1, 2)
			closed(t, s)
		})
	}
}

// edit changes the bytes of a file.
func edit(t testing.TB, name string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, change(data))
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOneStoreAFolder(t *testing.T) {
	cfg := disk.Config{Files: disk.Folder(t.TempDir()), Bytes: mebibyte}
	s := open(t, cfg)
	if _, err := disk.Open(cfg); !errors.Is(err, disk.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	closed(t, s)
	closed(t, open(t, cfg))
}

func TestAnotherSize(t *testing.T) {
	folder := disk.Folder(t.TempDir())
	s := open(t, disk.Config{Files: folder, Bytes: 8 * mebibyte})
	for n := range 60 {
		if err := put(s, n, 1, 100_000); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, s)
	for _, size := range []int64{2 * mebibyte, 16 * mebibyte} {
		s = open(t, disk.Config{Files: folder, Bytes: size})
		left := 0
		for n := range 60 {
			v, err := version(s, n)
			if err != nil {
				t.Error(err)
			}
			left += v
		}
		if left == 0 || left > 20 {
			t.Errorf("%d entries are left", left)
		}
		closed(t, s)
		if size := filesIn(t, string(folder)); size > 2*mebibyte {
			t.Errorf("the files have %d bytes", size)
		}
	}
}

// filesIn returns what the files of a folder take together.
func filesIn(t *testing.T, folder string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(folder, func(_ string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		info, err := f.Info()
		if err == nil {
			size += taken(info)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// However entries come and go, the files stay within the bound.
func TestTheFilesKeepToTheBound(t *testing.T) {
	folder := t.TempDir()
	s := open(t, disk.Config{Files: disk.Folder(folder), Bytes: 2 * mebibyte})
	sizes := []int{10, 5000, 70_000, 250_000}
	s.AwaitSweep()
	for n := range 1500 {
		if err := put(s, n, 1, sizes[n%len(sizes)]); err != nil {
			t.Fatal(err)
		}
		if v, err := version(s, n*7919%(n+1)); err != nil || v > 1 {
			t.Fatal(v, err)
		}
	}
	if stats := s.Stats(); stats.Bytes > 2*mebibyte || stats.Evicted == 0 {
		t.Errorf("%+v", stats)
	}
	before := s.Stats().Entries
	closed(t, s)
	if size := filesIn(t, folder); size > 2*mebibyte {
		t.Errorf("the files have %d bytes", size)
	}
	s = open(t, disk.Config{Files: disk.Folder(folder), Bytes: 2 * mebibyte})
	if now := s.Stats().Entries; now != before {
		t.Errorf("there were %d entries, and there are %d", before, now)
	}
	closed(t, s)
}

func TestConfig(t *testing.T) {
	for _, c := range []disk.Config{
		{Bytes: 1000},
		{Bytes: 1 << 50},
		{Bytes: mebibyte, ObjectBytes: mebibyte},
		{Bytes: mebibyte, Key: []byte("short")},
	} {
		c.Files = disk.Folder(t.TempDir())
		if s, err := disk.Open(c); err == nil {
			t.Errorf("%+v was accepted", c)
			closed(t, s)
		}
	}
}

// A body is read in pieces of any size, whole blocks among them, and never written beyond.
func TestPiecesOfABody(t *testing.T) {
	const length = 300_000
	want := contentOf(1, 1, length)
	for _, key := range [][]byte{nil, bytes.Repeat([]byte{7}, 32)} {
		s := open(t, disk.Config{Files: disk.Folder(t.TempDir()), Bytes: 4 * mebibyte, Key: key})
		if err := put(s, 1, 1, length); err != nil {
			t.Fatal(err)
		}
		e, err := s.Get(t.Context(), keyOf(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []int{0, 1, 65536, 262144} {
			for _, size := range []int{1000, 65535, 65536, 65537, length} {
				body := e.Section(httpmsg.ByteRange{Start: int64(start), Length: int64(length - start - start%2)})
				var got []byte
				buf := make([]byte, size+100)
				for n := 0; err == nil; got = append(got, buf[:n]...) {
					n, err = body.Read(buf[:size])
				}
				if !errors.Is(err, io.EOF) || !bytes.Equal(got, want[start:length-start%2]) || !bytes.Equal(buf[size:], make([]byte, 100)) {
					t.Errorf("%d bytes at a time from %d on: %v", size, start, err)
				}
				err = body.Close()
			}
		}
		_ = e.Close()
		closed(t, s)
	}
}
