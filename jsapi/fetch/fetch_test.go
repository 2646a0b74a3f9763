package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge"
	"hedge/coding"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// origin answers by path.
type origin map[string]func(req *httpmsg.Request) (*httpmsg.Response, error)

func (o origin) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	answer, ok := o[req.Path()]
	if !ok {
		return httpmsg.Text(404, "nothing here"), nil
	}
	res, err := answer(req)
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return res, err
}

func text(body string) func(*httpmsg.Request) (*httpmsg.Response, error) {
	return func(*httpmsg.Request) (*httpmsg.Response, error) { return httpmsg.Text(200, body), nil }
}

// echo answers with method, URL, fields and body.
func echo(req *httpmsg.Request) (*httpmsg.Response, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", req.Method, req.URL())
	for _, f := range req.Header.Fields() {
		fmt.Fprintf(&b, "\n%s: %s", f.Name, f.Value)
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n\n%s (%d)", body, req.ContentLength)
	}
	return httpmsg.Text(200, b.String()), nil
}

func redirect(status int, to string) func(*httpmsg.Request) (*httpmsg.Response, error) {
	return func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: status, Header: httpmsg.NewHeader("Location", to)}, nil
	}
}

func encoded(name, body string) func(*httpmsg.Request) (*httpmsg.Response, error) {
	return func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{
			Status: 200, Header: httpmsg.NewHeader("Content-Encoding", name),
			Body: coding.Encode(name, io.NopCloser(strings.NewReader(body)), coding.Uncounted{}), ContentLength: -1,
		}, nil
	}
}

