package disk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"hedge/cache"
	"hedge/cache/disk"
)

// faulty is a folder whose operations are counted. Some of them fail.
type faulty struct {
	disk.FS
	count atomic.Int64
	fails func(n int64, op string) error // what the operation n, which begins with 1, fails with
}

func (f *faulty) next(op string) error { return f.fails(f.count.Add(1), op) }

func (f *faulty) Lock() (io.Closer, error) {
	if err := f.next("lock"); err != nil {
		return nil, err
	}
	return f.FS.Lock()
}

func (f *faulty) Open(name string) (disk.File, error) {
	if err := f.next("open"); err != nil {
		return nil, err
	}
	file, err := f.FS.Open(name)
	return &faultyFile{file, f}, err
}

func (f *faulty) Own() (disk.OwnFS, error) {
	if err := f.next("own"); err != nil {
		return nil, err
	}
	own, err := f.FS.Own()
	if own == nil || err != nil {
		return nil, err
	}
	return &faultyOwn{own, f}, nil
}

// faultyOwn is the folder of files that content has to itself.
type faultyOwn struct {
	disk.OwnFS
	fs *faulty
}

func (f *faultyOwn) Create(name string) (disk.OwnFile, error) {
	if err := f.fs.next("create"); err != nil {
		return nil, err
	}
	file, err := f.OwnFS.Create(name)
	return &faultyOwnFile{file, f.fs}, err
}

func (f *faultyOwn) Open(name string) (disk.OwnFile, error) {
	if err := f.fs.next("open"); err != nil {
		return nil, err
	}
	file, err := f.OwnFS.Open(name)
	return &faultyOwnFile{file, f.fs}, err
}

func (f *faultyOwn) Remove(name string) error {
	if err := f.fs.next("remove"); err != nil {
		return err
	}
	return f.OwnFS.Remove(name)
}

func (f *faultyOwn) Each(do func(name string) bool) error {
	if err := f.fs.next("list"); err != nil {
		return err
	}
	return f.OwnFS.Each(do)
}

type faultyOwnFile struct {
	disk.OwnFile
	fs *faulty
}

func (f *faultyOwnFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fs.next("read"); err != nil {
		return 0, err
	}
	return f.OwnFile.ReadAt(p, off)
}

func (f *faultyOwnFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.fs.next("write"); err != nil {
		n, _ := f.OwnFile.WriteAt(p[:len(p)/2], off)
		return n, err
	}
	return f.OwnFile.WriteAt(p, off)
}

func (f *faultyOwnFile) State() (disk.FileState, error) {
	if err := f.fs.next("read"); err != nil {
		return disk.FileState{}, err
	}
	return f.OwnFile.State()
}

type faultyFile struct {
	disk.File
	fs *faulty
}

func (f *faultyFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fs.next("read"); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// WriteAt writes a half when it fails.
func (f *faultyFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.fs.next("write"); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], off)
		return n, err
	}
	return f.File.WriteAt(p, off)
}

func (f *faultyFile) Size() (int64, error) {
	if err := f.fs.next("size"); err != nil {
		return 0, err
	}
	return f.File.Size()
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.fs.next("truncate"); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f *faultyFile) Punch(off, length int64) error {
	if err := f.fs.next("punch"); err != nil {
		return err
	}
	return f.File.Punch(off, length)
}

// Sync does nothing else, as no test cuts the power.
func (f *faultyFile) Sync() error { return f.fs.next("sync") }

// script uses a store in every way. It returns what an entry has to be, where that was
// said; -1 stands for what was not.
func script(s *disk.Store) (want map[int]int) {
	want = map[int]int{}
	for v := 1; v <= 2; v++ {
		for n := range 6 {
			length := []int{10, 70_000, 300_000}[n%3]
			if err := put(s, n, v, length); err != nil {
				want[n] = -1 // the one before, or none
			} else {
				want[n] = v
			}
		}
	}
	for _, n := range []int{3, 4} {
		e, err := s.Get(context.Background(), keyOf(n))
		if err != nil || e == nil {
			continue
		}
		changed := *e.Meta
		changed.Status = 203
		if s.Change(context.Background(), e, &changed) != nil {
			want[n] = -1
		}
		_ = e.Close()
	}
	if e, err := s.Get(context.Background(), keyOf(5)); err == nil && e != nil {
		want[5] = 0
		if s.Change(context.Background(), e, nil) != nil {
			want[5] = -1
		}
		_ = e.Close()
	}
	return want
}

