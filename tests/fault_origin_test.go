package tests

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/node"
	"hedge/telemetry"
)

const (
	okHead   = "HTTP/1.1 200 OK\r\n"
	tenBytes = okHead + "Content-Length: 10\r\n\r\nabcde"
	chunk    = okHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
)

// Origins that fail before the head of their answer has come. To code that is a
// TypeError which says why; behind a route, or code that does not catch it, it is an
// answer of its own.
func TestFaultsOfOrigins(t *testing.T) {
	now := make(chan struct{})
	close(now)
	cases := []struct {
		name, origin, message string
		status                int
		outcome               hedge.Outcome
	}{
		{"refuses", refuses(t), "refuses connections; is it running?", 502, hedge.OutcomeOriginRefused},
		{"has no address", "http://origin.invalid", "has no address", 502, hedge.OutcomeOriginUnknown},
		{"ends without an answer", says(t, ""), "broke off the connection", 502, hedge.OutcomeOriginReset},
		{"resets without an answer", breaks(t, "", "", now), "broke off the connection", 502, hedge.OutcomeOriginReset},
		{"resets in the head", breaks(t, okHead+"Server: x\r\n", "", now), "broke off the connection", 502, hedge.OutcomeOriginReset},
		{"speaks another protocol", says(t, "SSH-2.0-OpenSSH_9.2\r\n"), "is not HTTP", 502, hedge.OutcomeOriginMalformed},
		{"malformed field", says(t, okHead+"no colon\r\n\r\n"), "is not HTTP", 502, hedge.OutcomeOriginMalformed},
		{"malformed length", says(t, okHead+"Content-Length: 5, 6\r\n\r\nabcdef"), "is not HTTP", 502, hedge.OutcomeOriginMalformed},
		{"status that is none", says(t, "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"), "the status 999", 502, hedge.OutcomeOriginMalformed},
		{"no TLS", strings.Replace(origin(t, func(http.ResponseWriter, *http.Request) {}), "http:", "https:", 1), "does not speak TLS", 502, hedge.OutcomeOriginTLS},
	}
	asks := app{name: "asks", main: `export default { async fetch(request) {
		const origin = request.headers.get("x-origin");
		const e = await fetch(origin + "/secret").then((r) => r.text(), (e) => e);
		return new Response(e instanceof TypeError ? e.message : "it is no TypeError: " + e);
	} };`}
	passes := app{name: "passes", hosts: []string{"passes.example"}, main: `import { mount, upstream } from "hedge:route";
		export default { fetch(request) {
			const origin = request.headers.get("x-origin");
			return new URL(request.url).pathname === "/fetched" ? fetch(origin) : mount({ "/": upstream(origin) })(request);
		} };`}
	apps := []string{asks.write(t), passes.write(t)}
	for i, c := range cases {
		apps = append(apps, proxy(fmt.Sprint("proxy", i), c.origin, fmt.Sprintf("%d.example", i)).write(t))
	}
	p := serve(t, apps...)
	at := p.addr()
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			page := get(t, at, "/", "X-Origin", c.origin)
			if page.status != 200 || !contains(page.body, "fetch of "+c.origin+" failed: ", c.message) || contains(page.body, "secret") {
				t.Errorf("code sees %d %q, want a TypeError with %q", page.status, page.body, c.message)
			}
			page = get(t, at, "/", "Host", fmt.Sprintf("%d.example", i))
			address := strings.Split(c.origin, "://")[1]
			if page.status != c.status || !contains(page.body, string(c.outcome)) || contains(page.body, address) {
				t.Errorf("the answer is %d %q, want %d, %s and nothing of the origin", page.status, page.body, c.status, c.outcome)
			}
			for _, target := range []string{"/fetched", "/mounted"} {
				page := get(t, at, target, "Host", "passes.example", "X-Origin", c.origin)
				if page.status != c.status || !contains(page.body, string(c.outcome)) || contains(page.body, address) {
					t.Errorf("%s: the answer is %d %q, want that of a route, %d and %s", target, page.status, page.body, c.status, c.outcome)
				}
			}
		})
	}
	for i, c := range cases {
		line := p.await(fmt.Sprintf(`(?m)^(.*"url":"http://%d\.example/".*)$`, i))
		if want := fmt.Sprintf(`"status":%d,`, c.status); !contains(line, want, `"outcome":"`+string(c.outcome)+`"`, `"step":"upstream:origin"`) {
			t.Errorf("%s: the access log has %s", c.name, line)
		}
	}
}

