package cache_test

import (
	"context"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/cache/mem"
	"hedge/httpmsg"
)

// A clock that jumps makes nothing fresh again that was stale, and no age less than 0.
func TestAClockThatJumps(t *testing.T) {
	for _, jumps := range [][]time.Duration{
		{-time.Hour},
		{-100 * 365 * 24 * time.Hour},
		{200 * 365 * 24 * time.Hour},
		{-time.Hour, time.Hour},
		{30 * time.Second, -time.Hour, 2 * time.Hour},
		{math.MaxInt64},
	} {
		e := newEdge(t)
		e.answers(200, "text", "Cache-Control", "max-age=60", "Age", "10")
		e.ask(req("/"))
		stored := e.time()
		for _, jump := range jumps {
			e.later(jump)
			g := e.ask(req("/"))
			age, err := strconv.Atoi(g.header.Get("Age"))
			if g.text != "text" || err != nil || age < 0 {
				t.Errorf("after %v: %v, Age %q", jumps, g, g.header.Get("Age"))
			}
			if old := e.time().Sub(stored); old >= 50*time.Second && g.reason == "hit" && e.times() == 1 {
				t.Errorf("after %v it is used although it is %v old", jumps, old)
			}
			if e.times() > 1 {
				break
			}
		}
	}
}

// Whatever the key is made of, and whatever fields come along: an answer is only ever given
// to a request for the same thing of the same app.
func FuzzKeysAndFields(f *testing.F) {
	f.Add("a", "b", "http", "shop.example", "/x?y", "a", "b", "http", "shop.example", "/x?z", "Vary", "accept", "Accept", "text/html")
	f.Add("a", "bc", "http", "h", "/", "ab", "c", "http", "h", "/", "Cache-Control", "no-cache=\"x", "Range", "bytes=0-")
	f.Add("", "", "", "", "", "", "", "", "", "\x00", "ETag", "W/\"", "If-None-Match", "*")
	f.Fuzz(func(t *testing.T, app1, scope1, scheme1, host1, target1, app2, scope2, scheme2, host2, target2, answerName, answerValue, name, value string) {
		store, err := mem.New(mem.Config{Bytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		c := cache.New(cache.Config{Store: store})
		defer c.Close()
		type thing struct{ app, scope, scheme, host, target string }
		for _, x := range []thing{{app1, scope1, scheme1, host1, target1}, {app2, scope2, scheme2, host2, target2}, {app1, scope1, scheme1, host1, target1}} {
			text := strconv.Quote(x.app) + strconv.Quote(x.scope) + strconv.Quote(x.scheme) + strconv.Quote(x.host) + strconv.Quote(x.target)
			origin := httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
				return &httpmsg.Response{
					Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60", answerName, answerValue),
					Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
				}, nil
			})
			r := &httpmsg.Request{Method: "GET", Scheme: x.scheme, Authority: x.host, Target: x.target, Header: httpmsg.NewHeader(name, value), Account: &hedge.Account{}}
			res, err := c.RoundTrip(t.Context(), &cache.Policy{App: x.app, Scope: x.scope, Compress: true}, r, origin)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			if res.Body != nil {
				got, err = io.ReadAll(res.Body)
			}
			res.CloseBody()
			c.Wait()
			whole := res.Status == 200 && !res.Header.Has("Content-Encoding")
			if err != nil || whole && string(got) != text || res.Status == 206 && !strings.Contains(res.Header.Get("Content-Type"), "multipart") && !strings.Contains(text, string(got)) {
				t.Fatalf("%d %q for %q: %v", res.Status, got, text, err)
			}
		}
	})
}

// An origin that sends a part although nobody has asked for one holds up nobody.
func TestAPartThatNobodyAskedFor(t *testing.T) {
	for _, part := range []string{"bytes 0-4/10", "bytes 0-4/3", "nonsense", ""} {
		e := newEdge(t)
		e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{
				Status: 206, Header: httpmsg.NewHeader("Cache-Control", "max-age=60", "ETag", `"a"`, "Content-Range", part),
				Body: io.NopCloser(strings.NewReader("abcde")), ContentLength: 5,
			}, nil
		})
		for n := range 3 {
			if g := e.ask(req("/")); g.status != 206 || g.text != "abcde" || e.times() != n+1 {
				t.Errorf("%q: %v after %d requests to the origin", part, g, e.times())
			}
		}
	}
}
