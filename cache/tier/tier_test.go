package tier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/mem"
	"hedge/cache/storetest"
	"hedge/cache/tier"
	"hedge/httpmsg"
)

func openHot(t *testing.T, size int64) *mem.Store {
	t.Helper()
	hot, err := mem.New(mem.Config{Bytes: size, ObjectBytes: size / 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hot.Close)
	return hot
}

func openCold(t *testing.T, folder string) *disk.Store {
	t.Helper()
	cold, err := disk.Open(disk.Config{Files: disk.Folder(folder), Bytes: storetest.Bytes, ObjectBytes: storetest.ObjectBytes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cold.Leave(t.Context()) })
	return cold
}

func newTier(t *testing.T, hotBytes int64) *tier.Store {
	t.Helper()
	s := tier.New(tier.Config{Hot: openHot(t, hotBytes), HotBytes: 64 << 10})
	t.Cleanup(s.Close)
	return s
}

func attach(t *testing.T, s *tier.Store, cold cache.Store) {
	t.Helper()
	if err := s.Attach(t.Context(), func(bool) (cache.Store, func(), error) { return cold, nil, nil }); err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) cache.Store {
		s := newTier(t, 1<<20)
		attach(t, s, openCold(t, t.TempDir()))
		return s
	})
}

// What is in memory beside the disk is a fraction: most entries of this suite are on the
// disk alone when they are asked for.
func TestStoreWithLittleMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) cache.Store {
		s := newTier(t, 8<<10)
		attach(t, s, openCold(t, t.TempDir()))
		return s
	})
}

func TestStoreWithoutADisk(t *testing.T) {
	storetest.Run(t, func(t *testing.T) cache.Store {
		hot, err := mem.New(mem.Config{Bytes: storetest.Bytes, ObjectBytes: storetest.ObjectBytes})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(hot.Close)
		s := tier.New(tier.Config{Hot: hot, HotBytes: 64 << 10})
		t.Cleanup(s.Close)
		return s
	})
}

