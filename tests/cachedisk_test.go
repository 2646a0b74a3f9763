package tests

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// shelf is an origin whose answers may be cached, of as many bytes as the path says, and
// which counts how often it was asked for each.
type shelf struct {
	url   string
	asked sync.Map // of *atomic.Int64, by path
}

func newShelf(t testing.TB, fields ...string) *shelf {
	s := &shelf{}
	s.url = origin(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := s.asked.LoadOrStore(r.URL.Path, &atomic.Int64{})
		n.(*atomic.Int64).Add(1)
		w.Header().Set("Cache-Control", "max-age=3600")
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		_, _ = w.Write(book(r.URL.Path))
	})
	return s
}

// book is the content of a path, "/NAME/LENGTH"; nothing else has the same.
func book(path string) []byte {
	length := 0
	_, _ = fmt.Sscan(path[strings.LastIndexByte(path, '/')+1:], &length)
	return bytes.Repeat([]byte(path+"|"), length/(len(path)+1)+1)[:length]
}

// times is how often a path was asked for.
func (s *shelf) times(path string) int64 {
	n, ok := s.asked.Load(path)
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

// library is an edge with a cache on disk before a shelf.
type library struct {
	*process
	*shelf
	folder, app string
}

func newLibrary(t testing.TB, fields ...string) *library {
	l := &library{shelf: newShelf(t, fields...), folder: t.TempDir()}
	l.app = proxy("shop", l.url).write(t)
	return l
}

func (l *library) dir() string { return filepath.Join(l.folder, "cache") }

func (l *library) socket() string { return filepath.Join(l.folder, "admin.sock") }

// open starts the edge.
func (l *library) open(t testing.TB, more ...string) {
	t.Helper()
	args := []string{
		"serve", "--json", "--isolation", "none", "--listen", "127.0.0.1:0", "--admin", l.socket(), "--pid-file", filepath.Join(l.folder, "pid"),
		"--cache-dir", l.dir(), "--cache-disk", "256MiB", "--cache-memory", "64MiB",
	}
	l.process = start(t, append(append(args, more...), l.app)...)
}

// kill ends the edge as nobody expects it.
func (l *library) kill() {
	must(l, l.cmd.Process.Kill())
	<-l.exited
}

// wants asks for a path: its content has to be right, and the origin to have been asked
// for it so many times in all.
func (l *library) wants(t testing.TB, path string, times int64) {
	t.Helper()
	page := get(t, l.addr(), path, "Host", "shop.example")
	if page.status != 200 || page.body != string(book(path)) {
		t.Errorf("%s: %d, %d bytes that are not those of the origin", path, page.status, len(page.body))
	}
	if n := l.times(path); n != times {
		t.Errorf("%s: the origin was asked %d times, want %d (%s)", path, n, times, page.header.Get("Cache-Status"))
	}
}

func libraryPaths() []string {
	return []string{"/a/0", "/a/1", "/a/1000", "/a/70000", "/a/300000", "/a/5000000"}
}

func TestCacheOnDiskSurvivesKill(t *testing.T) {
	l := newLibrary(t)
	l.open(t)
	for _, path := range libraryPaths() {
		l.wants(t, path, 1)
	}
	l.kill()
	l.open(t)
	l.await(`"event":"cache",.*"state":"open",.*"entries":6`)
	for range 2 { // from the disk, and then from memory, as far as that has them
		for _, path := range libraryPaths() {
			l.wants(t, path, 1)
		}
	}
	l.terminate()
	if code := l.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	l.open(t)
	for _, path := range libraryPaths() {
		l.wants(t, path, 1)
	}
}

func TestCacheOnDiskIsEncrypted(t *testing.T) {
	l := newLibrary(t)
	t.Setenv("HEDGE_CACHE_KEY", strings.Repeat("k", 32))
	l.open(t)
	l.wants(t, "/secret/1000", 1)
	l.kill()
	data, err := os.ReadFile(filepath.Join(l.dir(), "cache.data"))
	if err != nil || bytes.Contains(data, []byte("/secret/")) {
		t.Errorf("the file has what was cached: %v", err)
	}
	l.open(t)
	l.wants(t, "/secret/1000", 1)
	l.kill()
	t.Setenv("HEDGE_CACHE_KEY", strings.Repeat("j", 32))
	l.open(t)
	l.wants(t, "/secret/1000", 2)
}

// A process that takes over has the folder as soon as nothing of the one before is read
// from it, and serves meanwhile. What is being read comes to its end.
func TestCacheOnDiskAtUpgrade(t *testing.T) {
	const long = "/a/30000000"
	l := newLibrary(t)
	l.open(t)
	l.wants(t, long, 1)
	l.wants(t, "/a/1000", 1)
	res := open(t, l.addr(), "GET", long, "", "Host", "shop.example")
	defer res.Body.Close()
	first := make([]byte, 1)
	_, err := io.ReadFull(res.Body, first)
	must(t, err)
	next := &edgeProcess{process: l.process, folder: l.folder, pidFile: filepath.Join(l.folder, "pid")}
	before := next.pid()
	must(t, syscall.Kill(before, syscall.SIGUSR2))
	until(t, "another process serves", func() bool { return next.pid() != before })
	after := next.pid()
	t.Cleanup(func() { _ = syscall.Kill(after, syscall.SIGKILL) })
	l.await(`"event":"stopping"`)
	l.wants(t, "/b/1000", 1)
	rest, err := io.ReadAll(res.Body)
	if err != nil || !bytes.Equal(append(first, rest...), book(long)) {
		t.Errorf("%d bytes of %d came: %v", len(rest)+1, len(book(long)), err)
	}
	l.await(`(?s)"state":"in-use".*"state":"open"`)
	l.wants(t, long, 1)
	until(t, "the one before has ended", func() bool { return isGone(before) })
	must(t, syscall.Kill(after, syscall.SIGTERM))
	until(t, "the other one has ended", func() bool { return isGone(after) })
	l.open(t)
	for _, path := range []string{long, "/a/1000"} {
		l.wants(t, path, 1)
	}
}

// A disk without room: /dev/full takes the place of the file with the content.
func TestCacheOnAFullDisk(t *testing.T) {
	l := newLibrary(t)
	l.open(t)
	l.addr()
	l.terminate()
	l.wait()
	data := filepath.Join(l.dir(), "cache.data")
	must(t, os.Remove(data))
	must(t, os.Symlink("/dev/full", data))
	l.open(t)
	for i := range 50 {
		l.wants(t, fmt.Sprintf("/%d/1000", i), 1)
		l.wants(t, fmt.Sprintf("/%d/1000", i), 1) // from memory
	}
	l.wants(t, "/a/12000000", 1)
	l.wants(t, "/a/12000000", 2) // which would have been for the disk
	l.await(`"event":"cache",.*"state":"failing",.*no space left on device`)
	if n := strings.Count(l.out.String(), `"failing"`); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}

// A folder that cannot be had: everything goes on in memory.
func TestCacheOnNoDisk(t *testing.T) {
	l := newLibrary(t)
	writeFile(t, l.dir(), "a file where the folder ought to be")
	l.open(t)
	l.await(`"event":"cache",.*"state":"unavailable",.*not a directory`)
	for range 3 {
		l.wants(t, "/a/1000", 1)
	}
	l.terminate()
	if code := l.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
