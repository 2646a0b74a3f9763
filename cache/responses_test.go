package cache_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"hedge/cache"
	"hedge/httpmsg"
)

// shelf is a Cache of code's.
type shelf struct {
	*edge
	*cache.Responses
}

func newShelf(t *testing.T) *shelf {
	e := newEdge(t)
	return &shelf{e, e.cache.Responses("shop", "n")}
}

func (s *shelf) put(req *httpmsg.Request, text string, fields ...string) bool {
	s.Helper()
	res := &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader(fields...), Body: io.NopCloser(strings.NewReader(text)), ContentLength: -1}
	stored, err := s.Put(s.Context(), req, res, true)
	if err != nil {
		s.Error(err)
	}
	return stored
}

func (s *shelf) wants(req *httpmsg.Request, want string) {
	s.Helper()
	got := "-"
	if res := s.Match(s.Context(), req); res != nil {
		text, err := io.ReadAll(res.Body)
		if got = string(text); err != nil {
			got = err.Error()
		}
		res.CloseBody()
	}
	if got != want {
		s.Errorf("%s: %q, want %q", req.Target, got, want)
	}
}

func TestPuttable(t *testing.T) {
	for said, want := range map[string]bool{
		"": true, "max-age=60": true, "public": true, "s-maxage=1": true, "max-age=0, stale-while-revalidate=60": true,
		"private": false, "no-store": false, "no-cache": false, "max-age=0": false, "s-maxage=0, max-age=60": false, `private="X"`: true,
	} {
		s := newShelf(t)
		if got := s.put(request("GET", "/"), "1", "Cache-Control", said); got != want {
			t.Errorf("%q: %v", said, got)
		}
	}
	s := newShelf(t)
	if s.put(request("GET", "/"), "1", "Set-Cookie", "a=b") || !s.put(request("GET", "/"), "1", "Set-Cookie", "a=b", "Cache-Control", "public") {
		t.Error("cookies are kept, or not even if they are public")
	}
}

func TestMatch(t *testing.T) {
	s := newShelf(t)
	s.put(request("GET", "/a?b"), "forever", "Age", "5")
	s.put(request("GET", "/60"), "a minute", "Cache-Control", "max-age=60")
	s.put(request("GET", "/vary", "X", "1"), "one", "Vary", "x")
	s.put(request("GET", "/vary", "X", "2"), "two", "Vary", "x")
	s.wants(request("GET", "/a?b", "Authorization", "x"), "forever")
	s.wants(request("GET", "/a"), "-")
	s.wants(request("GET", "/vary", "X", "1"), "one")
	s.wants(request("GET", "/vary", "X", "2"), "two")
	s.wants(request("GET", "/vary"), "-")
	s.wants(request("GET", "/a?b", "Range", "bytes=0-2"), "for")
	s.later(61 * time.Second)
	s.wants(request("GET", "/60"), "-")
	s.wants(request("GET", "/a?b"), "forever")
	if !s.Delete(t.Context(), request("GET", "/a?b")) || s.Delete(t.Context(), request("GET", "/a?b")) {
		t.Error("delete does not say what was there")
	}
	other := s.cache.Responses("shop", "m")
	if other.Match(t.Context(), request("GET", "/vary", "X", "1")) != nil || s.cache.Responses("blog", "n").Match(t.Context(), request("GET", "/vary", "X", "1")) != nil {
		t.Error("another cache has the response")
	}
	if err := other.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.wants(request("GET", "/vary", "X", "1"), "one")
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.wants(request("GET", "/vary", "X", "1"), "-")
}

// Within stale-while-revalidate one makes the response anew, and the others do not notice.
func TestMatchStale(t *testing.T) {
	s := newShelf(t)
	put := func(text string) {
		s.put(request("GET", "/"), text, "Cache-Control", "max-age=60, stale-while-revalidate=600")
	}
	put("old")
	s.later(90 * time.Second)
	s.wants(request("GET", "/"), "-")
	s.wants(request("GET", "/"), "old")
	s.wants(request("GET", "/"), "old")
	put("new")
	s.wants(request("GET", "/"), "new")
	s.later(90 * time.Second)
	s.wants(request("GET", "/"), "-") // and if that comes to nothing, another one
	s.wants(request("GET", "/"), "new")
	s.later(3 * time.Minute)
	s.wants(request("GET", "/"), "-")
	s.later(time.Hour)
	s.wants(request("GET", "/"), "-")
}

func TestPutsArePurged(t *testing.T) {
	for _, p := range []cache.Purge{{Tag: "t"}, {URL: "shop.example/a"}, {Prefix: "shop.example/"}, {Host: "shop.example"}, {}} {
		s := newShelf(t)
		p.App = "shop"
		s.put(request("GET", "/a"), "1", "Cache-Tag", "t")
		s.wants(request("GET", "/a"), "1")
		if err := s.cache.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		s.wants(request("GET", "/a"), "-")
	}
}