func TestFetch(t *testing.T) {
	f := jsapitest.New(t)
	loops, again := 0, 0
	f.Client = origin{
		"/text":        text("hello"),
		"/echo":        echo,
		"/301":         redirect(301, "/echo"),
		"/303":         redirect(303, "/echo"),
		"/307":         redirect(307, "/echo"),
		"/far":         redirect(302, "https://other.example/echo#fragment"),
		"/umlaut":      redirect(302, "/echo/ü?ö"),
		"/echo/%C3%BC": echo,
		"/loose":       redirect(302, "/100%?q=a b|100%#100%"),
		"/100%25":      echo,
		"/slash":       redirect(302, "/a%2Fb c"),
		"/a%2Fb%20c":   echo,
		"/port":        redirect(302, "http://O:80/echo"),
		"/idn":         redirect(302, "http://b\xc3\xbccher.example/"),
		"/again": func(req *httpmsg.Request) (*httpmsg.Response, error) {
			if again++; again == 1 {
				return redirect(302, "/again")(req)
			}
			return httpmsg.Text(200, "the second time"), nil
		},
		"/file":    redirect(302, "file:///etc/passwd"),
		"/loop":    redirect(302, "/loop"),
		"/gzip":    encoded("gzip", "was gzip"),
		"/br":      encoded("br", "was br"),
		"/zstd":    encoded("zstd", "was zstd"),
		"/deflate": encoded("deflate", "was deflate"),
		"/two":     encoded("gzip, br", "was both"),
		"/unknown": func(*httpmsg.Request) (*httpmsg.Response, error) {
			r := httpmsg.Text(200, "raw")
			r.Header.Add("Content-Encoding", "unknown")
			return r, nil
		},
		"/204": func(*httpmsg.Request) (*httpmsg.Response, error) { return &httpmsg.Response{Status: 204}, nil },
		"/refused": func(*httpmsg.Request) (*httpmsg.Response, error) {
			return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "connection refused")
		},
		"/cookies": func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Set-Cookie", "a=1", "Set-Cookie", "b=2", "X-A", "1", "X-A", "2")}, nil
		},
		"/flaky": func(*httpmsg.Request) (*httpmsg.Response, error) {
			loops++
			return httpmsg.Text(200, fmt.Sprint(loops)), nil
		},
		"/broken": func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{Status: 200, Body: &brokenBody{rest: "half"}, ContentLength: 100}, nil
		},
		"/teapot": func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{Status: 418, Reason: "Short and stout"}, nil
		},
	}
	f.Start()
	for _, test := range []struct{ name, body, want string }{
		{"text", `return new Response(await (await fetch("http://o/text")).text());`, "hello"},
		{"status without a reason", `const r = await fetch("http://o/text"); return new Response(r.statusText);`, "OK"},
		{"status", `const r = await fetch("http://o/teapot"); return new Response([r.status, r.statusText, r.ok, r.type, r.redirected, r.url].join());`, "418,Short and stout,false,basic,false,http://o/teapot"},
		{"method and headers", `return fetch("http://o/echo?q=1#f", { method: "post", headers: { "X-One": "1", Host: "evil" }, body: "abc" });`, "POST http://o/echo?q=1\nx-one: 1\ncontent-type: text/plain;charset=UTF-8\nAccept-Encoding: gzip, br, zstd\n\nabc (3)"},
		{"hop-by-hop fields", `return fetch("http://o/echo", { headers: { Connection: "x-drop", "X-Drop": "1", "Transfer-Encoding": "chunked", "accept-encoding": "br" } });`, "GET http://o/echo\naccept-encoding: br"},
		{"bytes", `return fetch("http://o/echo", { method: "PUT", headers: { "accept-encoding": "" }, body: new Uint8Array([104, 105]) });`, "PUT http://o/echo\naccept-encoding: \n\nhi (2)"},
		{"stream", `return fetch("http://o/echo", { method: "PUT", duplex: "half", headers: { "accept-encoding": "" }, body: new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("streamed")); c.close() } }) });`, "PUT http://o/echo\naccept-encoding: \n\nstreamed (-1)"},
		{"form", `const form = new URLSearchParams({ a: "1 2" }); return fetch("http://o/echo", { method: "POST", headers: { "accept-encoding": "" }, body: form });`, "POST http://o/echo\naccept-encoding: \ncontent-type: application/x-www-form-urlencoded;charset=UTF-8\n\na=1+2 (5)"},
		{"redirect is followed", `const r = await fetch("http://o/301", { headers: { "accept-encoding": "" } }); return new Response(r.redirected + " " + r.url + " " + await r.text());`, "true http://o/echo GET http://o/echo\naccept-encoding: "},
		{"301 makes POST a GET", `return fetch("http://o/301", { method: "POST", body: "x", headers: { "accept-encoding": "" } });`, "GET http://o/echo\naccept-encoding: "},
		{"303 makes PUT a GET", `return fetch("http://o/303", { method: "PUT", body: "x", headers: { "accept-encoding": "" } });`, "GET http://o/echo\naccept-encoding: "},
		{"307 keeps method and body", `return fetch("http://o/307", { method: "PUT", body: new Uint8Array([120]), headers: { "accept-encoding": "" } });`, "PUT http://o/echo\naccept-encoding: \n\nx (1)"},
		{"307 cannot send a stream again", `return fetch("http://o/307", { method: "PUT", duplex: "half", body: new ReadableStream({ start(c) { c.close() } }) }).then(() => new Response("?"), (e) => new Response(e.name + /cannot be sent again/.test(e.message)));`, "TypeErrortrue"},
		{"another origin gets no Authorization", `return fetch("http://o/far", { headers: { authorization: "secret", "accept-encoding": "" } });`, "GET https://other.example/echo\naccept-encoding: "},
		{"another origin gets no Cookie", `return fetch("http://o/far", { headers: { cookie: "session=1", "accept-encoding": "" } });`, "GET https://other.example/echo\naccept-encoding: "},
		{"the same origin gets its Cookie", `return fetch("http://o/301", { headers: { cookie: "session=1", "accept-encoding": "" } });`, "GET http://o/echo\ncookie: session=1\naccept-encoding: "},
		{"the same origin gets it", `return fetch("http://o/301", { headers: { authorization: "secret", "accept-encoding": "" } });`, "GET http://o/echo\nauthorization: secret\naccept-encoding: "},
		{"redirect: manual", `const r = await fetch("http://o/301", { redirect: "manual" }); return new Response(r.status + " " + r.headers.get("location"));`, "301 /echo"},
		{"redirect: error", `return fetch("http://o/301", { redirect: "error" }).then(() => new Response("?"), (e) => new Response(e.name));`, "TypeError"},
		{"redirect beyond ASCII", `return fetch("http://o/umlaut", { headers: { "accept-encoding": "" } });`, "GET http://o/echo/%C3%BC?%C3%B6\naccept-encoding: "},
		{"redirect to what is no URI, quite", `return fetch("http://o/loose", { headers: { "accept-encoding": "" } });`, "GET http://o/100%25?q=a%20b%7C100%25\naccept-encoding: "},
		{"redirect with an encoded slash", `return fetch("http://o/slash", { headers: { "accept-encoding": "" } });`, "GET http://o/a%2Fb%20c\naccept-encoding: "},
		{"redirect to the same origin by its port", `return fetch("http://o/port", { headers: { authorization: "secret", "accept-encoding": "" } });`, "GET http://o/echo\nauthorization: secret\naccept-encoding: "},
		{"redirect to a name that is not ASCII", `return fetch("http://o/idn").then(() => new Response("?"), (e) => new Response(/which is no URL/.test(e.message)));`, "true"},
		{"redirect to the same URL", `const r = await fetch("http://o/again"); return new Response(r.redirected + " " + r.url + " " + await r.text());`, "true http://o/again the second time"},
		{"redirect to a file", `return fetch("http://o/file").then(() => new Response("?"), (e) => new Response(e.name));`, "TypeError"},
		{"redirect loop", `return fetch("http://o/loop").then(() => new Response("?"), (e) => new Response(e.message));`, "fetch of http://o failed: more than 20 redirects"},
		{"gzip", `return new Response(await (await fetch("http://o/gzip")).text());`, "was gzip"},
		{"br", `return new Response(await (await fetch("http://o/br")).text());`, "was br"},
		{"zstd", `return new Response(await (await fetch("http://o/zstd")).text());`, "was zstd"},
		{"deflate", `return new Response(await (await fetch("http://o/deflate")).text());`, "was deflate"},
		{"two codings", `return new Response(await (await fetch("http://o/two")).text());`, "was both"},
		{"unknown coding", `return new Response(await (await fetch("http://o/unknown")).text());`, "raw"},
		{"passed to a client that takes no coding", `return fetch("http://o/gzip");`, "was gzip"},
		{"no body", `const r = await fetch("http://o/204"); return new Response(r.status + " " + (r.body === null) + " " + await r.text());`, "204 true "},
		{"set-cookie", `const r = await fetch("http://o/cookies"); return new Response(JSON.stringify([r.headers.getSetCookie(), r.headers.get("x-a"), [...r.headers].length]));`, `[["a=1","b=2"],"1, 2",3]`},
		{"immutable", `const r = await fetch("http://o/text"); try { r.headers.set("a", "b"); return new Response("?") } catch (e) { return new Response(e.name) }`, "TypeError"},
		{"copied and changed", `const r = new Response((await fetch("http://o/text")).body, { headers: { a: "b" } }); return new Response(await r.text() + r.headers.get("a"));`, "hellob"},
		{"clone", `const r = await fetch("http://o/text"); const c = r.clone(); return new Response(await r.text() + await c.text());`, "hellohello"},
		{"refused", `return fetch("http://o/refused").then(() => new Response("?"), (e) => new Response(e.name + ": " + e.message));`, "TypeError: fetch of http://o failed: connection refused"},
		{"broken body", `return (await fetch("http://o/broken")).text().then(() => new Response("?"), (e) => new Response(e.name));`, "TypeError"},
		{"not a URL", `return fetch("/relative").then(() => new Response("?"), (e) => new Response(e.name));`, "TypeError"},
		{"another scheme", `return fetch("ftp://o/").then(() => new Response("?"), (e) => new Response(e.name));`, "TypeError"},
		{"aborted before", `return fetch("http://o/text", { signal: AbortSignal.abort() }).then(() => new Response("?"), (e) => new Response(e.name));`, "AbortError"},
		{"aborted with a reason", `return fetch("http://o/text", { signal: AbortSignal.abort("why") }).then(() => new Response("?"), (e) => new Response(e));`, "why"},
		{"many at once", `return new Response((await Promise.all(Array.from({ length: 20 }, () => fetch("http://o/text").then((r) => r.text())))).join(""));`, strings.Repeat("hello", 20)},
		{"too many", `let n = 0; try { for (;; n++) await fetch("http://o/text") } catch (e) { return new Response(n + " " + e.message) }`, "50 the request made more than its 50 fetches (limits.subrequests)"},
		{"request object", `const r = new Request("http://o/echo", { method: "POST", body: "b", headers: { "accept-encoding": "", a: "1" } }); return fetch(new Request(r, { headers: { "accept-encoding": "", c: "2" } }));`, "POST http://o/echo\naccept-encoding: \nc: 2\n\nb (1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			jsapitest.Want(t, f.App(jsapitest.Handler(test.body)), jsapitest.Request("GET", "/"), test.want)
		})
	}
}

