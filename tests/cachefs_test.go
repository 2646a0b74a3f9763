package tests

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"hedge"
	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/mem"
	"hedge/cache/tier"
	"hedge/node"
)

// sick is a folder on a disk that refuses operations, while fails says why.
type sick struct {
	disk.FS
	fails atomic.Pointer[func(op string) error]
}

func (s *sick) on(op string) error {
	if fails := s.fails.Load(); fails != nil {
		return (*fails)(op)
	}
	return nil
}

func (s *sick) Open(name string) (disk.File, error) {
	if err := s.on("open"); err != nil {
		return nil, err
	}
	file, err := s.FS.Open(name)
	return &sickFile{file, s}, err
}

type sickFile struct {
	disk.File
	fs *sick
}

func (f *sickFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.fs.on("read"); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// WriteAt writes a half when it fails, as disks do.
func (f *sickFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.fs.on("write"); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], off)
		return n, err
	}
	return f.File.WriteAt(p, off)
}

func (f *sickFile) Truncate(size int64) error {
	if err := f.fs.on("write"); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// An edge whose disk begins to refuse what is written, while it serves, answers every
// request with what the origin has; one whose disk cannot be read may have to break off
// what it has begun to send from there. Neither sends a wrong byte, somebody is told, and
// both go on to use the disk when that is well again.
func TestCacheOnADiskThatFails(t *testing.T) {
	refusing := func(err error, ops ...string) func(string) error {
		return func(op string) error {
			if strings.Contains(strings.Join(ops, " "), op) {
				return fmt.Errorf("%s: %w", op, err)
			}
			return nil
		}
	}
	for name, fails := range map[string]func(string) error{
		"EIO":       refusing(syscall.EIO, "open", "read", "write"),
		"ENOSPC":    refusing(syscall.ENOSPC, "write"),
		"read-only": refusing(syscall.EROFS, "open", "write"),
		"EIO, read": refusing(syscall.EIO, "read"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked, told atomic.Int64
			site := origin(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.Header().Set("Cache-Control", "max-age=60")
				_, _ = w.Write(book(r.URL.Path))
			})
			files := &sick{FS: disk.Folder(t.TempDir())}
			at := serveFrom(t, site, disk.Config{Files: files, Bytes: 64 << 20, Failed: func(error) { told.Add(1) }})
			const keys = 60 // in memory there is room for a few of them
			mayBreak := false
			sweep := func(from int, what string) (origin int64) {
				before := asked.Load()
				for n := from; n < from+keys; n++ {
					path := fmt.Sprintf("/%d/%d", n, []int{10, 3000, 70_000, 200_000}[n%4])
					res := get(t, at, path)
					if want := string(book(path)); res.status != 200 || res.body != want && !(mayBreak && res.broken != nil && strings.HasPrefix(want, res.body)) {
						t.Errorf("%s: %s: %d, %d bytes, %v", what, path, res.status, len(res.body), res.broken)
					}
				}
				return asked.Load() - before
			}
			sweep(0, "filling")
			if n := sweep(0, "well"); n != 0 {
				t.Errorf("well, the origin is asked for %d of %d", n, keys)
			}
			if told.Load() != 0 {
				t.Error("a failure is told of a disk that is well")
			}
			files.fails.Store(&fails)
			mayBreak = fails("read") != nil // what has begun to come from the disk cannot go on
			sweep(0, "failing")
			sweep(keys, "failing, of what is new")
			if told.Load() == 0 {
				t.Error("nobody is told")
			}
			files.fails.Store(nil)
			mayBreak = false
			sweep(0, "well again, what was stored")
			sweep(2*keys, "well again, filling")
			if n := sweep(2*keys, "well again"); n != 0 {
				t.Errorf("well again, the origin is asked for %d of %d", n, keys)
			}
		})
	}
}

// serveFrom serves a site behind a cache that is on a disk, and a little in memory.
func serveFrom(t *testing.T, site string, cfg disk.Config) (at string) {
	t.Helper()
	hot, err := mem.New(mem.Config{Bytes: 1 << 20})
	must(t, err)
	both := tier.New(tier.Config{Hot: hot, HotBytes: 16 << 10})
	cold, err := disk.Open(cfg)
	must(t, err)
	must(t, both.Attach(t.Context(), func(bool) (cache.Store, func(), error) { return cold, func() {}, nil }))
	c := cache.New(cache.Config{Store: both})
	origins := node.NewOrigins(node.OriginsConfig{Client: node.DefaultClientConfig(), Clients: node.NewClients(node.DefaultClientConfig(), nil, nil), Cache: c})
	t.Cleanup(func() {
		c.Close()
		both.Close()
		_ = cold.Close() // as far as the disk lets it
		hot.Close()
		origins.Close()
	})
	_, at = serveNode(t, node.Config{Origins: origins}, &hedge.Release{
		Name: "shop", Routes: []hedge.Route{{Path: "/", Upstream: "site"}}, Upstreams: map[string]hedge.Upstream{"site": {Targets: []string{site}}},
	})
	return at
}
