package disk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/httpmsg"
	"hedge/sock/socktest"
)

// openOwn opens a store that keeps what is large in files of their own.
func openOwn(t *testing.T, cfg disk.Config) *disk.Store {
	t.Helper()
	s := open(t, cfg)
	s.AwaitSweep()
	return s
}

// send delivers a body as a server does, and returns how much of it was moved.
func send(to *net.TCPConn, body io.Reader) (moved int64, err error) {
	buf := make([]byte, 64<<10)
	for {
		n, err := body.(httpmsg.Mover).Move(to, 256<<10)
		if moved += n; err != nil {
			return moved, noEnd(err)
		}
		if n > 0 {
			continue
		}
		read, err := body.Read(buf)
		if _, wrong := to.Write(buf[:read]); err != nil || wrong != nil {
			return moved, errors.Join(noEnd(err), wrong)
		}
	}
}

func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// mustSend delivers a part of an entry and compares it. It returns how much was moved.
func mustSend(t *testing.T, s cache.Store, n, start int, want []byte) (moved int64) {
	t.Helper()
	e, err := s.Get(t.Context(), keyOf(n))
	if err != nil || e == nil {
		t.Fatalf("there is no entry: %v", err)
	}
	defer e.Close()
	near, far := socktest.Pair(t)
	var got []byte
	var reading sync.WaitGroup
	reading.Go(func() { got, _ = io.ReadAll(far) })
	body := e.Section(httpmsg.ByteRange{Start: int64(start), Length: int64(len(want))})
	moved, err = send(near, body)
	_, _ = body.Close(), near.Close()
	if reading.Wait(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d of %d bytes came, and they were not right: %v", len(got), len(want), err)
	}
	return moved
}

// What was read once is sent by the system from then on: whole and in part.
func TestWhatIsLargeIsMoved(t *testing.T) {
	now := time.Now()
	s := openOwn(t, disk.Config{Files: disk.Folder(t.TempDir()), Bytes: 16 * mebibyte, Now: func() time.Time { return now }})
	const length = mebibyte + 5000
	if err := put(s, 1, 1, length); err != nil {
		t.Fatal(err)
	}
	want := contentOf(1, 1, length)
	if moved := mustSend(t, s, 1, 0, want); moved != 0 {
		t.Errorf("%d bytes were moved before they were checked", moved)
	}
	for _, part := range [][2]int{{0, length}, {1, length - 1}, {70_000, 400_000}, {length - 1, length}} {
		if moved := mustSend(t, s, 1, part[0], want[part[0]:part[1]]); moved != int64(part[1]-part[0]) {
			t.Errorf("%d bytes were moved of those from %d to %d", moved, part[0], part[1])
		}
	}
	now = now.Add(2 * time.Minute)
	if moved := mustSend(t, s, 1, 0, want); moved != 0 {
		t.Errorf("%d bytes were moved that were checked long ago", moved)
	}
	closed(t, s)
}

// What is encrypted, short, or of a length that nobody knew, has no file of its own.
func TestWhatHasNoFileOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	s := openOwn(t, disk.Config{Files: disk.Folder(folder), Bytes: 16 * mebibyte, Key: bytes.Repeat([]byte{7}, 32)})
	if err := put(s, 1, 1, mebibyte); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if moved := mustSend(t, s, 1, 0, contentOf(1, 1, mebibyte)); moved != 0 {
			t.Errorf("%d bytes were moved of what is encrypted", moved)
		}
	}
	closed(t, s)
	s = openOwn(t, disk.Config{Files: disk.Folder(folder), Bytes: 16 * mebibyte})
	if err := put(s, 1, 1, disk.OwnBytes-1); err != nil {
		t.Fatal(err)
	}
	w, err := s.Put(t.Context(), keyOf(2), -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(contentOf(2, 1, mebibyte)); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(metaOf(2, 1, mebibyte)); err != nil {
		t.Fatal(err)
	}
	w.Release()
	mustVersion(t, s, 1, 1)
	mustVersion(t, s, 2, 1)
	if files := ownFilesIn(t, folder); len(files) != 0 {
		t.Errorf("there are %v", files)
	}
	closed(t, s)
}

