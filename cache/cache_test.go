package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/cache/mem"
	"hedge/httpmsg"
)

// edge is a cache before an origin, with a clock that stands still.
type edge struct {
	*testing.T
	cache  *cache.Cache
	policy *cache.Policy

	mu     sync.Mutex // guards what follows
	now    time.Time
	origin func(req *httpmsg.Request) (*httpmsg.Response, error)
	asked  []*httpmsg.Request
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	store, err := mem.New(mem.Config{Bytes: 8 << 20, ObjectBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{T: t, now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC), policy: &cache.Policy{App: "shop", Scope: "upstream:a"}}
	e.cache = cache.New(cache.Config{Store: store, Now: e.time})
	stop := e.cache.Serve(e.policy)
	t.Cleanup(func() {
		e.cache.Wait()
		stop()
		store.Close()
	})
	return e
}

func (e *edge) time() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// later lets time go on.
func (e *edge) later(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.now.Add(d)
}

// answers has the origin answer with a status, a text and fields.
func (e *edge) answers(status int, text string, fields ...string) {
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		res := &httpmsg.Response{Status: status, Header: httpmsg.NewHeader(fields...)}
		if status != 304 {
			res.Body, res.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
		return res, nil
	})
}

func (e *edge) answersBy(origin func(*httpmsg.Request) (*httpmsg.Response, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.origin = origin
}

// RoundTrip is the origin's.
func (e *edge) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	e.mu.Lock()
	e.asked = append(e.asked, req.Clone())
	origin := e.origin
	e.mu.Unlock()
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return origin(req)
}

// times is how often the origin was asked.
func (e *edge) times() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

// last is what the origin was asked last.
func (e *edge) last() *httpmsg.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked[len(e.asked)-1]
}

func request(method, target string, fields ...string) *httpmsg.Request {
	return &httpmsg.Request{Method: method, Scheme: "http", Authority: "shop.example", Target: target, Header: httpmsg.NewHeader(fields...), Account: &hedge.Account{}}
}

// got is an answer that has been read.
type got struct {
	status int
	text   string
	header httpmsg.Header
	reason string
	err    error
}

func (g got) String() string {
	return fmt.Sprintf("%d %q %s (%s)", g.status, g.text, g.header.Get("Cache-Status"), g.reason)
}

func (e *edge) ask(req *httpmsg.Request) got {
	e.Helper()
	res, err := e.cache.RoundTrip(e.Context(), e.policy, req, e)
	if err != nil {
		return got{err: err}
	}
	g := got{status: res.Status, header: res.Header, reason: req.Account.Snapshot().Cache}
	if res.Body != nil {
		data, err := io.ReadAll(res.Body)
		g.text, g.err = string(data), err
		res.CloseBody()
	}
	e.cache.Wait()
	return g
}

func (e *edge) get(target string, fields ...string) got {
	e.Helper()
	return e.ask(request("GET", target, fields...))
}

// want compares an answer.
func (e *edge) want(what string, g got, status int, text, reason string) {
	e.Helper()
	if g.err != nil || g.status != status || g.text != text || g.reason != reason {
		e.Errorf("%s: got %v, %v; want %d %q (%s)", what, g, g.err, status, text, reason)
	}
}

func TestHitAndExpiry(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "one", "Cache-Control", "max-age=60", "X-A", "1", "Age", "10")
	e.want("first", e.get("/"), 200, "one", "miss")
	e.later(5 * time.Second)
	g := e.get("/")
	e.want("second", g, 200, "one", "hit")
	if g.header.Get("Age") != "15" || g.header.Get("X-A") != "1" || g.header.Get("Cache-Status") != "hedge; hit; ttl=45" {
		t.Errorf("the header is %v", g.header)
	}
	e.later(45 * time.Second)
	e.answers(200, "two", "Cache-Control", "max-age=60")
	e.want("after its time", e.get("/"), 200, "two", "expired")
	e.later(-time.Hour) // a clock that jumps
	e.want("with an earlier clock", e.get("/"), 200, "two", "hit")
	if e.times() != 2 {
		t.Errorf("the origin was asked %d times", e.times())
	}
}

