package tests

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Code cannot time itself: every clock that it has stands still until something comes
// from outside.
func TestClocksStandStill(t *testing.T) {
	e := newEdge().open(t, app{name: "clock", main: `
		const clocks = () => [
			Date.now(), +new Date(), Date(), performance.now(), performance.timeOrigin, new Event("x").timeStamp,
			new File([], "x").lastModified, new Intl.DateTimeFormat("en", { timeStyle: "full", fractionalSecondDigits: undefined }).format(),
		].join();
		const work = () => { let x = 0; for (let i = 0; i < 3e6; i++) x += Math.sqrt(i); return x; };
		export default { async fetch(request) {
			const start = clocks(), moved = [];
			const check = (where) => { if (clocks() !== start) moved.push(where); };
			work(); check("after a loop");
			for (let i = 0; i < 100; i++) { await null; check("after await"); }
			await new Promise((done) => queueMicrotask(() => { work(); check("in a microtask"); done(); }));
			await Promise.resolve().then(work).then(() => check("after promises"));
			for await (const x of (async function* () { work(); yield 1; work(); yield 2; })()) check("in a generator");
			await new Response(new ReadableStream({ pull(c) { work(); c.enqueue(new Uint8Array(1)); c.close(); } })).text(); check("after a stream of its own");
			await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); check("after a compilation");
			if (typeof SharedArrayBuffer !== "undefined") moved.push("SharedArrayBuffer");
			if (typeof Worker !== "undefined") moved.push("Worker");
			for (const name of ["wait", "waitAsync"]) {
				try { Atomics[name]?.(new Int32Array(new ArrayBuffer(8)), 0, 0, 10); if (Atomics[name]) moved.push("Atomics." + name); } catch {}
			}
			return new Response(moved.join("; ") || "still");
		} };`})
	if page := get(t, e.at, "/"); page.body != "still" {
		t.Error(page.body)
	}
}

// What code hears of a failure says nothing about the machine's addresses, nor of those
// that names resolve to.
func TestErrorsNameNoAddresses(t *testing.T) {
	names := &resolver{answers: map[string][][]string{}}
	for _, name := range []string{"half.test", "reset.test", "nonsense.test", "gone.test"} {
		names.answers[name] = [][]string{{"127.0.0.1"}}
	}
	now := make(chan struct{})
	close(now)
	hosts := map[string]string{
		"half.test":     says(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
		"reset.test":    breaks(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "", now),
		"nonsense.test": says(t, "nonsense\r\n\r\n"),
		"gone.test":     refuses(t),
	}
	e := newEdge()
	e.client.Resolver = names.serve(t)
	e.open(t, app{name: "curious", main: `export default { async fetch(request) {
		try { return new Response("no error: " + await (await fetch(new URL(request.url).searchParams.get("to"))).text()); }
		catch (e) { return new Response([e.name, e.message, e.stack, e.cause].join("\n")); }
	} };`})
	for host, url := range hosts {
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
		body := get(t, e.at, "/?to=http://"+host+":"+port+"/").body
		if strings.HasPrefix(body, "no error") || strings.Contains(body, "127.0.0.1") || strings.Contains(body, "tcp") {
			t.Errorf("%s: %s", host, body)
		}
	}
}

// Apps share no connection and no TLS session.
func TestAppsShareNoConnection(t *testing.T) {
	var mu sync.Mutex // guards what follows
	connections, resumed := 0, 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.TLS.DidResume {
			resumed++
		}
		_, _ = io.WriteString(w, "secret")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if state == http.StateNew {
			connections++
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	e := newEdge()
	e.client.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	e.client.TLS.RootCAs.AddCert(server.Certificate())
	e.client.IdleTimeout = time.Hour
	main := `export default { fetch: async () => new Response(await (await fetch("` + server.URL + `")).text()) };`
	e.open(t, app{name: "a", hosts: []string{"a.test"}, main: main}, app{name: "b", hosts: []string{"b.test"}, main: main})
	for _, host := range []string{"a.test", "b.test", "a.test", "b.test"} {
		if page := get(t, e.at, "/", "Host", host); page.body != "secret" {
			t.Errorf("%d %q", page.status, page.body)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if connections != 2 || resumed != 0 {
		t.Errorf("%d connections, %d sessions resumed; want one connection for each app, and none", connections, resumed)
	}
}
