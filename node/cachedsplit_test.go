package node

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
	"hedge/upstream"
)

// divided is an app whose routes lead to a split between two origins, the second of which
// is for those who say X-Test.
func divided(old, new string, routes ...hedge.Route) *hedge.Release {
	release := &hedge.Release{
		Name:      "shop",
		Upstreams: map[string]hedge.Upstream{"old": {Targets: []string{old}}, "new": {Targets: []string{new}}},
		Splits: map[string]hedge.Split{"home": {
			Sides:  []hedge.Side{{Upstream: "old", Weight: 1}, {Upstream: "new", Testers: "header:X-Test"}},
			Sticky: hedge.StickyNone,
		}},
	}
	for _, r := range routes {
		r.Split = "home"
		release.Routes = append(release.Routes, r)
	}
	return release
}

// Routes to a split have keys, paths and entries of their own, and are purged by the URLs
// that visitors know.
func TestRoutesToASplitAreRoutes(t *testing.T) {
	origin := counting(t, "Cache-Control", "max-age=60")
	r := caching(t, nil, divided(origin, origin,
		hedge.Route{Path: "/", CacheKey: &hedge.CacheKey{IgnoreQuery: []string{"a"}}},
		hedge.Route{Path: "/shop/", StripPrefix: true, RequestHeaders: hedge.HeaderChanges{Set: []hedge.Field{{Name: "X-Shop", Value: "1"}}}},
		hedge.Route{Path: "/off/", NoCache: true},
	))
	r.wants(t, "/x?a=1", "/x 1", "miss")
	r.wants(t, "/x?a=2", "/x 1", "hit")
	r.wants(t, "/shop/x", "/x 2", "miss")
	r.wants(t, "/shop/x", "/x 2", "hit")
	r.wants(t, "/x", "/x 3", "miss", "X-Test", "1") // of the other side, although it is one origin
	r.wants(t, "/off/x", "/off/x 4", "")
	if err := r.Purge(t.Context(), cache.Purge{URL: r.addr + "/shop/x"}); err != nil {
		t.Fatal(err)
	}
	r.wants(t, "/shop/x", "/x 5", "purged")
	r.wants(t, "/x", "/x 1", "hit")
}

// A variant is made of the picture that the visitor's side has, once for each side.
func TestPicturesOfASplit(t *testing.T) {
	d := &drawing{}
	picture := func(side string) string {
		return site(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			_, _ = fmt.Fprint(w, " ", side, r.URL.Path)
		})
	}
	r := caching(t, func(n *Node) { n.cfg.Pictures = d },
		divided(picture("old"), picture("new"), hedge.Route{Path: "/img/", Images: &hedge.Images{Variants: []string{"w=10"}}}))
	small := `{"source":{"input":0,"steps":[{"resize":{"width":10}}]},"output":{}}`
	for _, reason := range []string{"miss", "hit"} {
		r.wants(t, "/img/w=10/a.png", small+" old/img/a.png", reason)
		r.wants(t, "/img/w=10/a.png", small+" new/img/a.png", reason, "X-Test", "1")
	}
	if res, _, err := r.get(t, "/img/w=11/a.png"); err != nil || res.StatusCode != 403 {
		t.Errorf("a variant that nobody may ask for: %v, %v", res, err)
	}
	<-r.access
	if d.jobs.Load() != 2 {
		t.Errorf("%d jobs", d.jobs.Load())
	}
	if err := r.Purge(t.Context(), cache.Purge{URL: r.addr + "/img/a.png"}); err != nil {
		t.Fatal(err)
	}
	r.wants(t, "/img/w=10/a.png", small+" new/img/a.png", "purged", "X-Test", "1")
}

// What is said of a side is what its origin does, not what the cache answers in its place:
// revalidations and errors behind stale answers count, and hits do not.
func TestSidesAreTheirOrigins(t *testing.T) {
	var down atomic.Bool
	origin := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=0, stale-if-error=60")
		w.Header().Set("ETag", `"1"`)
		switch {
		case r.URL.Path == "/fresh":
			w.Header().Set("Cache-Control", "max-age=60")
		case down.Load():
			w.WriteHeader(500)
		case r.Header.Get("If-None-Match") != "":
			w.WriteHeader(304)
		}
	})
	release := divided(origin, origin, hedge.Route{Path: "/"})
	r := caching(t, nil, release)
	own, err := r.cfg.Origins.open(release) // as for its code
	if err != nil {
		t.Fatal(err)
	}
	defer r.cfg.Origins.forget(release)
	forCode, err := r.cfg.Origins.Split(release, "home")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		split func() upstream.Status
		ask   func(path string) (status int)
	}{
		{"a route", func() upstream.Status { return r.Splits()[0].Status }, func(path string) int {
			res, _, err := r.get(t, path, "X-Test", "1")
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode
		}},
		{"code", own.splits["home"].Show, func(path string) int {
			req := &httpmsg.Request{Method: "GET", Scheme: "http", Authority: "shop.example", Target: path, Header: httpmsg.NewHeader("X-Test", "1"), Account: &hedge.Account{}}
			res, err := forCode.RoundTrip(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			res.CloseBody()
			return res.Status
		}},
	} {
		down.Store(false)
		for i, step := range []struct {
			path   string
			down   bool
			asked  uint64
			errors float64
		}{
			{"/fresh", false, 1, 0}, {"/fresh", false, 1, 0}, {"/stale", false, 2, 0}, {"/stale", false, 3, 0}, {"/stale", true, 4, 0.25},
		} {
			down.Store(step.down)
			status, side := c.ask(step.path), c.split().Sides[1]
			if status != 200 || side.Requests != step.asked || side.ErrorRate != step.errors {
				t.Errorf("%s, request %d for %s: got %d, and the side has %+v, want %d requests", c.name, i, step.path, status, side.Stats, step.asked)
			}
		}
	}
}

// What waits for the end of a connection does not grow with the requests that it carries.
func TestRequestsOfASplitLeaveNothing(t *testing.T) {
	origin := counting(t, "Cache-Control", "max-age=60")
	r := caching(t, nil, divided(origin, origin, hedge.Route{Path: "/"}))
	ctx := &connection{Context: context.Background(), done: make(chan struct{})}
	for i := range 20 {
		req := &httpmsg.Request{Method: "GET", Scheme: "http", Authority: "shop.example.com", Target: fmt.Sprintf("/%d", i), Proto: "HTTP/1.1"}
		r.door.handle(ctx, req, nil, nowhere{})
		if a := <-r.access; a.Status != 200 || !strings.HasPrefix(a.Side, "split:home/") {
			t.Fatalf("%d, %s, %v", a.Status, a.Side, a.Err)
		}
	}
	if n := ctx.waiting.Load(); n != 0 {
		t.Errorf("%d functions wait for the end of the connection", n)
	}
}
