package fetch_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/frame"
	"hedge/httpmsg"
	"hedge/jsapi/fetch"
	"hedge/jsapi/jsapitest"
)

// cached is a client with the edge's cache, before an origin that says how often it was
// asked, and with what.
func cached(t *testing.T) httpmsg.RoundTripper {
	t.Helper()
	store, err := mem.New(mem.Config{Bytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.New(cache.Config{Store: store})
	t.Cleanup(func() {
		c.Close()
		store.Close()
	})
	var asked sync.Map // by host
	next := httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		count, _ := asked.LoadOrStore(req.Authority, new(atomic.Int64))
		n := count.(*atomic.Int64).Add(1)
		if req.Path() == "/redirect" {
			return redirect(301, "/target")(req)
		}
		res := httpmsg.Text(200, fmt.Sprintf("%d %s %q %q", n, req.Path(), req.Header.Get("Cache-Control"), req.Header.Get("Pragma")))
		if said := req.Header.Get("X-Say"); said != "" {
			res.Header.Add("Cache-Control", said)
		}
		return res, nil
	})
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return c.RoundTrip(ctx, &cache.Policy{App: "test", Scope: "fetch"}, req, next)
	})
}

func TestSteering(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = cached(t)
	f.Start()
	const twice = `const ask = async (...list) => { let all = []; for (const one of list) all.push(await (await fetch("http://o" + (one.at ?? "/"), one)).text()); return new Response(all.join("; ")); };`
	for i, test := range []struct{ name, body, want string }{
		{"no options", `return ask({}, {});`, `1 / "" ""; 2 / "" ""`},
		{"ttl", `return ask({ hedge: { ttl: 60 } }, {}, { hedge: undefined });`, `1 / "" ""; 1 / "" ""; 1 / "" ""`},
		{"of a request", `const r = new Request("http://o/", { hedge: { ttl: 60 } }); await fetch(r.clone()); return fetch(new Request(r, { headers: { a: "b" } }));`, `1 / "" ""`},
		{"taken back", `const r = new Request("http://o/", { hedge: { ttl: 60 } }); await fetch(r, { hedge: null }); return fetch("http://o/");`, `2 / "" ""`},
		{"no-store", `return ask({ hedge: { ttl: 60 } }, { cache: "no-store" }, {});`, `1 / "" ""; 2 / "no-cache" "no-cache"; 1 / "" ""`},
		{"reload", `return ask({ hedge: { ttl: 60 } }, { cache: "reload", hedge: { ttl: 60 } }, {});`, `1 / "" ""; 2 / "no-cache" "no-cache"; 2 / "no-cache" "no-cache"`},
		{"no-cache", `return ask({ hedge: { ttl: 60 } }, { cache: "no-cache" });`, `1 / "" ""; 2 / "max-age=0" ""`},
		{"force-cache", `return ask({ hedge: { ttl: 0, staleIfError: 1 } }, { cache: "force-cache" });`, `1 / "" ""; 1 / "" ""`},
		{"only-if-cached", `return ask({ hedge: { ttl: 60 } }, { cache: "only-if-cached", mode: "same-origin" });`, `1 / "" ""; 1 / "" ""`},
		{"only-if-cached, and nothing is", `return ask({ cache: "only-if-cached", mode: "same-origin" }).catch((e) => new Response(e.name + ": " + e.message));`, `TypeError: fetch of http://o failed: nothing is stored that could answer it, and the origin is not to be asked (cache: "only-if-cached")`},
		{"key", `return ask({ at: "/a", hedge: { ttl: 60, key: "ü\u0000 /\ud800" } }, { at: "/b", hedge: { key: "ü\u0000 /\ufffd" } }, { at: "/b", hedge: { key: "ü" } });`, `1 /a "" ""; 1 /a "" ""; 2 /b "" ""`},
		{"key of POST", `return ask({ method: "POST", body: "a", hedge: { ttl: 60, key: "k" } }, { method: "POST", body: "b", hedge: { key: "k" } });`, `1 / "" ""; 1 / "" ""`},
		{"key of a redirect", `return ask({ at: "/redirect", hedge: { ttl: 60, key: "k" } }, { at: "/redirect", hedge: { ttl: 60, key: "k" } });`, `2 /target "" ""; 2 /target "" ""`},
		{"store", `return ask({ headers: { "X-Say": "no-store" }, hedge: { ttl: 60 } }, {}, { headers: { "X-Say": "no-store" }, hedge: { ttl: 60, store: "always" } }, {}, { at: "/b", hedge: { store: "never", ttl: 60 } }, { at: "/b" });`, `1 / "" ""; 2 / "" ""; 3 / "" ""; 3 / "" ""; 4 /b "" ""; 5 /b "" ""`},
		{"tags", `return ask({ hedge: { ttl: 60, tags: ["product-7", "ü"] } }, {});`, `1 / "" ""; 1 / "" ""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := strings.ReplaceAll(jsapitest.Handler(twice+test.body), "http://o", fmt.Sprint("http://o", i)) // each with entries of its own
			jsapitest.Want(t, f.App(source), jsapitest.Request("GET", "/"), strings.ReplaceAll(test.want, "http://o", fmt.Sprint("http://o", i)))
		})
	}
}

func TestSteeringErrors(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = cached(t)
	f.Start()
	for options, want := range map[string]string{
		`"60"`:                           `The option 'hedge' is not an object, as in hedge: { ttl: 60 }`,
		`{ tll: 60 }`:                    `hedge has no member 'tll': it has key, staleIfError, staleWhileRevalidate, store, tags, ttl`,
		`{ ttl: "1h" }`:                  `hedge.ttl is a whole number of seconds, as in ttl: 60, and not "1h"`,
		`{ ttl: -1 }`:                    `hedge.ttl is a whole number of seconds, as in ttl: 60, and not -1`,
		`{ staleIfError: 1.5 }`:          `hedge.staleIfError is a whole number of seconds, as in staleIfError: 60, and not 1.5`,
		`{ staleWhileRevalidate: NaN}`:   `hedge.staleWhileRevalidate is a whole number of seconds, as in staleWhileRevalidate: 60, and not NaN`,
		`{ store: true }`:                `hedge.store is "always" or "never", and not true`,
		`{ tags: "a" }`:                  `hedge.tags is an array of strings, as in ["product-7"], and not "a"`,
		`{ tags: [7] }`:                  `A tag is a string, and not 7`,
		`{ tags: ["a b"] }`:              `A tag has 1 to 256 characters, and neither spaces nor commas, as in "product-7"; this one is "a b"`,
		`{ tags: ["a\u0000"] }`:          "A tag has 1 to 256 characters, and neither spaces nor commas, as in \"product-7\"; this one is \"a\x00\"",
		`{ tags: Array(257).fill("a") }`: `hedge.tags has 257 tags, and may have 256`,
		`{ key: "" }`:                    `hedge.key has 0 characters, and may have 1 to 2048`,
		`{ key: "x".repeat(9999) }`:      `hedge.key has 9999 characters, and may have 1 to 2048`,
		`{ key: new URL("http://a") }`:   `hedge.key is a string, and not an object`,
	} {
		app := f.App(jsapitest.Handler(`return fetch("http://o/", { hedge: ` + options + ` }).catch((e) => new Response(e.name + ": " + e.message));`))
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "TypeError: "+want)
	}
	for options, want := range map[string]string{
		`{ method: "PUT", hedge: { key: "k" } }`: `A request with the method PUT cannot have a hedge.key: those with GET, HEAD and POST can`,
		`{ cache: "sometimes" }`:                 `The option 'cache': 'sometimes' is not one of its values`,
		`{ cache: "only-if-cached" }`:            `The option 'cache' can be 'only-if-cached' only with mode: 'same-origin' beside it`,
	} {
		app := f.App(jsapitest.Handler(`return fetch("http://o/", ` + options + `).catch((e) => new Response(e.name + ": " + e.message));`))
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "TypeError: "+want)
	}
}

// An answer that comes from the cache, steered, does not enter JavaScript when it is
// passed on.
func TestSteeredPassThrough(t *testing.T) {
	f := jsapitest.New(t)
	body := &untouched{text: "hello"}
	f.Client = httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Steering == nil || req.Steering.TTL.Duration() != time.Minute {
			t.Errorf("the client gets %+v", req.Steering)
		}
		return &httpmsg.Response{Status: 200, Body: body, ContentLength: 5}, nil
	})
	app := f.Start().App(jsapitest.Handler(`return fetch("http://o/", { hedge: { ttl: 60 } });`))
	res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	if res.ContentLength != 5 || body.reads.Load() != 0 {
		t.Errorf("the body was read %d times before the client did, and its length is %d", body.reads.Load(), res.ContentLength)
	}
}

// untouched counts how often it is read.
type untouched struct {
	text  string
	reads atomic.Int64
}

func (u *untouched) Read(p []byte) (int, error) {
	u.reads.Add(1)
	return strings.NewReader(u.text).Read(p)
}

func (u *untouched) Close() error { return nil }

// FuzzSteering reads what an isolate might write, which the host does not believe.
func FuzzSteering(f *testing.F) {
	f.Add(uint32(0), "", "")
	f.Add(uint32(13), "key", "ttl\x0060\x00staleIfError\x000\x00tag\x00a\x00store\x00never\x00")
	f.Add(uint32(8), "", "ttl\x00-1\x00")
	f.Add(uint32(9), "\xff", "tag\x00")
	f.Fuzz(func(t *testing.T, word uint32, key, options string) {
		var w frame.Writer
		w.Word(word)
		w.Text(key)
		w.Text(options)
		r := frame.NewReader(w.Bytes())
		s, ok := fetch.ReadSteering(&r)
		switch {
		case !ok || s == nil:
			return
		case s.Mode > httpmsg.CacheOnlyIfCached || s.Store > httpmsg.StoreNever:
			t.Errorf("a mode that there is not: %+v", s)
		}
		for _, n := range []httpmsg.Seconds{s.TTL, s.StaleIfError, s.StaleWhileRevalidate} {
			if n.Value < 0 || n.Value > httpmsg.MaxSeconds {
				t.Errorf("%+v", s)
			}
		}
	})
}