// Origins that fail in the body of their answer. Nobody may take what came for the
// whole: neither code nor the client.
func TestFaultsInBodies(t *testing.T) {
	cases := []struct {
		name, text, then string
		outcome          hedge.Outcome
	}{
		{"ends before the length", tenBytes, "", hedge.OutcomeOriginReset},
		{"ends between chunks", chunk, "", hedge.OutcomeOriginReset},
		{"ends in a chunk", chunk, "9\r\nabc", hedge.OutcomeOriginReset},
		{"malformed chunk", chunk, "zz\r\nabcde\r\n", hedge.OutcomeOriginMalformed},
	}
	asks := app{name: "asks", main: `export default { async fetch(request) {
		const url = new URL(request.url);
		const response = await fetch(request.headers.get("x-origin"));
		switch (url.pathname) {
			case "/read": return new Response(await response.text().then((t) => "read " + t, (e) => e instanceof TypeError ? "TypeError" : "no TypeError: " + e));
			case "/passed": return response;
			case "/changed": return new Response(response.body.pipeThrough(new TransformStream()));
			case "/teed": return new Response(response.body.tee()[1]);
		}
	} };`}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now := make(chan struct{}, 1)
			from := breaks(t, c.text, c.then, now)
			p := serve(t, asks.write(t), proxy("proxy", from, "proxy.example").write(t))
			at := p.addr()
			now <- struct{}{}
			get(t, at, "/read", "X-Origin", from).want(t, 200, "TypeError")
			for _, target := range []string{"/passed", "/changed", "/teed", "/route"} {
				host := at
				if target == "/route" {
					host = "proxy.example"
				}
				// The connection breaks when the client has the first part.
				res := open(t, at, "GET", target, "", "X-Origin", from, "Host", host)
				defer res.Body.Close()
				first := make([]byte, 5)
				if _, err := io.ReadFull(res.Body, first); string(first) != "abcde" {
					t.Fatalf("%s: the body begins with %q (%v)", target, first, err)
				}
				now <- struct{}{}
				rest, err := io.ReadAll(res.Body)
				if err == nil {
					t.Errorf("%s: the client takes what came for the whole, with %q at the end", target, rest)
				}
				if got := p.access(target); !got.Broken || got.Outcome != c.outcome {
					t.Errorf("%s: the access log has %+v, want broken and %s", target, got, c.outcome)
				}
			}
			p.mustRun()
		})
	}
}

// An origin that stalls is waited for until code gives up or the limit is reached.
func TestFaultsOfStallingOrigins(t *testing.T) {
	silent, _ := stalls(t, "")
	half, halfEnded := stalls(t, tenBytes)
	p := serve(t, app{name: "asks", config: "[limits]\nwall = \"300ms\"\n", main: paths(map[string]string{
		"/head":   fmt.Sprintf(`return fetch(%q);`, silent),
		"/body":   fmt.Sprintf(`return new Response(await (await fetch(%q)).text());`, half),
		"/signal": fmt.Sprintf(`return fetch(%q, { signal: AbortSignal.timeout(10) }).catch((e) => new Response(e.name));`, silent),
		"/reader": fmt.Sprintf(`const c = new AbortController(); const r = await fetch(%q, { signal: c.signal }); setTimeout(() => c.abort(new DOMException("late", "TimeoutError")), 10); return r.text().catch((e) => new Response(e.name));`, half),
		"/cancel": fmt.Sprintf(`const r = await fetch(%q); await r.body.cancel(); return new Response("cancelled");`, half),
		"/abort":  fmt.Sprintf(`const c = new AbortController(); const r = fetch(%q, { signal: c.signal }); c.abort(new Error("enough")); return r.catch((e) => new Response(e.message));`, silent),
		"/any":    fmt.Sprintf(`return Promise.race([fetch(%q), new Response("first")]);`, silent),
	})}.write(t))
	at := p.addr()
	for target, want := range map[string]string{"/signal": "TimeoutError", "/reader": "TimeoutError", "/cancel": "cancelled", "/abort": "enough", "/any": "first"} {
		get(t, at, target).want(t, 200, want)
	}
	for _, target := range []string{"/head", "/body"} {
		if page := get(t, at, target); page.status != 504 || !contains(page.body, string(hedge.OutcomeExceededWall)) {
			t.Errorf("%s: %d %q, want 504 and %s", target, page.status, page.body, hedge.OutcomeExceededWall)
		}
		p.access(target).want(t, 504, hedge.OutcomeExceededWall)
	}
	for range 3 { // /body, /reader and /cancel
		receive(t, "the end of a connection to the origin", halfEnded)
	}
}