// brokenBody breaks off after a part.
type brokenBody struct{ rest string }

func (b *brokenBody) Read(p []byte) (int, error) {
	if b.rest == "" {
		return 0, errors.New("the connection was reset")
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *brokenBody) Close() error { return nil }

// What origins did, and code did not catch, is answered as a route to them would. Code has
// no say in it: other outcomes, and what others' requests met with, stay exceptions.
func TestFaultsOfOrigins(t *testing.T) {
	f := jsapitest.New(t)
	fails := func(outcome hedge.Outcome) func(*httpmsg.Request) (*httpmsg.Response, error) {
		return func(*httpmsg.Request) (*httpmsg.Response, error) { return nil, hedge.Errorf(outcome, "it went wrong") }
	}
	f.Client = origin{
		"/dead": fails(hedge.OutcomeOriginRefused), "/slow": fails(hedge.OutcomeOriginTimeout), "/full": fails(hedge.OutcomeOverloaded),
		"/private": fails(hedge.OutcomeEgressDenied), "/shed": fails(hedge.OutcomeShed), "/lost": fails(hedge.OutcomeQuarantined),
		"/garbled": func(*httpmsg.Request) (*httpmsg.Response, error) {
			res := httpmsg.Text(200, "not packed")
			res.Header.Add("Content-Encoding", "gzip")
			return res, nil
		},
		"/broken": func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{Status: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader("part"), failing{hedge.Errorf(hedge.OutcomeOriginReset, "it broke off")})), ContentLength: -1}, nil
		},
	}
	app := f.Start().App(`let kept; const ask = (path) => fetch("http://o" + path); const fail = (path) => ask(path).catch((e) => e);
		const does = {
			"/returned": () => ask("/dead"),
			"/thrown again": async () => { try { await ask("/slow"); } catch (e) { throw e; } },
			"/full": async () => { await fail("/dead"); return Promise.all([ask("/full")]); },
			"/denied": () => ask("/private"),
			"/read": async () => new Response(await (await ask("/broken")).text()),
			"/garbled": async () => new Response(await (await ask("/garbled")).text()),
			"/unpacked": () => ask("/garbled"),
			"/changed": async () => new Response((await ask("/broken")).body.pipeThrough(new TransformStream())),
			"/shed": () => ask("/shed"),
			"/quarantined": () => ask("/lost"),
			"/caught": async () => { await fail("/dead"); throw new TypeError("its own"); },
			"/wrapped": async () => { throw new Error("worse", { cause: await fail("/dead") }); },
			"/made up": async () => { const e = await fail("/dead"); throw Object.assign(new TypeError(e.message), e, { outcome: "shed", fault: 1 }); },
			"/kept": async () => { kept = await fail("/dead"); throw kept; },
			"/another's": async () => { await fail("/slow"); throw kept; },
			"/many": async () => { const all = []; for (let i = 0; i < 50; i++) all.push(await fail("/dead")); throw all[49]; },
		};
		export default { fetch: (request) => does[decodeURIComponent(new URL(request.url).pathname)]() };`)
	for _, test := range []struct {
		path string
		want hedge.Outcome
	}{
		{"/returned", hedge.OutcomeOriginRefused},
		{"/thrown again", hedge.OutcomeOriginTimeout},
		{"/full", hedge.OutcomeOverloaded},
		{"/denied", hedge.OutcomeEgressDenied},
		{"/read", hedge.OutcomeOriginReset},
		{"/garbled", hedge.OutcomeOriginMalformed},
		{"/changed", hedge.OutcomeOriginReset},
		{"/shed", hedge.OutcomeException},
		{"/quarantined", hedge.OutcomeException},
		{"/caught", hedge.OutcomeException},
		{"/wrapped", hedge.OutcomeException},
		{"/made up", hedge.OutcomeException},
		{"/kept", hedge.OutcomeOriginRefused},
		{"/another's", hedge.OutcomeException},
		{"/many", hedge.OutcomeOriginRefused},
	} {
		req := jsapitest.Request("GET", strings.ReplaceAll(test.path, " ", "%20"))
		_, _, outcome := jsapitest.Do(t, app, req)
		if outcome == hedge.OutcomeException || test.path == "/changed" {
			outcome = req.Account.Snapshot().Outcome
		}
		if outcome != test.want {
			t.Errorf("%s: %s, want %s (%v)", test.path, outcome, test.want, req.Account.Snapshot().Err)
		}
	}
	res, err := app.RoundTrip(t.Context(), jsapitest.Request("GET", "/unpacked")) // as the client takes no coding
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	if _, err := io.ReadAll(res.Body); hedge.OutcomeOf(err) != hedge.OutcomeOriginMalformed || !strings.Contains(err.Error(), "http://o/garbled") {
		t.Errorf("what is passed on without its coding ends with %v", err)
	}
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A body that an app passes through must not enter JavaScript: the very reader that
// the origin's client made comes out again.
func TestPassThrough(t *testing.T) {
	f := jsapitest.New(t)
	body := &countedBody{Reader: strings.NewReader("passed through")}
	f.Client = origin{"/": func(req *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("X-Origin", "1"), Body: body, ContentLength: 14}, nil
	}}
	f.Start()
	for name, source := range map[string]string{
		"fetch(request)":      jsapitest.Handler(`return fetch(request);`),
		"awaited":             jsapitest.Handler(`const r = await fetch(request); return r;`),
		"new headers":         jsapitest.Handler(`const r = await fetch(request); return new Response(r.body, r);`),
		"a stream in between": jsapitest.Handler(`const { body } = await fetch(request); return new Response(body, { headers: { "x-origin": "1" } });`),
	} {
		t.Run(name, func(t *testing.T) {
			*body = countedBody{Reader: strings.NewReader("passed through")}
			res, err := f.App(source).RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
			if err != nil {
				t.Fatal(err)
			}
			if body.reads.Load() != 0 {
				t.Error("the body was read before the client asked for it")
			}
			data, err := io.ReadAll(res.Body)
			if err != nil || string(data) != "passed through" || res.Header.Get("X-Origin") != "1" || res.ContentLength != 14 {
				t.Errorf("%q, %v, %v, %d", data, err, res.Header, res.ContentLength)
			}
			res.Body.Close()
			if !body.closed.Load() {
				t.Error("the body was not closed")
			}
		})
	}
}

