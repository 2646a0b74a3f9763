package cache_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/mem"
	"hedge/cache/tier"
	"hedge/httpmsg"
)

const film = "0123456789abcdefghijklmnopqrstuvwxyz"

// openStore opens what an edge stores slices in, until the test ends.
type openStore func(t *testing.T) cache.Store

// onStores runs a test on each kind of store.
func onStores(t *testing.T, test func(t *testing.T, open openStore)) {
	for name, open := range map[string]openStore{"memory": inMemory, "disk": onDisk, "both": onBoth} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func inMemory(t *testing.T) cache.Store {
	store, err := mem.New(mem.Config{Bytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

func onDisk(t *testing.T) cache.Store {
	store, err := disk.Open(disk.Config{Files: disk.Folder(t.TempDir()), Bytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func onBoth(t *testing.T) cache.Store {
	cold := onDisk(t)
	both := tier.New(tier.Config{Hot: inMemory(t), HotBytes: 64 << 10})
	if err := both.Attach(t.Context(), func(bool) (cache.Store, func(), error) { return cold, func() {}, nil }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(both.Close)
	return both
}

func TestSlices(t *testing.T)                 { onStores(t, testSlices) }
func TestSlicesEndWithTheClient(t *testing.T) { onStores(t, testSlicesEndWithTheClient) }
func TestSlicesOfAnotherVersionAreNotMixed(t *testing.T) {
	onStores(t, testSlicesOfAnotherVersionAreNotMixed)
}
func TestSlicesGoOn(t *testing.T)                    { onStores(t, testSlicesGoOn) }
func TestSlicesAreRevalidatedAndPurged(t *testing.T) { onStores(t, testSlicesAreRevalidatedAndPurged) }
func TestSlicesAreShared(t *testing.T)               { onStores(t, testSlicesAreShared) }

// newSlicing is an edge that stores in slices of four bytes what has eight.
func newSlicing(t *testing.T, open openStore) *edge {
	t.Helper()
	e := &edge{T: t, now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC), policy: &cache.Policy{App: "shop", Scope: "upstream:a"}}
	e.cache = cache.New(cache.Config{Store: open(t), Now: e.time, ObjectBytes: 16, SliceBytes: 4, SlicedFrom: 8})
	stop := e.cache.Serve(e.policy)
	t.Cleanup(func() {
		e.cache.Wait()
		stop()
	})
	e.answersBy(seekable(film, `"a"`))
	return e
}

// seekable is ranged, and says so.
func seekable(text, tag string) func(*httpmsg.Request) (*httpmsg.Response, error) {
	return func(req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Header.Get("If-None-Match") == tag {
			return &httpmsg.Response{Status: 304, Header: httpmsg.NewHeader("ETag", tag, "Cache-Control", "max-age=60"), ContentLength: -1}, nil
		}
		res, err := ranged(text, tag)(req)
		res.Header.Add("Accept-Ranges", "bytes")
		return res, err
	}
}

// askedFor is the ranges that the origin was asked for from one request on.
func (e *edge) askedFor(from int) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []string
	for _, req := range e.asked[from:] {
		list = append(list, strings.TrimPrefix(req.Header.Get("Range"), "bytes="))
	}
	return strings.Join(list, " ")
}

// A jump brings the slices that it leads to, and no others.
func testSlices(t *testing.T, open openStore) {
	for _, c := range []struct {
		name          string
		before, asked string // ranges; "all" is the whole
		origin        string // what it is then asked for
		want          string
	}{
		{"what is unknown", "", "10-13", "10-13", "abcd"},
		{"a jump", "0-0", "10-13", "8-11 12-15", "abcd"},
		{"a jump in one slice", "0-0", "9-10", "8-11", "9a"},
		{"the same again", "0-0,10-13", "10-13", "", "abcd"},
		{"a part of it", "0-0,10-13", "9-14", "", "9abcde"},
		{"a jump to the end", "0-0", "-3", "32-35", "xyz"},
		{"slices that have come by the way", "2-17", "4-15", "", film[4:16]},
		{"what began amid a slice", "2-17", "0-19", "0-3 16-19", film[:20]},
		{"all", "", "all", "", film},
		{"after all", "all", "all", "none", film},
		{"a part after all", "all", "5-9", "none", "56789"},
		{"all after a part", "12-15", "all", "0-3 4-7 8-11 16-19 20-23 24-27 28-31 32-35", film},
		{"two parts", "all", "0-1,34-35", "none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newSlicing(t, open)
			ask := func(r string) got {
				if r == "all" {
					return e.get("/")
				}
				return e.get("/", "Range", "bytes="+r)
			}
			for before := range strings.SplitSeq(c.before, ",") {
				if before != "" {
					ask(before)
				}
			}
			from := e.times()
			g := ask(c.asked)
			status := 206
			if c.asked == "all" {
				status = 200
			}
			want := c.origin
			if want == "none" {
				want = ""
			}
			if got := e.askedFor(from); got != want || g.err != nil || g.status != status || c.want != "" && g.text != c.want {
				t.Errorf("%v, %v; the origin was asked for %q, want %q", g, g.err, got, want)
			}
			if c.want != "" && c.asked != "all" && g.header.Get("Content-Range") == "" {
				t.Errorf("the header is %v", g.header)
			}
			if times := e.times(); c.origin == "none" && (times != from || g.reason != "hit") {
				t.Errorf("%v, and %d requests", g, times-from)
			}
			if g = ask(c.asked); c.before != "" && (g.reason != "hit" || c.want != "" && g.text != c.want) {
				t.Errorf("once more: %v", g)
			}
		})
	}
}

// Who leaves a film after its beginning has brought that, and not the rest.
func testSlicesEndWithTheClient(t *testing.T, open openStore) {
	e := newSlicing(t, open)
	var mu sync.Mutex
	read := 0
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res, err := seekable(film, `"a"`)(req)
		body := res.Body
		res.Body = struct {
			io.Reader
			io.Closer
		}{readerFunc(func(p []byte) (int, error) {
			n, err := body.Read(p[:1])
			mu.Lock()
			defer mu.Unlock()
			read += n
			return n, err
		}), body}
		return res, err
	})
	res, err := e.cache.RoundTrip(t.Context(), e.policy, request("GET", "/"), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	res.CloseBody()
	e.cache.Wait()
	if mu.Lock(); read != 8 {
		t.Errorf("%d bytes were read of the origin's answer", read)
	}
	mu.Unlock()
	e.want("what has come", e.get("/", "Range", "bytes=0-7"), 206, film[:8], "hit")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// An origin that replaces the film between two slices: what has begun is broken off, and
// nothing is mixed.
func testSlicesOfAnotherVersionAreNotMixed(t *testing.T, open openStore) {
	upper := strings.ToUpper(film)
	heedless := func(r *httpmsg.Request) (*httpmsg.Response, error) { // of If-Range
		r = r.Clone()
		r.Header.Del("If-Range")
		return seekable(upper, `"b"`)(r)
	}
	for name, second := range map[string]func(*httpmsg.Request) (*httpmsg.Response, error){
		"all of the new one": seekable(upper, `"b"`), "a part of the new one": heedless,
		"another length": seekable(upper+"!", `"a"`), "a weak tag": seekable(film, `W/"a"`),
		"nothing": func(*httpmsg.Request) (*httpmsg.Response, error) { return httpmsg.Text(404, "gone"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			e := newSlicing(t, open)
			e.get("/", "Range", "bytes=0-7")
			e.answersBy(second)
			g := e.get("/")
			if g.err == nil || g.text != film[:8] || g.status != 200 {
				t.Errorf("%v, %v", g, g.err)
			}
			e.answersBy(seekable(upper, `"b"`))
			if g := e.get("/"); g.text != upper || g.err != nil {
				t.Errorf("afterwards %v, %v", g, g.err)
			}
		})
	}
}

// An origin that breaks off a slice is asked once more, from there on.
func testSlicesGoOn(t *testing.T, open openStore) {
	e := newSlicing(t, open)
	e.get("/", "Range", "bytes=0-3")
	broken := 0
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res, err := seekable(film, `"a"`)(req)
		if req.Header.Get("Range") == "bytes=8-11" {
			if broken++; broken == 1 {
				res.Body = io.NopCloser(io.MultiReader(strings.NewReader("89"), readerFunc(func([]byte) (int, error) { return 0, errors.New("reset") })))
			}
		}
		return res, err
	})
	if g := e.get("/"); g.text != film || g.err != nil || broken != 2 {
		t.Errorf("%v, %v, after %d requests", g, g.err, broken)
	}
}

// The slices stay when the origin finds them right, and go with a purge.
func testSlicesAreRevalidatedAndPurged(t *testing.T, open openStore) {
	e := newSlicing(t, open)
	e.get("/")
	e.later(2 * time.Minute)
	e.want("after its time", e.get("/", "Range", "bytes=4-9"), 206, film[4:10], "revalidated")
	e.want("then", e.get("/"), 200, film, "hit")
	e.later(2 * time.Minute)
	e.answersBy(seekable(strings.ToUpper(film), `"b"`))
	from := e.times()
	g := e.get("/", "Range", "bytes=12-15")
	if g.text != "CDEF" || e.askedFor(from) != "12-15" {
		t.Errorf("a jump in what has changed: %v, for which the origin was asked for %q", g, e.askedFor(from))
	}
	if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop"}); err != nil {
		t.Fatal(err)
	}
	from = e.times()
	if g := e.get("/"); g.text != strings.ToUpper(film) || e.times() == from {
		t.Errorf("after a purge: %v", g)
	}
}

// Many who watch at once ask for a slice once.
func testSlicesAreShared(t *testing.T, open openStore) {
	e := newSlicing(t, open)
	e.get("/", "Range", "bytes=0-0")
	from := e.times()
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			res, err := e.cache.RoundTrip(context.WithoutCancel(t.Context()), e.policy, request("GET", "/"), e)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.CloseBody()
			if text, err := io.ReadAll(res.Body); string(text) != film || err != nil {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
	all.Wait()
	if n := e.times() - from; n != 9 {
		t.Errorf("the origin was asked %d times for 9 slices", n)
	}
}