// Behind a route the client's own limit ends the wait. It is 30 seconds, so this
// test has a node of its own.
func TestFaultsOfStallingUpstreams(t *testing.T) {
	cfg := node.DefaultClientConfig()
	cfg.HeadTimeout = 100 * time.Millisecond
	origins := node.NewOrigins(node.OriginsConfig{Client: cfg, Clients: node.NewClients(cfg, nil, nil)})
	t.Cleanup(origins.Close)
	silent, ended := stalls(t, "")
	outcomes := make(chan hedge.Outcome, 1)
	at := openNode(t, node.Config{Origins: origins, Access: func(a telemetry.Access) { outcomes <- a.Outcome }}, &hedge.Release{
		Name: "proxy", Routes: []hedge.Route{{Path: "/", Upstream: "silent"}},
		Upstreams: map[string]hedge.Upstream{"silent": {Targets: []string{silent}}},
	})
	if page := get(t, at, "/"); page.status != 504 || !contains(page.body, string(hedge.OutcomeOriginTimeout)) {
		t.Errorf("the answer is %d %q, want 504 and %s", page.status, page.body, hedge.OutcomeOriginTimeout)
	}
	if got := <-outcomes; got != hedge.OutcomeOriginTimeout {
		t.Errorf("the access log has %s", got)
	}
	receive(t, "the end of the connection to the origin", ended)
}

// openNode serves releases from this process, and returns where.
func openNode(t testing.TB, cfg node.Config, releases ...*hedge.Release) string {
	t.Helper()
	_, at := serveNode(t, cfg, releases...)
	return at
}