type countedBody struct {
	io.Reader
	reads  atomic.Int32
	closed atomic.Bool
}

func (b *countedBody) Read(p []byte) (int, error) { b.reads.Add(1); return b.Reader.Read(p) }
func (b *countedBody) Close() error               { b.closed.Store(true); return nil }

// What the client takes decides whether a coding is passed through.
func TestPassThroughOfCodings(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = origin{"/": encoded("gzip", "was gzip"), "/two": encoded("deflate, gzip", "was gzip")}
	f.Start()
	app := f.App(jsapitest.Handler(`const r = await fetch(request); if (!request.url.endsWith("?plain")) return r; const h = new Headers(r.headers); h.delete("content-encoding"); return new Response(r.body, { headers: h });`))
	for _, test := range []struct {
		target, accept, coding string
	}{
		{"/", "gzip", "gzip"},
		{"/", "br, gzip;q=0.5", "gzip"},
		{"/", "br", ""},
		{"/", "gzip;q=0", ""},
		{"/?plain", "gzip", ""},
		{"/two", "gzip, deflate", "deflate, gzip"},
		{"/two", "gzip", ""},
		{"/two?plain", "gzip, deflate", ""},
	} {
		req := jsapitest.Request("GET", test.target)
		req.Header.Add("Accept-Encoding", test.accept)
		res, err := app.RoundTrip(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(coding.Decode(test.coding, res.Body, coding.Uncounted{}))
		if got := res.Header.Get("Content-Encoding"); got != test.coding || string(body) != "was gzip" || err != nil {
			t.Errorf("%s, %q: coding %q, body %q, %v", test.target, test.accept, got, body, err)
		}
		res.Body.Close()
	}
}

// An entity tag is of bytes, and is weak where they are others than the origin's.
func TestTagWithoutCoding(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = origin{"/": func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res, err := encoded("gzip", "was gzip")(req)
		res.Header.Add("ETag", `"one"`)
		res.Header.Add("Content-MD5", "Q2hlY2sgSW50ZWdyaXR5IQ==")
		return res, err
	}}
	f.Start()
	app := f.App(jsapitest.Handler(`return fetch(request);`))
	for accept, want := range map[string]string{"gzip": `"one" Q2hlY2sgSW50ZWdyaXR5IQ==`, "br": `W/"one" `} {
		req := jsapitest.Request("GET", "/")
		req.Header.Add("Accept-Encoding", accept)
		res, err := app.RoundTrip(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("ETag") + " " + res.Header.Get("Content-MD5"); got != want {
			t.Errorf("%s: %s, want %s", accept, got, want)
		}
		res.Body.Close()
	}
}

// A part of what is encoded cannot be decoded: it is not asked for, and one that comes all
// the same stays what it is, for code and for clients.
func TestPartsOfEncodedContent(t *testing.T) {
	f := jsapitest.New(t)
	const part = "a part of something in gzip"
	f.Client = origin{"/echo": echo, "/part": func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{
			Status: 206, Header: httpmsg.NewHeader("Content-Encoding", "gzip", "Content-Range", "bytes 100-126/1000", "ETag", `"one"`),
			Body: io.NopCloser(strings.NewReader(part)), ContentLength: int64(len(part)),
		}, nil
	}}
	f.Start()
	const asked = `const r = await fetch("http://o/part", { headers: { range: "bytes=100-126" } });`
	for name, source := range map[string]string{
		"passed on":         asked + `return r;`,
		"read":              asked + `return new Response(await r.text(), r);`,
		"through a stream":  asked + `return new Response(r.body.pipeThrough(new TransformStream()), r);`,
		"as a request body": asked + `const text = await (await fetch("http://o/echo", { method: "PUT", body: r.body, duplex: "half" })).text(); return new Response(/\n\n(.*) \(/.exec(text)[1], r);`,
	} {
		res, err := f.App(jsapitest.Handler(source)).RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != part || res.Status != 206 || res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("ETag") != `"one"` {
			t.Errorf("%s: %q, %v, %v", name, got, err, res.Header)
		}
		res.Body.Close()
	}
	if res, err := f.App(jsapitest.Handler(asked+`return new Response(r.body, { status: 206, headers: { "content-encoding": "br" } });`)).RoundTrip(context.Background(), jsapitest.Request("GET", "/")); err != nil || res.Header.Has("Content-Encoding") {
		t.Errorf("a part is said to have another coding: %v, %v", res.Header, err)
	}
	for headers, want := range map[string]string{
		`range: "bytes=0-1"`:                          "range: bytes=0-1\nAccept-Encoding: identity",
		`range: "bytes=0-1", "accept-encoding": "br"`: "range: bytes=0-1\naccept-encoding: br",
	} {
		app := f.App(jsapitest.Handler(`const text = await (await fetch("http://o/echo", { headers: { ` + headers + ` } })).text(); return new Response(text.split("\n").filter((l) => /range|encoding/i.test(l)).sort().reverse().join("\n"));`))
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), want)
	}
}