// What there is no room for in memory right now, as too much is being stored there, is read from
// the disk.
func TestNoRoomInMemory(t *testing.T) {
	hot, cold := openHot(t, 256<<10), openCold(t, t.TempDir())
	s := tier.New(tier.Config{Hot: hot, HotBytes: 64 << 10})
	t.Cleanup(s.Close)
	attach(t, s, cold)
	put(t, cold, 1, 1, 40_000)
	w, err := hot.Put(t.Context(), key(2), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { w.Abort(); w.Release() }()
	if _, err := w.Write(content(2, 1, 60_000)); err != nil {
		t.Fatal(err)
	}
	if n := version(t, s, 1); n != 1 {
		t.Errorf("the version %d was found", n)
	}
}

// refusing is a store that takes and has nothing, as one on a disk that fails.
type refusing struct{ calls atomic.Int64 }

var errDisk = errors.New("input/output error")

func (r *refusing) Get(context.Context, cache.Key) (*cache.Entry, error) {
	r.calls.Add(1)
	return nil, errDisk
}

func (r *refusing) Put(context.Context, cache.Key, int64) (cache.Writer, error) {
	r.calls.Add(1)
	return nil, errDisk
}

func (r *refusing) Change(context.Context, *cache.Entry, *cache.Meta) error {
	r.calls.Add(1)
	return errDisk
}

func TestADiskThatFails(t *testing.T) {
	s := newTier(t, 1<<20)
	r := &refusing{}
	attach(t, s, r)
	put(t, s, 1, 1, 1000)
	if v := version(t, s, 1); v != 1 || r.calls.Load() == 0 {
		t.Errorf("version %d", v)
	}
	if w, err := s.Put(t.Context(), key(2), 100<<10); err == nil { // for memory alone
		w.Abort()
		w.Release()
	} else {
		t.Error(err)
	}
}

func key(n int) (k cache.Key) {
	copy(k[:], fmt.Sprintf("%02x-%d", n, n))
	return k
}

// content is made of the numbers, so that nothing else has the same.
func content(n, version, length int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%08d/%07d|", n, version), length/17+1)[:length]
}

func put(t testing.TB, s cache.Store, n, version, length int) {
	t.Helper()
	if err := tryPut(s, n, version, length); err != nil {
		t.Fatal(err)
	}
}

func tryPut(s cache.Store, n, version, length int) error {
	w, err := s.Put(context.Background(), key(n), int64(length))
	if err != nil {
		return err
	}
	defer w.Release()
	defer w.Abort()
	if _, err := w.Write(content(n, version, length)); err != nil {
		return err
	}
	return w.Commit(&cache.Meta{App: "a", Status: 200, Length: int64(length), Size: int64(version)})
}

// version returns which version of an entry there is, 0 for none.
func version(t testing.TB, s cache.Store, n int) int {
	e, err := s.Get(context.Background(), key(n))
	if err != nil || e == nil {
		return 0
	}
	defer func() { _ = e.Close() }()
	body := e.Section(httpmsg.ByteRange{Length: e.Meta.Length})
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	v := int(e.Meta.Size)
	if err != nil || !bytes.Equal(data, content(n, v, len(data))) {
		t.Errorf("the entry %d has other bytes: %v", n, err)
	}
	return v
}

func remove(s cache.Store, n int) error {
	e, err := s.Get(context.Background(), key(n))
	if err != nil || e == nil {
		return err
	}
	defer func() { _ = e.Close() }()
	return s.Change(context.Background(), e, nil)
}

// What is on the disk alone comes into memory when it is asked for, if it is short.
func TestWarm(t *testing.T) {
	cold := openCold(t, t.TempDir())
	put(t, cold, 1, 1, 1000)
	put(t, cold, 2, 1, 64<<10)
	put(t, cold, 3, 1, 64<<10+1)
	hot := openHot(t, 1<<20)
	s := tier.New(tier.Config{Hot: hot, HotBytes: 64 << 10})
	defer s.Close()
	attach(t, s, cold)
	for n := range 4 {
		version(t, s, n)
	}
	for n, want := range []int{0, 1, 1, 0} {
		if v := version(t, hot, n); v != want {
			t.Errorf("memory has version %d of the entry %d, want %d", v, n, want)
		}
	}
}

// What was stored, removed or not found before the disk came is not what the disk has
// from earlier.
func TestADiskThatComesLate(t *testing.T) {
	folder := t.TempDir()
	before := openCold(t, folder)
	for n := range 6 {
		put(t, before, n, 1, 1000)
	}
	if err := before.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := tier.New(tier.Config{Hot: openHot(t, 1<<20), HotBytes: 64 << 10})
	put(t, s, 0, 2, 1000)
	put(t, s, 1, 2, 1000)
	if err := errors.Join(remove(s, 1), remove(s, 2)); err != nil {
		t.Fatal(err)
	}
	version(t, s, 3)
	cold := openCold(t, folder)
	attach(t, s, cold)
	want := []int{2, 0, 0, 0, 1, 1}
	for n := range want {
		if v := version(t, s, n); v != want[n] {
			t.Errorf("there is version %d of the entry %d, want %d", v, n, want[n])
		}
	}
	s.Close()
	for n := range want {
		if v := version(t, cold, n); v != want[n] && v != 0 { // which it has until it is copied
			t.Errorf("the disk has version %d of the entry %d, want %d", v, n, want[n])
		}
	}
}

// With more changes than can be remembered, the disk has to be empty.
func TestADiskThatComesTooLate(t *testing.T) {
	s := newTier(t, 1<<20)
	var asked []bool
	for n := range 1<<18 + 1 {
		var k cache.Key
		copy(k[:], fmt.Sprint(n))
		_, _ = s.Get(t.Context(), k)
	}
	err := s.Attach(t.Context(), func(empty bool) (cache.Store, func(), error) {
		asked = append(asked, empty)
		return openCold(t, t.TempDir()), nil, nil
	})
	if err != nil || len(asked) != 1 || !asked[0] {
		t.Errorf("%v, %v", asked, err)
	}
}

// One goroutine for each key stores and removes it, while others read all of them, memory
// is far too small, and the disk comes and goes: nobody ever sees what was there before
// what has been stored.
func TestNothingOldComesBack(t *testing.T) {
	const keys, rounds = 8, 400
	folder := t.TempDir()
	before := openCold(t, folder)
	for n := range keys {
		put(t, before, n, 1, 2000)
	}
	if err := before.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := newTier(t, 16<<10)
	var oldest [keys]atomic.Int64 // what may still be seen
	var writers, readers sync.WaitGroup
	over := make(chan struct{})
	for n := range keys {
		oldest[n].Store(1)
		writers.Go(func() {
			for v := 2; v < rounds; v++ {
				if v%5 == 0 {
					if err := remove(s, n); err != nil && !errors.Is(err, cache.ErrClosed) {
						t.Errorf("remove: %v", err)
					}
				} else if err := tryPut(s, n, v, 100+v*37%3000); errors.Is(err, cache.ErrNoRoom) {
					continue // what was there before stays
				} else if err != nil {
					t.Errorf("put: %v", err)
				}
				oldest[n].Store(int64(v))
			}
		})
		readers.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				for n := range keys {
					least := oldest[n].Load()
					if v := version(t, s, n); v != 0 && int64(v) < least {
						t.Errorf("version %d of the entry %d was seen after %d", v, n, least)
					}
				}
			}
		})
	}
	cold := openCold(t, folder)
	attach(t, s, cold)
	writers.Wait()
	s.Detach()
	if err := cold.Leave(t.Context()); err != nil {
		t.Error(err)
	}
	close(over)
	readers.Wait()
	again := openCold(t, folder)
	for n := range keys {
		if v := version(t, again, n); v != 0 && int64(v) < oldest[n].Load() {
			t.Errorf("version %d of the entry %d is left on the disk", v, n)
		}
	}
}