// What changes behind the store's back is found, before and after it was checked, and costs
// the entry. No wrong byte is sent.
func TestAFileChangesBehindTheStoresBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		known  bool // it was checked before
		reopen bool
		change func(name string) error
	}{
		{"a byte, before anybody has read it", false, false, flip},
		{"a byte, after it was checked", true, false, flip},
		{"a byte, while the store was closed", true, true, flip},
		{"it is torn, after it was checked", true, false, tear},
		{"it is torn, while the store was closed", true, true, tear},
		{"it is gone", true, true, os.Remove},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			cfg := disk.Config{Files: disk.Folder(folder), Bytes: 16 * mebibyte}
			s := openOwn(t, cfg)
			if err := put(s, 1, 1, mebibyte); err != nil {
				t.Fatal(err)
			}
			if c.known {
				for range 2 {
					mustSend(t, s, 1, 0, contentOf(1, 1, mebibyte))
				}
			}
			if c.reopen {
				closed(t, s)
			}
			if err := c.change(ownFilesIn(t, folder)[0]); err != nil {
				t.Fatal(err)
			}
			if c.reopen {
				s = openOwn(t, cfg)
			}
			mustSendNothingWrong(t, s)
			mustVersion(t, s, 1, 0)
			if stats := s.Stats(); stats.Damaged != 1 || stats.Entries != 0 {
				t.Errorf("%+v", stats)
			}
			if err := put(s, 1, 2, mebibyte); err != nil {
				t.Error(err)
			}
			mustVersion(t, s, 1, 2)
			closed(t, s)
		})
	}
}

func flip(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	one := make([]byte, 1)
	_, err = f.ReadAt(one, 700_000)
	one[0] ^= 1
	_, wrong := f.WriteAt(one, 700_000)
	return errors.Join(err, wrong)
}

func tear(name string) error { return os.Truncate(name, 700_000) }

// mustSendNothingWrong delivers an entry that is damaged, as far as it can be.
func mustSendNothingWrong(t *testing.T, s cache.Store) {
	t.Helper()
	e, err := s.Get(t.Context(), keyOf(1))
	if err != nil || e == nil {
		return
	}
	defer e.Close()
	near, far := socktest.Pair(t)
	var got []byte
	var reading sync.WaitGroup
	reading.Go(func() { got, _ = io.ReadAll(far) })
	body := e.Section(httpmsg.ByteRange{Length: e.Meta.Length})
	_, err = send(near, body)
	_, _ = body.Close(), near.Close()
	reading.Wait()
	if err == nil || !bytes.HasPrefix(contentOf(1, 1, mebibyte), got) || len(got) > 700_000 {
		t.Errorf("%d bytes came, then %v", len(got), err)
	}
}

// What has left the system's memory is checked when it comes back.
func TestWhatHasLeftMemoryIsCheckedAgain(t *testing.T) {
	folder := t.TempDir()
	s := openOwn(t, disk.Config{Files: disk.Folder(folder), Bytes: 16 * mebibyte})
	if err := put(s, 1, 1, mebibyte); err != nil {
		t.Fatal(err)
	}
	want := contentOf(1, 1, mebibyte)
	mustSend(t, s, 1, 0, want)
	f, err := os.OpenFile(ownFilesIn(t, folder)[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 512<<10, 256<<10, unix.FADV_DONTNEED)); err != nil {
		t.Fatal(err)
	}
	var have unix.Cachestat_t
	if err := unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{Off: 512 << 10, Len: 64 << 10}, &have, 0); err != nil || have.Cache > 0 {
		t.Skipf("the file system keeps it in memory: %v", err)
	}
	if moved := mustSend(t, s, 1, 512<<10, want[512<<10:]); moved != 0 {
		t.Errorf("%d bytes were moved that were not checked", moved)
	}
	if moved := mustSend(t, s, 1, 512<<10, want[512<<10:]); moved != 512<<10 {
		t.Errorf("%d bytes were moved after they had been checked", moved)
	}
	closed(t, s)
}

// What was given to a connection stays what it was, when the entry is evicted, and its room
// used for others, before the client has read it.
func TestEvictionUnderASlowClient(t *testing.T) {
	folder := t.TempDir()
	s := openOwn(t, disk.Config{Files: disk.Folder(folder), Bytes: 4 * mebibyte, ObjectBytes: 2 * mebibyte})
	if err := put(s, 1, 1, mebibyte); err != nil {
		t.Fatal(err)
	}
	want := contentOf(1, 1, mebibyte)
	mustSend(t, s, 1, 0, want)
	near, far := socktest.Pair(t)
	if err := near.SetWriteBuffer(8 * mebibyte); err != nil {
		t.Fatal(err)
	}
	e, err := s.Get(t.Context(), keyOf(1))
	if err != nil || e == nil {
		t.Fatal(e, err)
	}
	body := e.Section(httpmsg.ByteRange{Length: mebibyte})
	sent := make(chan int64)
	go func() {
		moved, _ := send(near, body)
		_, _, _ = body.Close(), e.Close(), near.Close()
		sent <- moved
	}()
	evict := func() {
		for n := 10; ; n++ {
			if err := put(s, n, 1, []int{700_000, 20_000}[n%2]); err != nil && !errors.Is(err, cache.ErrNoRoom) {
				t.Fatal(err)
			}
			if n > 60 {
				return
			}
		}
	}
	evict() // while it is being sent, or is on its way
	got := make([]byte, 100_000)
	if _, err := io.ReadFull(far, got); err != nil {
		t.Fatal(err)
	}
	evict()
	rest, err := io.ReadAll(far)
	if got = append(got, rest...); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d of %d bytes came, and they were not right: %v", len(got), len(want), err)
	}
	if moved := <-sent; moved == 0 {
		t.Error("nothing was moved")
	}
	evict()
	mustVersion(t, s, 1, 0)
	closed(t, s)
}