// A body made by code gets the coding that its Content-Encoding says.
func TestEncodedBodies(t *testing.T) {
	f := jsapitest.New(t).Start()
	for _, name := range []string{"gzip", "br", "zstd", "deflate", "gzip, br"} {
		app := f.App(jsapitest.Handler(`return new Response("made here", { headers: { "content-encoding": "` + name + `" } });`))
		req := jsapitest.Request("GET", "/")
		req.Header.Add("Accept-Encoding", name)
		res, err := app.RoundTrip(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(coding.Decode(name, res.Body, coding.Uncounted{}))
		if string(body) != "made here" || err != nil || res.ContentLength != -1 {
			t.Errorf("%s: %q, %v", name, body, err)
		}
		res.Body.Close()
	}
	app := f.App(jsapitest.Handler(`return new Response("as it is", { encodeBody: "manual", headers: { "content-encoding": "gzip" } });`))
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "as it is")
}

// Code that passes a body on under another coding gets it in that one, unless it says that
// the body has it already.
func TestPassedBodiesInOtherCodings(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = origin{"/br": encoded("br", "content"), "/plain": func(*httpmsg.Request) (*httpmsg.Response, error) { return httpmsg.Text(200, "content"), nil }}
	f.Start()
	for _, path := range []string{"br", "plain"} {
		app := f.App(jsapitest.Handler(`const r = await fetch("http://o/` + path + `"); return new Response(r.body, { headers: { "content-encoding": "gzip" } });`))
		for accept, want := range map[string]string{"gzip": "gzip", "br": "", "": ""} {
			wantCoded(t, app, accept, want, "content")
		}
	}
	app := f.App(jsapitest.Handler(`const packed = await new Response(new Response("content").body.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
		return new Response(new Response(packed).body, { encodeBody: "manual", headers: { "content-encoding": "gzip", vary: "Accept-Encoding" } });`))
	wantCoded(t, app, "gzip", "gzip", "content")
}