func TestRevalidation(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "one", "Cache-Control", "max-age=60", "ETag", `"a"`, "X-A", "1")
	e.get("/")
	e.later(time.Minute)
	e.answers(304, "", "Cache-Control", "max-age=120", "ETag", `"a"`, "X-A", "2")
	g := e.get("/", "If-None-Match", `"other"`)
	e.want("after its time", g, 200, "one", "revalidated")
	if e.last().Header.Get("If-None-Match") != `"a"` || g.header.Get("X-A") != "2" {
		t.Errorf("asked with %v, answered with %v", e.last().Header, g.header)
	}
	e.later(119 * time.Second)
	e.want("then", e.get("/"), 200, "one", "hit")
	e.want("who has it", e.get("/", "If-None-Match", `W/"a"`), 304, "", "hit")
	e.later(time.Minute)
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Header.Has("If-None-Match") {
			return &httpmsg.Response{Status: 304, Header: httpmsg.NewHeader("ETag", `"another"`)}, nil
		}
		return httpmsg.Text(200, "two"), nil
	})
	if g := e.get("/"); g.text != "two" {
		t.Errorf("a 304 about something else: %v", g)
	}
}

// A 304 without Date has that of its coming (RFC 9110 §6.6.1): a date until which the answer
// was fresh is not counted from its old one.
func TestRevalidationWithoutADate(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "one", "ETag", `"a"`, "Date", httpmsg.FormatDate(e.time()), "Expires", httpmsg.FormatDate(e.time().Add(time.Minute)))
	e.get("/")
	e.later(2 * time.Minute)
	e.answers(304, "", "ETag", `"a"`)
	g := e.get("/")
	e.want("after its time", g, 200, "one", "revalidated")
	if date := g.header.Get("Date"); date != httpmsg.FormatDate(e.time()) {
		t.Errorf("it is of %s", date)
	}
	e.later(time.Second)
	e.want("and again", e.get("/"), 200, "one", "revalidated")
}

func TestStale(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "one", "Cache-Control", "max-age=60, stale-while-revalidate=30, stale-if-error=300")
	e.get("/")
	e.later(80 * time.Second)
	e.answers(200, "two", "Cache-Control", "max-age=60, stale-while-revalidate=30, stale-if-error=300")
	e.want("while it is revalidated", e.get("/"), 200, "one", "hit-stale")
	e.want("then", e.get("/"), 200, "two", "hit")
	e.later(5 * time.Minute)
	e.answers(503, "down")
	e.want("for a 503", e.get("/"), 200, "two", "stale-error")
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "down")
	})
	e.want("for no answer", e.get("/"), 200, "two", "stale-error")
	e.later(time.Hour)
	if g := e.get("/"); hedge.OutcomeOf(g.err) != hedge.OutcomeOriginRefused {
		t.Errorf("past all time: %v", g)
	}
	e.answers(200, "three", "Cache-Control", "max-age=60, must-revalidate, stale-if-error=300")
	e.get("/strict")
	e.later(61 * time.Second)
	e.answers(503, "down")
	e.want("must-revalidate", e.get("/strict"), 503, "down", "expired")
}

// What the origin has removed is not used any more, also where its 404 cannot be stored:
// neither while it is revalidated nor when the origin fails.
func TestStaleIsNotUsedOnceItIsGone(t *testing.T) {
	for _, status := range []int{404, 410} {
		e := newEdge(t)
		e.answers(200, "old", "Cache-Control", "max-age=60, stale-while-revalidate=3600, stale-if-error=3600")
		e.get("/")
		e.later(2 * time.Minute)
		e.answers(status, "gone")
		e.want("while it is revalidated", e.get("/"), 200, "old", "hit-stale")
		if g := e.get("/"); g.status != status {
			t.Errorf("then: %v", g)
		}
		e.answers(500, "")
		if g := e.get("/"); g.status != 500 {
			t.Errorf("when the origin fails: %v", g)
		}
	}
}

