package tests

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var kills = flag.Int("kills", 3, "how often TestCacheIsKilledWhileItFills kills an edge")

// Killed while it stores and evicts, again and again: what is answered afterwards is
// always what the origin has, byte by byte.
func TestCacheIsKilledWhileItFills(t *testing.T) {
	const keys, clients = 120, 8
	l := newLibrary(t)
	open := func() {
		l.open(t, "--cache-disk", "8MiB", "--cache-memory", "1MiB") // a fraction of what is asked for
	}
	pathOf := func(n int) string {
		return fmt.Sprintf("/%d/%d", n, []int{10, 3000, 70_000, 400_000}[n%4])
	}
	fills := func() (n int64) {
		l.asked.Range(func(_, times any) bool {
			n += times.(*atomic.Int64).Load()
			return true
		})
		return n
	}
	var wrong atomic.Int64
	ask := func(client *http.Client, addr, path string) bool {
		res, err := try(client, addr, "GET", path, "", "Host", "shop.example")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		want := book(path)
		got, err := io.ReadAll(res.Body)
		if len(got) > len(want) || string(got) != string(want[:len(got)]) || err == nil && len(got) != len(want) {
			wrong.Add(1)
		}
		return err == nil
	}
	for round := range *kills {
		open()
		addr := l.addr()
		limit := fills() + 200
		var all sync.WaitGroup
		for i := range clients {
			all.Go(func() {
				random, client := rand.New(rand.NewPCG(uint64(round), uint64(i))), newClient(t)
				for ask(client, addr, pathOf(random.IntN(keys))) {
					if fills() >= limit {
						_ = l.cmd.Process.Kill() // while others are at it
					}
				}
			})
		}
		all.Wait()
		<-l.exited
	}
	open()
	for n := range keys {
		ask(newClient(t), l.addr(), pathOf(n))
	}
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d answers had a wrong byte", n)
	}
	t.Logf("%d fills, killed %d times", fills(), *kills)
}

// What an origin that lies or breaks off says is never stored, and never taken for whole,
// not after a restart either.
func TestCacheBeforeOriginsThatLie(t *testing.T) {
	const cached = okHead + "Cache-Control: max-age=60\r\n"
	for _, c := range []struct {
		name, answer string
		status       int
	}{
		{"less than it said", cached + "Content-Length: 100\r\n\r\nabcde", 200},
		{"half of its chunks", cached + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", 200},
		{"a chunk that is none", cached + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nxyz\r\n", 200},
		{"two lengths", cached + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 502},
		{"ten mebibytes of fields", cached + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 10_400) + "Content-Length: 5\r\n\r\nabcde", 502},
		{"a field of ten mebibytes", cached + "X-A: " + strings.Repeat("a", 10<<20) + "\r\nContent-Length: 5\r\n\r\nabcde", 502},
		{"a part that contradicts itself", "HTTP/1.1 206 Partial Content\r\nCache-Control: max-age=60\r\nContent-Range: bytes 0-4/3\r\nContent-Length: 5\r\n\r\nabcde", 206},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			l := &library{shelf: newShelf(t), folder: t.TempDir()}
			l.app = proxy("shop", rawOrigin(t, func(conn net.Conn, _ *http.Request) {
				asked.Add(1)
				_, _ = io.WriteString(conn, c.answer)
			})).write(t)
			l.open(t)
			for n := range int64(3) {
				before := asked.Load()
				page := get(t, l.addr(), "/", "Host", "shop.example")
				if page.status != c.status || page.status == 200 && page.broken == nil {
					t.Errorf("%d, broken off: %v", page.status, page.broken)
				}
				if asked.Load() == before {
					t.Errorf("the answer %d came from the cache: %s", n, page.header.Get("Cache-Status"))
				}
				if n == 1 {
					l.kill()
					l.open(t)
				}
			}
		})
	}
}

// An origin that says less than it sends: the rest is nobody's answer.
func TestCacheBeforeAnOriginThatSaysTooMuch(t *testing.T) {
	l := &library{shelf: newShelf(t), folder: t.TempDir()}
	l.app = proxy("shop", says(t, okHead+"Cache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nabcdeHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad")).write(t)
	l.open(t)
	for range 3 {
		for _, path := range []string{"/a", "/b"} {
			get(t, l.addr(), path, "Host", "shop.example").want(t, 200, "abcde")
		}
	}
}

// Two apps with the same host name and path, on one disk, one after the other: none has
// what the other one has stored.
func TestTwoAppsOnOneDisk(t *testing.T) {
	l := newLibrary(t)
	l.open(t)
	l.wants(t, "/a/1000", 1)
	l.kill()
	other := newShelf(t)
	l.app = proxy("blog", other.url).write(t)
	l.open(t)
	l.await(`"state":"open",.*"entries":1`)
	if page := get(t, l.addr(), "/a/1000", "Host", "shop.example"); other.times("/a/1000") != 1 {
		t.Errorf("the other app's answer: %s", page.header.Get("Cache-Status"))
	}
}