func wantCoded(t *testing.T, app httpmsg.RoundTripper, accept, want, text string) {
	t.Helper()
	req := jsapitest.Request("GET", "/")
	if accept != "" {
		req.Header.Add("Accept-Encoding", accept)
	}
	res, err := app.RoundTrip(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	body, err := io.ReadAll(coding.Decode(want, res.Body, coding.Uncounted{}))
	if got := res.Header.Get("Content-Encoding"); got != want || string(body) != text || err != nil || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("for %q: coding %q, body %q, %v, %v", accept, got, body, err, res.Header.Fields())
	}
}

// Code that changes what an origin has answered keeps its fields, also that of a coding which
// the client has not asked for: fetch has.
func TestChangedBodiesOfOtherCodings(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = origin{"/": encoded("br", "was br")}
	f.Start()
	for _, change := range []string{`new Response(await r.text(), r)`, `new Response(r.body.pipeThrough(new TransformStream()), r)`} {
		app := f.App(jsapitest.Handler(`const r = await fetch("http://o/"); return ` + change + `;`))
		for accept, want := range map[string]string{"": "", "gzip": "", "br": "br", "identity": ""} {
			wantCoded(t, app, accept, want, "was br")
		}
	}
}

// An answer to HEAD has the length that the answer to GET would have, if that is known.
func TestLengthOfHead(t *testing.T) {
	f := jsapitest.New(t)
	length := func(fields ...string) func(*httpmsg.Request) (*httpmsg.Response, error) {
		return func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader(fields...), ContentLength: 242}, nil
		}
	}
	f.Client = origin{"/known": length("Content-Length", "242"), "/coded": length("Content-Length", "242", "Content-Encoding", "br")}
	f.Start()
	for _, c := range []struct {
		code string
		want int64
	}{
		{`return fetch("http://o/known", { method: "HEAD" })`, 242},
		{`return fetch(new Request("http://o/known", request))`, 242},
		{`return new Response(null, { headers: { "content-length": "1234" } })`, 1234},
		{`return new Response(null, { headers: { "content-length": "-1" } })`, -1},
		{`return new Response(null)`, -1},
		{`return new Response("hello")`, 5},
		{`return fetch("http://o/coded", { method: "HEAD" })`, -1}, // GET's loses its coding
	} {
		res, err := f.App(jsapitest.Handler(c.code+";")).RoundTrip(context.Background(), jsapitest.Request("HEAD", "/"))
		if err != nil {
			t.Fatal(err)
		}
		if res.CloseBody(); res.ContentLength != c.want {
			t.Errorf("%s: got %d, want %d", c.code, res.ContentLength, c.want)
		}
	}
}