// check reads all entries: what was said to be there may be gone, as a cache may lose it,
// and nothing else may be in its place.
func check(t *testing.T, s *disk.Store, want map[int]int) {
	t.Helper()
	for n, v := range want {
		found, err := version(s, n)
		if err != nil {
			t.Error(err)
		}
		if v >= 0 && found != 0 && found != v {
			t.Errorf("the entry %d has the version %d, not %d", n, found, v)
		}
	}
}

// Whichever operation fails: the store says so, goes on, and has no wrong answer then or
// after a restart.
func TestEachOperationFails(t *testing.T) {
	faults := []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS}
	for n := int64(1); failAt(t, n, faults[n%3]); n++ {
	}
}

// failAt has the operation n fail, and reports whether there are so many.
func failAt(t *testing.T, n int64, fault error) bool {
	t.Helper()
	failed := ""
	fs := &faulty{FS: disk.Folder(t.TempDir())}
	fs.fails = func(count int64, op string) error {
		if count != n {
			return nil
		}
		failed = op
		return fault
	}
	cfg := disk.Config{Files: fs, Bytes: 2 * mebibyte, ObjectBytes: mebibyte, SyncEvery: 1 << 62}
	s, err := disk.Open(cfg)
	if err != nil {
		if !errors.Is(err, fault) {
			t.Errorf("opening fails with %v", err)
		}
		if s, err = disk.Open(cfg); err != nil {
			t.Fatalf("after a failed %s the folder cannot be opened: %v", failed, err)
		}
	}
	s.AwaitSweep()
	want := script(s)
	check(t, s, want)
	_ = s.Close()
	fs.fails = func(int64, string) error { return nil }
	s = open(t, cfg)
	s.AwaitSweep()
	check(t, s, want)
	mustWork(t, s)
	closed(t, s)
	return failed != ""
}

func mustWork(t *testing.T, s *disk.Store) {
	t.Helper()
	for n, length := range []int{1000, 70_000, 300_000} {
		if err := put(s, n, 9, length); err != nil {
			t.Error(err)
		}
		mustVersion(t, s, n, 9)
	}
}

// A disk that takes nothing any more answers what it has.
func TestADiskThatTakesNothing(t *testing.T) {
	for _, fault := range []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS} {
		fs := &faulty{FS: disk.Folder(t.TempDir()), fails: func(int64, string) error { return nil }}
		cfg := disk.Config{Files: fs, Bytes: 4 * mebibyte, ObjectBytes: mebibyte, SyncEvery: 1 << 62}
		s := open(t, cfg)
		s.AwaitSweep()
		for n := range 20 {
			if err := put(s, n, 1, []int{100_000, disk.OwnBytes}[n/18]); err != nil {
				t.Fatal(err)
			}
		}
		var broken atomic.Bool
		broken.Store(true)
		fs.fails = func(_ int64, op string) error {
			if broken.Load() && op != "read" {
				return fault
			}
			return nil
		}
		for n := range 1000 {
			if err := put(s, 20+n, 1, []int{100, 100_000, disk.OwnBytes}[n%3]); !errors.Is(err, fault) {
				t.Fatalf("storing fails with %v", err)
			}
		}
		for n := range 20 {
			mustVersion(t, s, n, 1)
		}
		if s.Stats().Failed == 0 {
			t.Error("nothing was counted")
		}
		e, err := s.Get(t.Context(), keyOf(3))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Change(t.Context(), e, nil); !errors.Is(err, fault) {
			t.Errorf("removing fails with %v", err)
		}
		_ = e.Close()
		mustVersion(t, s, 3, 0)
		broken.Store(false)
		if err := put(s, 100, 1, 10); err != nil {
			t.Error(err)
		}
		closed(t, s)
		s = open(t, cfg)
		mustVersion(t, s, 3, 0) // was removed although the disk did not take it at the time
		mustVersion(t, s, 4, 1)
		closed(t, s)
	}
}