func TestRequestDirectives(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "one", "Cache-Control", "max-age=60")
	e.want("only-if-cached without", e.get("/", "Cache-Control", "only-if-cached"), 504, "There is no stored answer that can be used.\n", "only-if-cached")
	e.get("/")
	e.later(30 * time.Second)
	for directive, reason := range map[string]string{
		"only-if-cached": "hit", "max-age=30": "hit", "min-fresh=30": "hit", "no-store": "hit", "max-age=29": "request", "min-fresh=31": "request", "no-cache": "request",
	} {
		e.get("/" + directive)
		e.later(30 * time.Second)
		e.want(directive, e.get("/"+directive, "Cache-Control", directive), 200, "one", reason)
	}
	e.later(40 * time.Second)
	e.want("max-stale", e.get("/", "Cache-Control", "max-stale=1000"), 200, "one", "hit-stale")
}

// no-store of a request forbids to store its answer, and not to give it one that is fresh:
// else any client could have the origin asked as often as it likes.
func TestNoStoreOfARequest(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "one", "Cache-Control", "max-age=60, stale-while-revalidate=60", "ETag", `"1"`)
	noStore := []string{"Cache-Control", "no-store"}
	e.want("nothing is stored", e.get("/", noStore...), 200, "one", "request")
	e.want("nor was that", e.get("/"), 200, "one", "miss")
	e.want("what is fresh", e.get("/", noStore...), 200, "one", "hit")
	e.later(61 * time.Second)
	e.answers(200, "two", "Cache-Control", "max-age=60")
	e.want("what is stale", e.get("/", noStore...), 200, "two", "request")
	e.cache.Wait()
	if h := e.last().Header; h.Has("If-None-Match") {
		t.Errorf("the origin is asked about what is stored: %v", h.Fields())
	}
	e.want("which stays as it is", e.get("/"), 200, "one", "hit-stale")
}

func TestVary(t *testing.T) {
	e := newEdge(t)
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, req.Header.Get("X-A"))
		res.Header.Add("Cache-Control", "max-age=60")
		res.Header.Add("Vary", "X-A")
		return res, nil
	})
	e.want("a", e.get("/", "X-A", "a"), 200, "a", "miss")
	e.want("b", e.get("/", "X-A", "b"), 200, "b", "miss-vary")
	e.want("a again", e.get("/", "X-A", "a"), 200, "a", "hit")
	e.want("b again", e.get("/", "X-A", "b"), 200, "b", "hit")
	e.want("none", e.get("/"), 200, "", "miss-vary")
	e.ask(request("POST", "/"))
	e.want("after a change", e.get("/", "X-A", "a"), 200, "a", "miss")
	e.want("and the other", e.get("/", "X-A", "b"), 200, "b", "miss-vary")
}

func TestPass(t *testing.T) {
	for name, req := range map[string]*httpmsg.Request{
		"a method": request("PROPFIND", "/"), "an upgrade": {Method: "GET", Scheme: "http", Authority: "a", Target: "/", Upgrade: httpmsg.WebSocket},
		"another URL": request("GET", "/", "X-Original-URL", "/admin"), "a condition": request("GET", "/", "If-Match", `"a"`),
		"another method": request("GET", "/", "X-HTTP-Method-Override", "DELETE"),
		"content":        {Method: "GET", Scheme: "http", Authority: "a", Target: "/", Body: httpmsg.NewBytesBody([]byte("x")), ContentLength: 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t)
			e.answers(200, "x", "Cache-Control", "max-age=60")
			for range 2 {
				if g := e.ask(req); g.text != "x" {
					t.Error(g)
				}
			}
			if e.times() != 2 {
				t.Errorf("the origin was asked %d times", e.times())
			}
		})
	}
}

func TestUncacheableIsNotWaitedFor(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "mine", "Cache-Control", "private")
	e.want("first", e.get("/"), 200, "mine", "miss")
	e.want("second", e.get("/"), 200, "mine", "hit-for-miss")
	e.answers(200, "ours", "Cache-Control", "max-age=60")
	e.get("/")
	e.want("when it can be stored", e.get("/"), 200, "ours", "hit")
}