// Files that nobody has are removed after a start, and those that somebody has are not.
func TestOrphans(t *testing.T) {
	folder := t.TempDir()
	cfg := disk.Config{Files: disk.Folder(folder), Bytes: 16 * mebibyte}
	s := openOwn(t, cfg)
	if err := put(s, 1, 1, mebibyte); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	live := ownFilesIn(t, folder)
	name := live[0]
	for _, orphan := range []string{name[:len(name)-1] + "9", name + "x", filepath.Join(filepath.Dir(name), "0123456789abcdef-0000010000000001")} {
		write(t, orphan, []byte("left behind"))
	}
	s = openOwn(t, cfg)
	if now := ownFilesIn(t, folder); len(now) != 1 || now[0] != name {
		t.Errorf("there are %v", now)
	}
	mustVersion(t, s, 1, 1)
	closed(t, s)
	cfg.Empty = true
	s = openOwn(t, cfg)
	if now := ownFilesIn(t, folder); len(now) != 0 {
		t.Errorf("an emptied folder has %v", now)
	}
	closed(t, s)
}

// Short and long content take each other's room, and all files stay within the bound.
func TestOwnFilesKeepToTheBound(t *testing.T) {
	folder := t.TempDir()
	cfg := disk.Config{Files: disk.Folder(folder), Bytes: 8 * mebibyte, ObjectBytes: 2 * mebibyte}
	s := openOwn(t, cfg)
	sizes := [][]int{{10, 5000, 70_000}, {300_000, 1_500_000}, {90_000, 700_000, 100}, {2000}, {500_000}}
	for n := range 500 {
		now := sizes[n/100]
		if err := put(s, n, 1, now[n%len(now)]); err != nil {
			t.Fatal(err)
		}
		if _, err := version(s, n*7919%(n+1)); err != nil {
			t.Fatal(err)
		}
		if n%50 == 0 {
			if size := filesIn(t, folder); size > cfg.Bytes {
				t.Errorf("after %d entries the files take %d bytes", n, size)
			}
		}
		if n%150 == 149 {
			before := s.Stats()
			closed(t, s)
			s = openOwn(t, cfg)
			if now := s.Stats(); now.Entries != before.Entries || now.Bytes != before.Bytes {
				t.Errorf("there were %+v, and there are %+v", before, now)
			}
		}
	}
	stats, size := s.Stats(), filesIn(t, folder)
	if size > cfg.Bytes || stats.Bytes > cfg.Bytes || stats.Bytes < cfg.Bytes/2 || stats.Failed > 0 || stats.Damaged > 0 {
		t.Errorf("the files take %d bytes: %+v", size, stats)
	}
	closed(t, s)
}

// Entries with files of their own are stored, replaced, removed and sent at once.
func TestOwnFilesAtOnce(t *testing.T) {
	folder := t.TempDir()
	s := openOwn(t, disk.Config{Files: disk.Folder(folder), Bytes: 4 * mebibyte, ObjectBytes: mebibyte})
	var all sync.WaitGroup
	for worker := range 3 {
		near, far := socktest.Pair(t)
		all.Go(func() { _, _ = io.Copy(io.Discard, far) })
		all.Go(func() {
			defer near.Close()
			for i := range 60 {
				n := (i*7 + worker) % 12
				if err := put(s, n, i+1, disk.OwnBytes+i*1000); err != nil && !errors.Is(err, cache.ErrNoRoom) {
					t.Error(err)
				}
				e, err := s.Get(context.Background(), keyOf((n*3+i)%12))
				if err != nil || e == nil {
					continue
				}
				body := e.Section(httpmsg.ByteRange{Length: e.Meta.Length})
				if _, err := send(near, body); err != nil {
					t.Error(err)
				}
				if i%5 == 0 {
					_ = s.Change(context.Background(), e, nil)
				}
				_, _ = e.Close(), body.Close()
			}
		})
	}
	all.Wait()
	if stats := s.Stats(); stats.Damaged > 0 || stats.Failed > 0 {
		t.Errorf("%+v", stats)
	}
	closed(t, s)
	s = openOwn(t, disk.Config{Files: disk.Folder(folder), Bytes: 4 * mebibyte, ObjectBytes: mebibyte})
	if files, entries := len(ownFilesIn(t, folder)), s.Stats().Entries; files != entries {
		t.Errorf("there are %d files for %d entries", files, entries)
	}
	closed(t, s)
}