// A stream that fails, and that code gets over, does not make the request one that failed.
func TestFailedUploadThatCodeCatches(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = origin{"/": func(req *httpmsg.Request) (*httpmsg.Response, error) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		return httpmsg.Text(200, "it is whole"), nil
	}}
	f.Start()
	app := f.App(jsapitest.Handler(`
		const body = new ReadableStream({ start(c) { c.enqueue(new Uint8Array(10)); }, pull(c) { c.error(new Error("no more")); } });
		return new Response(await fetch("http://o/", { method: "POST", body, duplex: "half" }).then((r) => r.text(), (e) => "caught " + e.message));`))
	req := jsapitest.Request("GET", "/")
	req.Account = &hedge.Account{}
	jsapitest.Want(t, app, req, "caught fetch of http://o failed: the stream that the code made failed: Error: no more")
	if got := req.Account.Snapshot(); got.Outcome != "" || got.Err != nil {
		t.Errorf("got %+v", got)
	}
}

// The stream of an upload hears why nobody reads on.
func TestCancelledUploads(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		defer req.Body.Close()
		if req.Path() == "/waits" {
			_, _ = req.Body.Read(make([]byte, 10))
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, errors.New("nobody is there")
	})
	f.Start()
	for _, tt := range []struct{ name, target, want string }{
		{"aborted", "/waits", "Error: enough"},
		{"failed", "/refused", "TypeError: The body is not read any more: who asked for it went away, or has failed, or has enough of it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			jsapitest.Want(t, f.App(jsapitest.Handler(`
				const ctl = new AbortController();
				const why = Promise.withResolvers();
				const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10)); setTimeout(() => ctl.abort(new Error("enough"))); }, cancel: (reason) => why.resolve(reason) });
				const answer = fetch("http://o`+tt.target+`", { method: "POST", body, duplex: "half", signal: request.url.endsWith("/waits") ? ctl.signal : null });
				await answer.catch(() => {});
				return new Response(String(await why.promise));`)), jsapitest.Request("GET", tt.target), tt.want)
		})
	}
}

// waiting is an origin that never answers, until its context ends.
type waiting struct{ arrived, gone chan struct{} }

func (w waiting) RoundTrip(ctx context.Context, _ *httpmsg.Request) (*httpmsg.Response, error) {
	w.arrived <- struct{}{}
	<-ctx.Done()
	w.gone <- struct{}{}
	return nil, ctx.Err()
}

func TestAborts(t *testing.T) {
	for name, source := range map[string]string{
		"by a controller": jsapitest.Handler(`const c = new AbortController(); const p = fetch("http://o/", { signal: c.signal }); await null; setTimeout(() => c.abort(), 1); return p.catch((e) => new Response(e.name));`),
		"by a timeout":    jsapitest.Handler(`return fetch("http://o/", { signal: AbortSignal.timeout(1) }).catch((e) => new Response(e.name === "TimeoutError" ? "AbortError" : e.name));`),
	} {
		t.Run(name, func(t *testing.T) {
			f := jsapitest.New(t)
			w := waiting{make(chan struct{}, 1), make(chan struct{}, 1)}
			f.Client = w
			f.Start()
			jsapitest.Want(t, f.App(source), jsapitest.Request("GET", "/"), "AbortError")
			<-w.gone
		})
	}
}

// A client that goes away ends what hangs on its request.
func TestClientGoneEndsTheFetch(t *testing.T) {
	f := jsapitest.New(t)
	w := waiting{make(chan struct{}, 1), make(chan struct{}, 1)}
	f.Client = w
	f.Start()
	app := f.App(jsapitest.Handler(`return fetch(request);`))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := app.RoundTrip(ctx, jsapitest.Request("GET", "/")); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
			t.Errorf("%v", err)
		}
	})
	<-w.arrived
	cancel()
	<-w.gone
	wg.Wait()
}

// A signal that lives as long as the app keeps no fetch in memory that has ended, however it
// ended; nor does a request that goes on for long. What a fetch leads to is made large here.
func TestEndedFetchesAreLetGo(t *testing.T) {
	const many = `await Promise.all(Array.from({ length: 20 }, () => one({ signal: ctl.signal }))); return new Response("done");`
	for name, tt := range map[string]struct {
		one, body string
		requests  int
	}{
		"read to its end":        {`return large(await fetch("http://o/text", init)).text()`, many, 200},
		"read as a stream":       {`return Array.fromAsync(large(await fetch("http://o/text", init)).body)`, many, 200},
		"without a body":         {`large(await fetch("http://o/empty", init))`, many, 200},
		"cancelled":              {`return large(await fetch("http://o/text", init)).body.cancel()`, many, 200},
		"never read":             {`large(await fetch("http://o/text", init))`, many, 200},
		"broken off":             {`return large(await fetch("http://o/broken", init)).text().catch(() => {})`, many, 200},
		"failed":                 {`return fetch("http://o/failed", init).catch(large)`, many, 200},
		"never answered":         {`const answer = large({}); fetch("http://o/waits", init).then(() => answer)`, many, 200},
		"with an upload":         {`const l = large({}); fetch("http://o/done", { ...init, method: "POST", duplex: "half", body: new ReadableStream({ pull() { l; return new Promise(() => {}); } }) })`, many, 200},
		"passed on":              {`return large(await fetch("http://o/done", init))`, `return one({ signal: ctl.signal });`, 4000},
		"a client's, sent again": {`return large(await fetch(init)).text()`, `for (let i = 0; i < 4000; i++) await one(request); return new Response("done");`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := jsapitest.New(t)
			f.Limits.Memory, f.Limits.Subrequests, f.Limits.OpenSubrequests, f.Limits.CPU = 16<<20, 4000, 20, time.Minute
			f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
			f.Client = endings
			f.Start()
			app := f.App(`
				const ctl = new AbortController();
				const large = (o) => (o.large = new Array(1000).fill(0), o);
				const one = async (init) => {` + tt.one + "};\n" + jsapitest.Handler(tt.body))
			for range tt.requests {
				if jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "done"); t.Failed() {
					break
				}
			}
		})
	}
}

// endings is an origin whose answers end in all ways.
var endings = httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	switch req.Path() {
	case "/failed":
		return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "nobody is there")
	case "/empty":
		return &httpmsg.Response{Status: 204}, nil
	case "/broken":
		return &httpmsg.Response{Status: 200, Body: &brokenBody{rest: "bro"}, ContentLength: -1}, nil
	case "/waits":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &httpmsg.Response{Status: 200, Body: io.NopCloser(strings.NewReader("done")), ContentLength: -1}, nil
})

// Bodies that nobody reads are closed when their request is over.
func TestUnreadBodies(t *testing.T) {
	f := jsapitest.New(t)
	var open atomic.Int32
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		open.Add(1)
		return &httpmsg.Response{Status: 200, Body: &openBody{open: &open}, ContentLength: -1}, nil
	})
	f.Start()
	app := f.App(jsapitest.Handler(`await fetch("http://o/a"); (await fetch("http://o/b")).body; return new Response("done");`))
	for range 200 {
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "done")
	}
	app.Close()
	for open.Load() != 0 { // bodies are closed by goroutines
		jsapitest.Yield()
	}
}

type openBody struct {
	open *atomic.Int32
	once sync.Once
}

func (b *openBody) Read(p []byte) (int, error) { return copy(p, "endless "), nil }
func (b *openBody) Close() error               { b.once.Do(func() { b.open.Add(-1) }); return nil }