// Who reads does not wait for anything that somebody else writes, however long the disk takes
// for it: be it content, a head or the table.
func TestReadsDoNotWaitForWrites(t *testing.T) {
	for writes := int64(1); writes <= 3; writes++ {
		var count atomic.Int64
		stuck, goOn := make(chan struct{}), make(chan struct{})
		fs := &faulty{FS: disk.Folder(t.TempDir()), fails: func(_ int64, op string) error {
			if op == "write" && count.Add(-1) == 0 {
				close(stuck)
				<-goOn
			}
			return nil
		}}
		s := open(t, disk.Config{Files: fs, Bytes: 4 * mebibyte, ObjectBytes: mebibyte, SyncEvery: 1 << 62})
		s.AwaitSweep()
		if err := put(s, 1, 1, 100_000); err != nil {
			t.Fatal(err)
		}
		count.Store(writes)
		var storing sync.WaitGroup
		storing.Go(func() {
			if err := put(s, 2, 1, 70_000); err != nil {
				t.Error(err)
			}
		})
		<-stuck
		mustVersion(t, s, 1, 1)
		close(goOn)
		storing.Wait()
		mustVersion(t, s, 2, 1)
		closed(t, s)
	}
}

// What could not be written can be read by those who wait for it.
func TestAWriterOfAFullDiskCanBeRead(t *testing.T) {
	var full atomic.Bool
	fs := &faulty{FS: disk.Folder(t.TempDir()), fails: func(_ int64, op string) error {
		if full.Load() && op == "write" {
			return syscall.ENOSPC
		}
		return nil
	}}
	s := open(t, disk.Config{Files: fs, Bytes: 8 * mebibyte})
	w, err := s.Put(t.Context(), keyOf(1), -1)
	if err != nil {
		t.Fatal(err)
	}
	data, n := contentOf(1, 1, 400_000), 0
	for err == nil {
		full.Store(n > 200_000)
		var took int
		took, err = w.Write(data[n:min(n+30_000, len(data))])
		n += took
	}
	if !errors.Is(err, syscall.ENOSPC) || n < 200_000 {
		t.Errorf("%d bytes were taken, then %v", n, err)
	}
	got := make([]byte, n)
	if read, err := w.ReadAt(got, 0); read != n || err != nil || string(got) != string(data[:n]) {
		t.Errorf("%d of %d bytes can be read: %v", read, n, err)
	}
	if err := w.Commit(metaOf(1, 1, n)); err == nil {
		t.Error("it was committed")
	}
	w.Abort()
	w.Release()
	full.Store(false)
	mustWork(t, s)
	closed(t, s)
}

// Entries of several keys are stored, changed, removed and read at once, in a store that
// is too small for them.
func TestManyAtOnce(t *testing.T) {
	s := open(t, disk.Config{Files: disk.Folder(t.TempDir()), Bytes: 2 * mebibyte, ObjectBytes: mebibyte / 2})
	s.AwaitSweep()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 300 {
				n := (i*7 + worker) % 40
				if err := put(s, n, i+1, i*977%400_000); err != nil && !errors.Is(err, cache.ErrTooLarge) && !errors.Is(err, cache.ErrNoRoom) {
					t.Error(err)
				}
				if _, err := version(s, (n*3+i)%40); err != nil {
					t.Error(err)
				}
				if e, err := s.Get(context.Background(), keyOf(i%40)); err == nil && e != nil {
					switch i % 4 {
					case 0:
						_ = s.Change(context.Background(), e, nil)
					case 1:
						var n, v int
						_, _ = fmt.Sscanf(e.Meta.Target, "/%d/%d", &n, &v)
						if err := s.Change(context.Background(), e, metaOf(n, v, int(e.Meta.Length))); err != nil && !errors.Is(err, cache.ErrReplaced) {
							t.Error(err)
						}
					}
					_ = e.Close()
				}
			}
		})
	}
	all.Wait()
	closed(t, s)
}