func TestInvalidation(t *testing.T) {
	e := newEdge(t)
	other := &cache.Policy{App: "shop", Scope: "upstream:b"}
	defer e.cache.Serve(other)()
	e.answers(200, "one", "Cache-Control", "max-age=60")
	for _, target := range []string{"/a/", "/a/b", "/c", "/d"} {
		e.get(target)
	}
	e.answers(500, "")
	e.ask(request("POST", "/a/"))
	e.want("after a failure", e.get("/a/"), 200, "one", "hit")
	e.policy, other = other, e.policy
	e.answers(201, "", "Location", "b", "Content-Location", "http://shop.example/c")
	e.ask(request("POST", "/a/"))
	e.policy = other
	e.answers(200, "two", "Cache-Control", "max-age=60")
	for target, want := range map[string]string{"/a/": "two", "/a/b": "two", "/c": "two", "/d": "one"} {
		if g := e.get(target); g.text != want {
			t.Errorf("%s: %v, want %q", target, g, want)
		}
	}
}

func TestHead(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "four", "Cache-Control", "max-age=60")
	e.get("/")
	res, err := e.cache.RoundTrip(t.Context(), e.policy, request("HEAD", "/"), e)
	if err != nil || res.Body != nil || res.ContentLength != 4 || e.times() != 1 {
		t.Errorf("%+v, %v; the origin was asked %d times", res, err, e.times())
	}
}

func TestRanges(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "0123456789", "Cache-Control", "max-age=60", "ETag", `"a"`, "Content-Type", "text/plain")
	e.get("/")
	for _, tt := range []struct {
		fields []string
		status int
		text   string
	}{
		{[]string{"Range", "bytes=2-4"}, 206, "234"},
		{[]string{"Range", "bytes=-1"}, 206, "9"},
		{[]string{"Range", "bytes=8-"}, 206, "89"},
		{[]string{"Range", "bytes=10-"}, 416, ""},
		{[]string{"Range", "bytes=2-4", "If-Range", `"a"`}, 206, "234"},
		{[]string{"Range", "bytes=2-4", "If-Range", `"b"`}, 200, "0123456789"},
		{[]string{"Range", "lines=2-4"}, 200, "0123456789"},
		{[]string{"Range", "bytes=2-4", "If-None-Match", `"a"`}, 304, ""},
	} {
		e.want(fmt.Sprint(tt.fields), e.get("/", tt.fields...), tt.status, tt.text, "hit")
	}
	g := e.get("/", "Range", "bytes=0-1,8-9")
	if !strings.HasPrefix(g.header.Get("Content-Type"), "multipart/byteranges; boundary=") || strings.Count(g.text, "Content-Range: bytes ") != 2 {
		t.Error(g)
	}
}

// That a range was none is an answer to who asked for it, however long it says that it is
// fresh: the key has no range.
func TestNoRangeIsNotForOthers(t *testing.T) {
	e := newEdge(t)
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, "whole")
		if req.Header.Has("Range") {
			res = httpmsg.Text(416, "no such range")
		}
		res.Header.Add("Cache-Control", "max-age=60")
		return res, nil
	})
	e.want("a range behind the end", e.get("/", "Range", "bytes=99999999-"), 416, "no such range", "miss")
	e.want("all of it", e.get("/"), 200, "whole", "miss")
	e.want("again", e.get("/"), 200, "whole", "hit")
}

