package disk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/disk"
)

// heard are the purges that a follower has heard of.
type heard struct {
	mu   sync.Mutex // guards list
	list []cache.Purge
}

func (h *heard) apply(p cache.Purge) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, p)
}

// tags returns the tags of what was heard of, "*" for everything, and sees to the order.
func (h *heard) tags(t *testing.T) (tags []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := uint64(0)
	for _, p := range h.list {
		if p.Number <= last {
			t.Errorf("the number %d comes after %d", p.Number, last)
		}
		last = p.Number
		if p.App == "" {
			tags = append(tags, "*")
		} else {
			tags = append(tags, p.Tag)
		}
	}
	return tags
}

func (h *heard) want(t *testing.T, tags ...string) {
	t.Helper()
	if got := h.tags(t); !slices.Equal(got, tags) {
		t.Errorf("heard of %q, want %q", got, tags)
	}
}

func openPurges(t *testing.T, folder string) (*disk.Purges, *heard) {
	t.Helper()
	p, h := disk.OpenPurges(disk.Folder(folder), time.Now, func(error) {}), &heard{}
	closed := sync.OnceFunc(func() { _ = p.Close() })
	t.Cleanup(closed)
	p.Follow(h.apply)
	return p, h
}

func publish(t *testing.T, p *disk.Purges, tags ...string) {
	t.Helper()
	for _, tag := range tags {
		if err := p.Publish(context.Background(), cache.Purge{App: "shop", Tag: tag}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPurgesOutliveTheProcess(t *testing.T) {
	folder := t.TempDir()
	p, h := openPurges(t, folder)
	publish(t, p, "a", "b")
	h.want(t, "a", "b")
	next, again := openPurges(t, folder) // no Close: the process was killed
	again.want(t, "a", "b")
	publish(t, next, "c")
	again.want(t, "a", "b", "c")
	_, again = openPurges(t, folder)
	again.want(t, "a", "b", "c")
}

func TestPurgesOfTwoProcesses(t *testing.T) {
	folder := t.TempDir()
	p, one := openPurges(t, folder)
	q, two := openPurges(t, folder)
	publish(t, p, "a")
	publish(t, q, "b")
	publish(t, p, "c")
	if err := q.CatchUp(); err != nil {
		t.Fatal(err)
	}
	one.want(t, "a", "c", "b") // which it heard of when it wrote c
	two.want(t, "b", "a", "c")
	var both sync.WaitGroup
	for _, bus := range []*disk.Purges{p, q} {
		both.Go(func() {
			for range 200 {
				publish(t, bus, "many")
			}
		})
	}
	both.Wait()
	_, all := openPurges(t, folder)
	if got := all.tags(t); len(got) != 403 {
		t.Errorf("%d purges are left of 403", len(got))
	}
}

// Whatever byte of the file is another one, or however short it is, nothing that was
// purged comes back: it is either still known, or everything is purged.
func TestDamagedPurges(t *testing.T) {
	folder := t.TempDir()
	p, _ := openPurges(t, folder)
	publish(t, p, "a", "b")
	name := filepath.Join(folder, "cache.purges")
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 0x10
		write(t, name, bad)
		_, h := openPurges(t, folder)
		if got := h.tags(t); !slices.Contains(got, "*") {
			t.Fatalf("with another byte %d: %q", i, got)
		}
		if cut := good[:i]; i > 0 {
			write(t, name, cut)
			_, h = openPurges(t, folder)
			if got := h.tags(t); !slices.Contains(got, "*") && !slices.Equal(got, []string{"a"}) {
				t.Fatalf("with %d bytes: %q", i, got)
			}
		}
	}
	next, _ := openPurges(t, folder) // after the last damage
	publish(t, next, "c")
	h := &heard{}
	next.Follow(h.apply)
	if got := h.tags(t); len(got) < 2 || got[len(got)-1] != "c" {
		t.Errorf("afterwards: %q", got)
	}
}

// A disk without room: a purge takes effect, it is said that it is not written down, also
// while nobody purges, and it is when there is room.
func TestPurgesOnAFullDisk(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "cache.purges")
	if err := os.Symlink("/dev/full", name); err != nil {
		t.Fatal(err)
	}
	told, h := make(chan error, 8), &heard{}
	p := disk.OpenPurges(disk.Folder(folder), time.Now, func(err error) { told <- err })
	t.Cleanup(func() { _ = p.Close() })
	p.Follow(h.apply)
	for _, tag := range []string{"a", "b"} {
		if err := p.Publish(t.Context(), cache.Purge{App: "shop", Tag: tag}); err == nil {
			t.Error("there was room")
		}
	}
	h.want(t, "a", "b")
	if err := <-told; !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	publish(t, p, "c")
	_, again := openPurges(t, folder)
	again.want(t, "a", "b", "c")
}

// Purges take effect while the disk hangs, or another process has stopped amid its work. An
// app that purges without end meanwhile takes from the others nothing.
func TestPurgesWhileTheDiskHangs(t *testing.T) {
	folder := t.TempDir()
	p, _ := openPurges(t, folder)
	effect := make(chan struct{}, 1)
	p.Follow(func(cache.Purge) { effect <- struct{}{} })
	goOn := p.Hang()
	var hanging sync.WaitGroup
	purge := func(app, tag string) {
		hanging.Go(func() {
			if err := p.Publish(t.Context(), cache.Purge{App: app, Tag: tag}); err != nil {
				t.Error(err)
			}
		})
		<-effect
	}
	purge("shop", "a")
	for n := range 3 * disk.MaxUnwritten {
		purge("greedy", fmt.Sprint(n))
	}
	purge("shop", "b")
	goOn()
	hanging.Wait()
	_, again := openPurges(t, folder)
	var shop []string
	greedy, all := 0, false
	for _, purge := range again.list {
		switch {
		case purge.App != "greedy":
			shop = append(shop, purge.App+purge.Tag)
		case purge.Tag == "":
			all = true
		default:
			greedy++
		}
	}
	if !slices.Equal(shop, []string{"shopa", "shopb"}) || !all || greedy < disk.MaxUnwritten/2 || greedy > 2*disk.MaxUnwritten {
		t.Errorf("there are %q, and %d of the greedy app, with one of all of it: %t", shop, greedy, all)
	}
}

// While the file cannot be read nothing is written over it: its end is not known.
func TestPurgesOfAFileThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	p, _ := openPurges(t, folder)
	publish(t, p, "a", "b")
	blind, h := disk.OpenPurges(disk.Folder(folder), time.Now, func(error) {}), &heard{}
	defer func() { _ = blind.Close() }()
	see := blind.Blind(t, folder)
	blind.Follow(h.apply)
	if err := blind.Publish(t.Context(), cache.Purge{App: "shop", Tag: "c"}); err == nil {
		t.Error("the purge was written to a file that cannot be read")
	}
	h.want(t, "c")
	see()
	if err := blind.CatchUp(); err != nil {
		t.Fatal(err)
	}
	h.want(t, "c", "a", "b") // which have been missed, and happen now
	_, again := openPurges(t, folder)
	again.want(t, "a", "b", "c")
}