func serveNode(t testing.TB, cfg node.Config, releases ...*hedge.Release) (n *node.Node, at string) {
	t.Helper()
	n, err := node.New(cfg)
	must(t, err)
	for _, release := range releases {
		must(t, n.Deploy(t.Context(), release))
	}
	ln := listen(t)
	served := make(chan error, 1)
	go func() { served <- n.Serve(t.Context(), ln) }() // until the test ends
	t.Cleanup(func() {
		_ = n.Shutdown(t.Context()) // at once, as the context is over
		if err := <-served; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return n, ln.Addr().String()
}

// A client that has gone away is noticed: the exchange with the origin ends, and
// code gets to know.
func TestFaultsOfClientsInAnswers(t *testing.T) {
	half, ended := stalls(t, okHead+"Content-Length: 10\r\n\r\nabc\n")
	told := make(chan string, 1)
	hears := origin(t, func(_ http.ResponseWriter, r *http.Request) { told <- r.URL.Path })
	asks := app{name: "asks", main: paths(map[string]string{
		"/passed":        fmt.Sprintf(`return fetch(%q);`, half),
		"/request":       fmt.Sprintf(`return fetch(new Request(%q, request));`, half),
		"/changed":       fmt.Sprintf(`const r = await fetch(%q, { signal: request.signal }); return new Response(r.body.pipeThrough(new TransformStream()));`, half),
		"/signal":        fmt.Sprintf(`request.signal.addEventListener("abort", () => ctx.waitUntil(fetch(%q + "/" + request.signal.reason.name))); const r = await fetch(%q); return new Response(r.body.pipeThrough(new TransformStream()));`, hears, half),
		"/signal/passed": fmt.Sprintf(`request.signal.addEventListener("abort", () => ctx.waitUntil(fetch(%q + "/" + request.signal.reason.name))); return fetch(%q);`, hears, half),
		"/cancel":        fmt.Sprintf(`return new Response(new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode("abc\n".repeat(4096))); }, cancel() { ctx.waitUntil(fetch(%q + "/cancelled")); } }));`, hears),
	})}
	p := serve(t, asks.write(t), proxy("proxy", half, "proxy.example").write(t))
	at := p.addr()
	for _, c := range []struct{ target, host, told string }{
		{"/passed", at, ""},
		{"/request", at, ""},
		{"/changed", at, ""},
		{"/signal", at, "/AbortError"},
		{"/signal/passed", at, "/AbortError"},
		{"/cancel", at, "/cancelled"},
		{"/route", "proxy.example", ""},
	} {
		t.Run(c.target, func(t *testing.T) {
			conn := dial(t, at, "GET "+c.target+" HTTP/1.1\r\nHost: "+c.host+"\r\n\r\n")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			must(t, err)
			wantLine(t, bufio.NewReader(res.Body), "abc\n")
			must(t, conn.Close())
			if c.target != "/cancel" {
				receive(t, "the end of the exchange with the origin", ended)
			}
			if c.told != "" {
				if got := receive(t, "request.signal", told); got != c.told {
					t.Errorf("the app says %s, want %s", got, c.told)
				}
			}
			got := p.access(c.target)
			got.want(t, 200, hedge.OutcomeClientGone)
			if !got.Broken {
				t.Error("the access log does not say that the answer is broken off")
			}
		})
	}
}

// A client that goes away before there is an answer.
func TestFaultsOfClientsThatWait(t *testing.T) {
	asked := make(chan struct{}, 1)
	silent := origin(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
		asked <- struct{}{}
	})
	asks := app{name: "asks", main: fmt.Sprintf(`export default { fetch: (request) => fetch(%q, { signal: request.signal }) };`, silent)}
	p := serve(t, asks.write(t), proxy("proxy", silent, "proxy.example").write(t))
	at := p.addr()
	for target, host := range map[string]string{"/code": at, "/route": "proxy.example"} {
		conn := dial(t, at, "GET "+target+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		receive(t, "the request", asked)
		must(t, conn.Close())
		receive(t, "the end of the exchange with the origin", asked)
		p.access(target).want(t, telemetry.StatusClientGone, hedge.OutcomeClientGone)
	}
}

// A client that goes away in the middle of its upload: what came is never taken for
// the whole, by code or by the origin.
func TestFaultsOfUploads(t *testing.T) {
	arrived, told := make(chan error, 1), make(chan string, 1)
	begun := make(chan struct{}, 1)
	takes := origin(t, func(_ http.ResponseWriter, r *http.Request) {
		if name := r.Header.Get("X-Error"); name != "" {
			told <- name
			return
		}
		begun <- struct{}{}
		_, err := io.Copy(io.Discard, r.Body)
		arrived <- err
	})
	asks := app{name: "asks", main: paths(map[string]string{
		"/read":    fmt.Sprintf(`await fetch(%q); try { await request.text(); } catch (e) { ctx.waitUntil(fetch(%q, { headers: { "x-error": e.name } })); throw e; } return new Response("complete");`, takes, takes),
		"/passed":  fmt.Sprintf(`return fetch(%q, { method: "POST", body: request.body, duplex: "half" });`, takes),
		"/request": fmt.Sprintf(`return fetch(new Request(%q, request));`, takes),
		"/changed": fmt.Sprintf(`return fetch(%q, { method: "POST", body: request.body.pipeThrough(new TransformStream()), duplex: "half" });`, takes),
	})}
	p := serve(t, asks.write(t), proxy("proxy", takes, "proxy.example").write(t))
	at := p.addr()
	for _, c := range []struct{ name, target, host, body string }{
		{"read by code", "/read", at, "Content-Length: 10\r\n\r\nabc"},
		{"passed on by code", "/passed", at, "Content-Length: 10\r\n\r\nabc"},
		{"passed on in chunks", "/passed?chunks", at, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"},
		{"request passed on", "/request", at, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"},
		{"changed by code", "/changed", at, "Content-Length: 10\r\n\r\nabc"},
		{"by a route", "/route", "proxy.example", "Content-Length: 10\r\n\r\nabc"},
		{"by a route, in chunks", "/route?chunks", "proxy.example", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, at, "POST "+c.target+" HTTP/1.1\r\nHost: "+c.host+"\r\n"+c.body)
			receive(t, "the request", begun)
			if c.target == "/read" {
				<-arrived // that request has no body
			}
			must(t, conn.Close())
			if c.target == "/read" {
				if name := receive(t, "the exception", told); name != "TypeError" && name != "AbortError" {
					t.Errorf("code gets a %s", name)
				}
			} else if err := receive(t, "the end of the upload", arrived); err == nil {
				t.Error("the origin takes what came for the whole")
			}
			if got := p.access(c.target); got.Outcome != hedge.OutcomeClientGone {
				t.Errorf("the access log has %d %s (%s), want %s", got.Status, got.Outcome, got.Error, hedge.OutcomeClientGone)
			}
		})
	}
}