func TestParts(t *testing.T) {
	e := newEdge(t)
	whole := "0123456789"
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		ranges, verdict := httpmsg.ParseRange(req.Header.Get("Range"), int64(len(whole)))
		res := &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60", "ETag", `"a"`)}
		part := whole
		if verdict == httpmsg.RangePartial {
			res.Status, part = 206, whole[ranges[0].Start:ranges[0].Start+ranges[0].Length]
			res.Header.Add("Content-Range", ranges[0].ContentRange(int64(len(whole))))
		}
		res.Body, res.ContentLength = io.NopCloser(strings.NewReader(part)), int64(len(part))
		return res, nil
	})
	e.want("a part", e.get("/", "Range", "bytes=2-5"), 206, "2345", "miss")
	e.want("a part of it", e.get("/", "Range", "bytes=3-4"), 206, "34", "hit")
	e.want("another part", e.get("/", "Range", "bytes=-2"), 206, "89", "miss-partial")
	e.want("the first is still there", e.get("/", "Range", "bytes=2-2"), 206, "2", "hit")
	e.want("what closes the gap", e.get("/", "Range", "bytes=4-7"), 206, "4567", "miss-partial")
	e.want("across what was joined", e.get("/", "Range", "bytes=3-8"), 206, "345678", "hit")
	e.want("what is missing", e.get("/", "Range", "bytes=0-3"), 206, "0123", "miss-partial")
	e.want("all of it", e.get("/"), 200, whole, "hit")
}

// What a purge names is bounded, and one that is long finds what it names.
func TestPurgesOfLongNames(t *testing.T) {
	e := newEdge(t)
	long := strings.Repeat("t", cache.MaxPurgeName)
	if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop", Tag: long + "t"}); !errors.Is(err, cache.ErrPurgeName) {
		t.Errorf("one byte more than allowed: %v", err)
	}
	if !strings.Contains(cache.ErrPurgeName.Error(), fmt.Sprint(cache.MaxPurgeName)) {
		t.Error("the error does not say how much is allowed")
	}
	e.answers(200, "one", "Cache-Control", "max-age=60", "Cache-Tag", long)
	e.get("/a")
	e.answers(200, "two", "Cache-Control", "max-age=60")
	for _, tag := range []string{long[1:] + "u", long} {
		if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop", Tag: tag}); err != nil {
			t.Fatal(err)
		}
		if tag != long {
			e.want("another tag", e.get("/a"), 200, "one", "hit")
		}
	}
	e.want("the tag", e.get("/a"), 200, "two", "purged")
}

func TestPurge(t *testing.T) {
	for _, tt := range []struct {
		name  string
		purge cache.Purge
		hits  bool
	}{
		{"all", cache.Purge{App: "shop"}, false},
		{"another app", cache.Purge{App: "blog"}, true},
		{"a tag", cache.Purge{App: "shop", Tag: "b"}, false},
		{"another tag", cache.Purge{App: "shop", Tag: "d"}, true},
		{"a host", cache.Purge{App: "shop", Host: "shop.example"}, false},
		{"another host", cache.Purge{App: "shop", Host: "b.example"}, true},
		{"a URL", cache.Purge{App: "shop", URL: "shop.example/a/b?c"}, false},
		{"another URL", cache.Purge{App: "shop", URL: "shop.example/a/b"}, true},
		{"a prefix", cache.Purge{App: "shop", Prefix: "shop.example/a/"}, false},
		{"another prefix", cache.Purge{App: "shop", Prefix: "shop.example/b"}, true},
	} {
		for _, soft := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, " soft=", soft), func(t *testing.T) {
				e := newEdge(t)
				e.answers(200, "one", "Cache-Control", "max-age=60", "Surrogate-Key", "a b", "Cache-Tag", "c d,e")
				e.get("/a/b?c")
				tt.purge.Soft = soft
				if err := e.cache.Purge(t.Context(), tt.purge); err != nil {
					t.Fatal(err)
				}
				e.answers(200, "two", "Cache-Control", "max-age=60")
				switch {
				case tt.hits:
					e.want("not purged", e.get("/a/b?c"), 200, "one", "hit")
				case soft:
					e.want("purged", e.get("/a/b?c"), 200, "one", "hit-stale")
					e.want("then", e.get("/a/b?c"), 200, "two", "hit")
				default:
					e.want("purged", e.get("/a/b?c"), 200, "two", "purged")
					e.want("then", e.get("/a/b?c"), 200, "two", "hit")
				}
			})
		}
	}
}