// A log whose records do not follow each other has been written over, and is damaged.
func TestPurgesOutOfOrder(t *testing.T) {
	folder := t.TempDir()
	p, _ := openPurges(t, folder)
	publish(t, p, "a", "b")
	name := filepath.Join(folder, "cache.purges")
	records, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	half := len(records) / 2
	write(t, name, slices.Concat(records[half:], records[:half]))
	_, h := openPurges(t, folder)
	if got := h.tags(t); !slices.Contains(got, "*") {
		t.Errorf("heard of %q", got)
	}
}

// The file becomes shorter when most of it has been overtaken, and no process misses that.
func TestManyPurges(t *testing.T) {
	folder := t.TempDir()
	p, _ := openPurges(t, folder)
	q, other := openPurges(t, folder)
	tag := fmt.Sprintf("%01000d", 1)
	for i := range 1200 {
		publish(t, p, []string{tag, tag + "2"}[i%2])
		if i%300 == 0 {
			if err := q.CatchUp(); err != nil {
				t.Fatal(err)
			}
		}
	}
	publish(t, q, "last")
	if got := other.tags(t); !slices.Contains(got, "last") || got[len(got)-1] != tag+"2" {
		t.Error("the other process has not heard of the last ones")
	}
	info, err := os.Stat(filepath.Join(folder, "cache.purges"))
	if err != nil || info.Size() > 900_000 {
		t.Errorf("the file has %d bytes: %v", info.Size(), err)
	}
	_, again := openPurges(t, folder)
	if got := again.tags(t); got[len(got)-1] != "last" || !slices.Contains(got, tag) || !slices.Contains(got, tag+"2") {
		t.Error("purges are lost")
	}
}

// An app that purges without end takes from the others nothing that they have stored, after
// a restart either: what is too much of its purges is replaced by one of all of it.
func TestPurgesAreKeptForEachAppApart(t *testing.T) {
	list := []cache.Purge{{App: "shop", Tag: "a", Number: 1}, {Number: 2}, {App: "shop", Tag: "b", Number: 3}}
	for n := range uint64(disk.MaxKept + 1) {
		list = append(list, cache.Purge{App: "greedy", Tag: fmt.Sprint(n), Number: 10 + n})
	}
	list = append(list, cache.Purge{App: "shop", Tag: "c", Number: 1 << 32})
	kept := disk.Latest(list, disk.MaxKept)
	var others []cache.Purge
	greedy, all, last := 0, uint64(0), uint64(0)
	for _, p := range kept {
		if p.Number <= last {
			t.Fatalf("the number %d comes after %d", p.Number, last)
		}
		last = p.Number
		switch {
		case p.App != "greedy":
			others = append(others, p)
		case p.Tag == "":
			all = p.Number
		default:
			greedy++
		}
	}
	if want := []cache.Purge{list[0], list[1], list[2], list[len(list)-1]}; !slices.Equal(others, want) {
		t.Errorf("of others there are %+v, want %+v", others, want)
	}
	if want := uint64(10 + disk.MaxKept/2); greedy != disk.MaxKept/2 || all != want {
		t.Errorf("of the app there are %d purges after %d, want %d after %d", greedy, all, disk.MaxKept/2, want)
	}
}

func FuzzPurges(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		folder := t.TempDir()
		write(t, filepath.Join(folder, "cache.purges"), data)
		p, h := openPurges(t, folder)
		publish(t, p, "x")
		if got := h.tags(t); got[len(got)-1] != "x" {
			t.Errorf("%q", got)
		}
		_, again := openPurges(t, folder)
		again.want(t, h.tags(t)...)
	})
}
