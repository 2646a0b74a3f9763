package tests

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// purge runs `hedge purge` against the library's edge.
func (l *library) purge(t testing.TB, args ...string) {
	t.Helper()
	l.addr() // it serves, and so its socket is there
	if code, out := run(t, append([]string{"purge", "--admin", l.socket()}, args...)...); code != 0 {
		t.Fatalf("hedge purge %q: %d %s", args, code, out)
	}
}

// reason asks for a path, and returns how it went through the cache.
func (l *library) reason(t testing.TB, path string) string {
	t.Helper()
	return get(t, l.addr(), path, "Host", "shop.example").header.Get("Cache-Status")
}

// What was purged stays purged, however the process ends, and whatever it was purged by.
func TestPurgedEntriesNeverComeBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		purge []string
		gone  []string // the others stay
	}{
		{"a URL", []string{"http://shop.example/a/1000"}, []string{"/a/1000"}},
		{"a prefix", []string{"shop.example/a/*"}, []string{"/a/1000", "/a/100000"}},
		{"a host", []string{"--host", "shop.example"}, []string{"/a/1000", "/a/100000", "/b/1000"}},
		{"a tag", []string{"--tag", "books"}, []string{"/a/1000", "/a/100000", "/b/1000"}},
		{"another tag", []string{"--tag", "films"}, nil},
		{"all", []string{"--all"}, []string{"/a/1000", "/a/100000", "/b/1000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLibrary(t, "Surrogate-Key", "books shop")
			l.open(t)
			paths := []string{"/a/1000", "/a/100000", "/b/1000"}
			for _, path := range paths {
				l.wants(t, path, 1)
			}
			l.purge(t, c.purge...)
			l.kill()
			l.open(t)
			for _, path := range paths {
				times := int64(1)
				for _, gone := range c.gone {
					if path == gone {
						times = 2
					}
				}
				l.wants(t, path, times)
			}
			l.kill()
			l.open(t)
			for _, path := range paths { // what was stored after the purge is not purged
				if status := l.reason(t, path); !strings.HasPrefix(status, "hedge; hit") {
					t.Errorf("%s after another restart: %s", path, status)
				}
			}
		})
	}
}

func TestSoftPurgeOutlivesTheProcess(t *testing.T) {
	l := newLibrary(t)
	l.open(t)
	l.wants(t, "/a/1000", 1)
	l.purge(t, "--all", "--soft")
	l.kill()
	l.open(t)
	if status := l.reason(t, "/a/1000"); !strings.Contains(status, "hit-stale") {
		t.Errorf("after the restart: %s", status)
	}
	until(t, "it is revalidated", func() bool { return l.times("/a/1000") == 2 })
	until(t, "it is fresh", func() bool { return !strings.Contains(l.reason(t, "/a/1000"), "stale") })
}

// A purge is for the very next request, also that of a connection which is there already.
func TestPurgeIsForTheNextRequest(t *testing.T) {
	l := newLibrary(t)
	l.open(t)
	client := newClient(t)
	for i := range 20 {
		for range 2 {
			res, err := try(client, l.addr(), "GET", "/a/1000", "", "Host", "shop.example")
			must(t, err)
			body, err := io.ReadAll(res.Body)
			if err != nil || !bytes.Equal(body, book("/a/1000")) {
				t.Fatalf("other bytes: %v", err)
			}
		}
		if n := l.times("/a/1000"); n != int64(i+1) {
			t.Fatalf("after %d purges the origin was asked %d times", i, n)
		}
		l.purge(t, "shop.example/a/1000")
	}
}

// What is purged while one process takes over from another is purged in both.
func TestPurgeAtUpgrade(t *testing.T) {
	l := newLibrary(t)
	l.open(t)
	l.wants(t, "/a/1000", 1)
	l.purge(t, "--all")
	pidFile := &edgeProcess{process: l.process, folder: l.folder, pidFile: filepath.Join(l.folder, "pid")}
	before := pidFile.pid()
	must(t, syscall.Kill(before, syscall.SIGUSR2))
	until(t, "another process serves", func() bool { return pidFile.pid() != before })
	after := pidFile.pid()
	t.Cleanup(func() { _ = syscall.Kill(after, syscall.SIGKILL) })
	until(t, "the one before has ended", func() bool { return isGone(before) })
	l.wants(t, "/a/1000", 2)
	l.purge(t, "--all")
	l.wants(t, "/a/1000", 3)
}

// A purge that cannot be written down takes effect, and whoever asked for it is told.
func TestPurgeOnAFullDisk(t *testing.T) {
	l := newLibrary(t)
	must(t, os.MkdirAll(l.dir(), 0o700))
	must(t, os.Symlink("/dev/full", filepath.Join(l.dir(), "cache.purges")))
	l.open(t)
	l.wants(t, "/a/1000", 1)
	code, out := run(t, "purge", "--admin", l.socket(), "--all")
	if code == 0 || !contains(out, "may be undone by a restart", "no space left on device") {
		t.Errorf("%d %s", code, out)
	}
	l.wants(t, "/a/1000", 2)
	must(t, os.Remove(filepath.Join(l.dir(), "cache.purges")))
	until(t, "it is written down", func() bool {
		info, err := os.Stat(filepath.Join(l.dir(), "cache.purges"))
		return err == nil && info.Size() > 0
	})
	l.kill()
	l.open(t)
	l.wants(t, "/a/1000", 2) // it was stored after the purge
}
