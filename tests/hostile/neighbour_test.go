package hostile

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// neighbour is the well-behaved app, which uses what apps use.
const neighbour = `const seen = new Map();
export default {
	async fetch(request, env, ctx) {
		const { pathname } = new URL(request.url);
		seen.set(pathname, (seen.get(pathname) ?? 0) + 1);
		switch (pathname) {
		case "/hello": return new Response("hello", { headers: { "x-app": "neighbour" } });
		case "/echo": return new Response(request.body);
		case "/json": return Response.json({ list: [...Array(50).keys()].map((n) => n * n).sort((a, b) => b - a).slice(0, 3) });
		case "/through": return fetch(env.ORIGIN + "/small");
		case "/twice": return new Response((await Promise.all([fetch(env.ORIGIN + "/small"), fetch(env.ORIGIN + "/small")].map(async (r) => (await r).text()))).join());
		case "/stream": {
			const { readable, writable } = new TransformStream();
			ctx.waitUntil((async () => {
				const writer = writable.getWriter();
				for (let i = 0; i < 3; i++) {
					await new Promise((resolve) => setTimeout(resolve, 1));
					await writer.write(new TextEncoder().encode("part " + i + "\n"));
				}
				await writer.close();
			})());
			return new Response(readable);
		}
		}
		return new Response("not here", { status: 404 });
	},
};
`

const neighbourHost = "neighbour.test"

// visits are what clients ask the neighbour, and get.
var visits = []struct{ method, path, body, want string }{
	{"GET", "/hello", "", "hello"},
	{"POST", "/echo", strings.Repeat("echo ", 2000), strings.Repeat("echo ", 2000)},
	{"GET", "/json", "", `{"list":[2401,2304,2209]}`},
	{"GET", "/through", "", "small"},
	{"GET", "/twice", "", "small,small"},
	{"GET", "/stream", "", "part 0\npart 1\npart 2\n"},
}

func writeNeighbour(t testing.TB, origin string) string {
	t.Helper()
	dir := t.TempDir()
	toml := fmt.Sprintf("name = \"neighbour\"\nmain = \"main.js\"\nhosts = [%q]\n[vars]\nORIGIN = %q\n", neighbourHost, origin)
	must(t, os.WriteFile(filepath.Join(dir, "hedge.toml"), []byte(toml), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "main.js"), []byte(neighbour), 0o644))
	return dir
}

// trickle asks the neighbour, steadily, until it is stopped. Every answer has to be
// complete and right.
type trickle struct {
	t      testing.TB
	client *http.Client
	addr   string
	stop   chan struct{}
	ended  sync.WaitGroup
	asked  atomic.Int64
	failed atomic.Int64
}

// trickleInterval is the time from one request of a visitor to the next.
const trickleInterval = 5 * time.Millisecond

// startTrickle starts visitors. stop ends them.
func startTrickle(t testing.TB, addr string) *trickle {
	tr := &trickle{t: t, client: newClient(t), addr: addr, stop: make(chan struct{})}
	for first := range 2 {
		tr.ended.Go(func() { tr.run(first) })
	}
	return tr
}

func (tr *trickle) run(n int) {
	ticker := time.NewTicker(trickleInterval)
	defer ticker.Stop()
	for {
		select {
		case <-tr.stop:
			return
		case <-ticker.C:
		}
		tr.visit(n)
		n++
	}
}

func (tr *trickle) visit(n int) {
	v := visits[n%len(visits)]
	tr.asked.Add(1)
	res, err := send(tr.client, tr.addr, neighbourHost, v.method, v.path, strings.NewReader(v.body))
	if err == nil {
		var body []byte
		body, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil && (res.StatusCode != 200 || string(body) != v.want) {
			err = fmt.Errorf("the answer is %s %.100q", res.Status, body)
		}
	}
	if err != nil && tr.failed.Add(1) <= 10 {
		tr.t.Errorf("the well-behaved app, %s %s: %v", v.method, v.path, err)
	}
}

// end stops the visitors, and lets go of their connections.
func (tr *trickle) end() {
	close(tr.stop)
	tr.ended.Wait()
	tr.client.CloseIdleConnections()
	if tr.asked.Load() == 0 || tr.failed.Load() > 0 {
		tr.t.Errorf("of %d requests of the well-behaved app %d failed", tr.asked.Load(), tr.failed.Load())
	}
}

// newClient makes a client that follows no redirects.
func newClient(t testing.TB) *http.Client {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16, MaxResponseHeaderBytes: 64 << 20}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: overdue,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a request for a host.
func send(client *http.Client, addr, host, method, target string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequest(method, "http://"+addr+target, body)
	if err != nil {
		return nil, err
	}
	req.Host = host
	return client.Do(req)
}
