package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestAppsAndRoutes(t *testing.T) {
	says := func(name string) string {
		return site(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, name+" "+r.RequestURI) })
	}
	shop := &hedge.Release{
		Name: "shop", Hosts: []string{"shop.example", "www.shop.example"},
		Routes: []hedge.Route{
			{Path: "/robots.txt", Exact: true, Upstream: "a"},
			{Host: "www.shop.example", Path: "/", Upstream: "b"},
			{Path: "/blog", Upstream: "b", StripPrefix: true},
			{Path: "/feed", Exact: true, Upstream: "a", StripPrefix: true},
			{Path: "/static/", Upstream: "b"},
		},
		Upstreams: map[string]hedge.Upstream{"a": {Targets: []string{says("a")}}, "b": {Targets: []string{says("b") + "/base"}}},
	}
	wild := &hedge.Release{Name: "wild", Hosts: []string{"*.wild.example"}, Routes: []hedge.Route{{Path: "/", Upstream: "a"}}, Upstreams: shop.Upstreams}
	deep := &hedge.Release{Name: "deep", Hosts: []string{"deep.wild.example"}, Routes: []hedge.Route{{Path: "/", Upstream: "b"}}, Upstreams: shop.Upstreams}
	r := start(t, Config{}, nil, shop, wild, deep)
	for _, c := range []struct{ host, path, want string }{
		{"shop.example", "/robots.txt", "200 a /robots.txt shop upstream:a"},
		{"SHOP.example.:80", "/robots.txt", "200 a /robots.txt shop upstream:a"},
		{"www.shop.example", "/x", "200 b /base/x shop upstream:b"},
		{"shop.example", "/blog/x?y", "200 b /base/x?y shop upstream:b"},
		{"shop.example", "/x/../%62log/x", "200 b /base/x shop upstream:b"},
		{"shop.example", "/blog", "307 ./blog/ shop upstream:b"},
		{"shop.example", "/feed", "200 a / shop upstream:a"},
		{"shop.example", "/blogs", "404  shop "},
		{"shop.example", "/static", "404  shop "},
		{"shop.example", "/static/a", "200 b /base/static/a shop upstream:b"},
		{"www.shop.example", "/robots.txt", "200 b /base/robots.txt shop upstream:b"}, // the host goes before the path
		{"a.b.wild.example", "/x", "200 a /x wild upstream:a"},
		{"deep.wild.example", "/x", "200 b /base/x deep upstream:b"},
		{"wild.example", "/x", "404   "},
		{"other.example", "/x", "404   "},
	} {
		req := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", c.path, c.host)
		res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(r.raw(t, req))), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 {
			body = []byte(res.Header.Get("Location"))
		}
		a := <-r.access
		if got := fmt.Sprintf("%d %s %s %s", res.StatusCode, body, a.App, a.Step); got != c.want {
			t.Errorf("%s%s: got %q, want %q", c.host, c.path, got, c.want)
		}
	}
}

// A rule for a path holds for all that an origin may take for that path.
func TestRulesForPathsAreNotGotRound(t *testing.T) {
	release := toUpstream(site(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RequestURI) }))
	release.Routes = append(release.Routes, hedge.Route{Path: "/admin", Answer: &hedge.Answer{Status: 403}})
	code := codeApp()
	code.Name, code.Hosts = "code", []string{"code.example"}
	r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, req.Target), nil
	})), release, code)
	for _, c := range []struct {
		host, path string
		status     int
	}{
		{"a", "/admin/secret", 403},
		{"a", "/admin//a%2fb;c", 403},
		{"a", "//admin/secret", 400},
		{"a", "/.//admin/secret", 400},
		{"a", "/admin%2Fsecret", 400},
		{"a", "/%2fadmin/secret", 400},
		{"a", "/admin;x", 400},
		{"a", "/administration", 200},
		{"a", "/image/https://a.example//admin/b%2Fc;d?//admin", 200},
		{"code.example", "//admin%2Fsecret;x", 200},
	} {
		answer := r.raw(t, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", c.path, c.host))
		res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != c.status || c.status == 200 && string(body) != c.path {
			t.Errorf("%s%s: got %s %q, want %d", c.host, c.path, res.Status, body, c.status)
		}
		a := <-r.access
		if c.status == 400 && (a.Outcome != hedge.OutcomeBadRequest || a.FailedAt != "route" || !strings.Contains(fmt.Sprint(a.Err), "/admin/*") || strings.Contains(string(body), "admin")) {
			t.Errorf("%s: the client is told %q, and the log %+v", c.path, body, a)
		}
	}
}

func TestAppsThatGetInEachOthersWay(t *testing.T) {
	release := func(name string, hosts ...string) *hedge.Release {
		r := toUpstream("http://a.example")
		r.Name, r.Hosts = name, hosts
		return r
	}
	r := start(t, Config{}, nil, release("one", "a.example"), release("two"))
	for _, c := range []struct {
		release *hedge.Release
		want    string // part of the error
	}{
		{release("three", "b.example", "a.example"), `"one" and "three" both answer for the host "a.example"`},
		{release("three"), `"two" and "three" both have no hosts`},
		{release("two", "a.example"), `"one" and "two"`},
		{release("one", "a.example"), ""},
		{release("two", "b.example"), ""},
		{release("three"), ""},
		{&hedge.Release{Name: "four", Hosts: []string{"d.example"}, Routes: []hedge.Route{{Path: "/", Upstream: "none"}}}, `upstream "none"`},
		{&hedge.Release{Name: "four", Hosts: []string{"d.example"}, Routes: []hedge.Route{{Path: "/", Code: true}}}, "to code"},
		{&hedge.Release{Name: "four", Hosts: []string{"d.example"}, Main: "index.js"}, "no runtime"},
		{&hedge.Release{Name: "four", Upstreams: map[string]hedge.Upstream{"bad": {Targets: []string{"x"}}}}, `upstream "bad"`},
	} {
		err := r.Deploy(t.Context(), c.release)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: got %v, want %q", c.release.Name, c.release.Hosts, err, c.want)
		}
	}
	if apps := r.apps.Load(); apps.find("a.example").release.Name != "one" || apps.find("b.example").release.Name != "two" || apps.find("x").release.Name != "three" {
		t.Error("the wrong app answers")
	}
	if !r.Remove("two") || r.Remove("two") {
		t.Error("Remove does not say what it did")
	}
	if r.apps.Load().find("b.example").release.Name != "three" {
		t.Error("the removed app answers")
	}
}

// Releases replace each other under load. No request fails, and every release but
// the last is drained.
func TestDeployUnderLoad(t *testing.T) {
	origins := []string{
		site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "even") }),
		site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "odd") }),
	}
	var codes []*fakeCode
	load := func(context.Context, *hedge.Release) (code, error) {
		c := newCode(nil)
		codes = append(codes, c)
		return c, nil
	}
	release := func(i int) *hedge.Release {
		r := toUpstream(origins[i%2])
		r.Main = "index.js"
		return r
	}
	r := start(t, Config{}, func(n *Node) { n.load = load }, release(0))
	var stop atomic.Bool
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !stop.Load() {
				res, body, err := r.get(t, "/")
				if err != nil || res.StatusCode != 200 || body != "even" && body != "odd" {
					t.Errorf("got %v, %q, %v", res, body, err)
					return
				}
			}
		})
	}
	for i := range 30 {
		if err := r.Deploy(t.Context(), release(i+1)); err != nil {
			t.Fatal(err)
		}
		<-r.access // somebody has been served meanwhile
	}
	stop.Store(true)
	clients.Wait()
	for _, c := range codes[:len(codes)-1] {
		<-c.drained
	}
	select {
	case <-codes[len(codes)-1].drained:
		t.Error("the last release has been drained")
	default:
	}
}

// A release that does not load leaves the old one at work.
func TestDeployThatFails(t *testing.T) {
	r := start(t, Config{}, nil, toUpstream(site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "old") })))
	r.load = func(context.Context, *hedge.Release) (code, error) {
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "it does not load")
	}
	if err := r.Deploy(t.Context(), codeApp()); hedge.OutcomeOf(err) != hedge.OutcomeStartupFailed {
		t.Errorf("got %v", err)
	}
	if _, body, err := r.get(t, "/"); body != "old" {
		t.Errorf("got %q, %v", body, err)
	}
}

func hasUpstream(n *Node, release *hedge.Release, name string) bool {
	_, err := n.cfg.Origins.Upstream(release, name)
	return err == nil
}

// The pools of a release are there while its code loads.
func TestUpstreamsOfCode(t *testing.T) {
	var seen *hedge.Release
	var found bool
	r := start(t, Config{}, func(n *Node) {
		n.load = func(_ context.Context, release *hedge.Release) (code, error) {
			seen = release
			found = hasUpstream(n, release, "site")
			return newCode(nil), nil
		}
	})
	release := toUpstream("http://a.example")
	release.Main = "index.js"
	if err := r.Deploy(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	other := hasUpstream(r.Node, seen, "other")
	foreign := hasUpstream(r.Node, release, "site")
	if !found || other || foreign || seen.Limits != hedge.DefaultLimits() {
		t.Errorf("found %v, other %v, foreign %v, limits %+v", found, other, foreign, seen.Limits)
	}
}

func TestOriginsFailuresBecomeAnswers(t *testing.T) {
	for _, c := range []struct {
		name, origin string
		status       int // 0: the answer is broken off
		outcome      hedge.Outcome
	}{
		{"refused", closedPort(t), 502, hedge.OutcomeOriginRefused},
		{"malformed", says(t, "nonsense\r\n\r\n"), 502, hedge.OutcomeOriginMalformed},
		{"reset", says(t, "HTTP/1.1 200 OK\r\nServer: x\r\n"), 502, hedge.OutcomeOriginReset},
		{"reset half-way", says(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), 0, hedge.OutcomeOriginReset},
		{"truncated chunks", says(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), 0, hedge.OutcomeOriginReset},
		{"its own error", says(t, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), 500, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, Config{}, nil, toUpstream(c.origin))
			res, body, err := r.get(t, "/")
			if c.status == 0 {
				if err == nil {
					t.Errorf("the client took %q for the whole answer", body)
				}
			} else if err != nil || res.StatusCode != c.status || c.outcome != "" && !strings.Contains(body, string(c.outcome)) {
				t.Errorf("got %v %q %v", res, body, err)
			}
			if a := <-r.access; a.Outcome != c.outcome || a.Broken != (c.status == 0) || (a.FailedAt == "run") != (c.status == 502) {
				t.Errorf("got the record %+v", a)
			}
		})
	}
}

// The node's own address as an upstream is noticed.
func TestLoopIsNoticed(t *testing.T) {
	r := start(t, Config{}, nil)
	if err := r.Deploy(t.Context(), toUpstream("http://"+r.addr)); err != nil {
		t.Fatal(err)
	}
	if res, body, err := r.get(t, "/", "Via", strings.Repeat("1.1 hedge, ", 20)); err != nil || res.StatusCode != 508 {
		t.Errorf("got %v %q %v", res, body, err)
	}
	for range maxDepth + 1 {
		if a := <-r.access; a.Status != 508 {
			t.Errorf("got the record %+v", a)
		}
	}
	if len(r.access) > 0 {
		t.Error("it went on after it was noticed")
	}
}

// A client that goes away ends the request to the origin, before and in the middle
// of the answer.
func TestClientThatGoesAway(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		status     int
	}{
		{"before the head", "", telemetry.StatusClientGone},
		{"in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked, ended := make(chan struct{}), make(chan error, 1)
			origin := rawOrigin(t, func(conn net.Conn, _ *http.Request) {
				_, _ = io.WriteString(conn, c.sent)
				close(asked)
				_, err := conn.Read(make([]byte, 1))
				ended <- err
			})
			r := start(t, Config{}, nil, toUpstream(origin))
			conn := r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			<-asked
			if c.sent != "" {
				if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
					t.Fatal(err)
				}
			}
			_ = conn.Close()
			if err := <-ended; err == nil {
				t.Error("the origin got more")
			}
			if a := <-r.access; a.Outcome != hedge.OutcomeClientGone || a.Status != c.status {
				t.Errorf("got the record %+v", a)
			}
		})
	}
}

// A body that waits for something else than the connection is closed when the client
// goes away.
func TestClientThatGoesAwayFromAStream(t *testing.T) {
	reader, writer := io.Pipe()
	r := start(t, Config{}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: reader, ContentLength: -1}, nil
	})), codeApp())
	conn := r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if a := <-r.access; a.Outcome != hedge.OutcomeClientGone || !a.Broken {
		t.Errorf("got the record %+v", a)
	}
	if _, err := io.WriteString(writer, "x"); err == nil {
		t.Error("the body is still open")
	}
}

// A large body passes through in pieces.
func TestLargeBodyPassesThrough(t *testing.T) {
	const size = 256 << 20
	piece := make([]byte, 1<<20)
	r := start(t, Config{}, nil, toUpstream(site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(size))
		for range size / len(piece) {
			_, _ = w.Write(piece)
		}
	})))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := http.Get("http://" + r.addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	runtime.ReadMemStats(&after)
	if n != size || err != nil {
		t.Errorf("got %d bytes and %v", n, err)
	}
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 16<<20 {
		t.Errorf("allocated %d MiB for %d MiB", grown>>20, size>>20)
	}
	if a := <-r.access; a.Bytes != size || a.Status != 200 || a.Outcome != "" {
		t.Errorf("got the record %+v", a)
	}
}

// Shutdown lets the requests under way end, and takes no more.
func TestShutdown(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	r := start(t, Config{}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		close(asked)
		<-answer
		return httpmsg.Text(200, "done"), nil
	})), codeApp())
	body := make(chan string, 1)
	go func() { // ends with the answer
		_, got, _ := r.get(t, "/")
		body <- got
	}()
	<-asked
	down := make(chan error, 1)
	go func() { down <- r.Shutdown(context.Background()) }()
	close(answer)
	if got := <-body; got != "done" {
		t.Errorf("got %q", got)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", r.addr); err == nil {
		t.Error("it still takes connections")
	}
}

// Replace changes all apps or none.
func TestReplace(t *testing.T) {
	app := func(name, id, text string) *hedge.Release {
		r := toUpstream(site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
		r.Name, r.ID, r.Hosts = name, id, []string{name + ".example.com"}
		return r
	}
	n := start(t, Config{}, nil, app("shop", "1", "shop 1"), app("blog", "1", "blog 1"))
	ask := func(host string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+n.addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			return fmt.Sprint(res.StatusCode, err)
		}
		return string(body)
	}
	broken := app("shop", "3", "never")
	broken.Routes[0].Upstream = "missing"
	taken := app("wiki", "1", "never")
	taken.Hosts = []string{"shop.example.com"}
	for _, step := range []struct {
		name     string
		releases []*hedge.Release
		changed  string
		want     map[string]string
	}{
		{"nothing", []*hedge.Release{app("shop", "1", "not taken"), app("blog", "1", "not taken")}, "[]", map[string]string{"shop": "shop 1", "blog": "blog 1"}},
		{"one is broken", []*hedge.Release{app("blog", "2", "never"), broken}, "error", map[string]string{"shop": "shop 1", "blog": "blog 1"}},
		{"a host twice", []*hedge.Release{app("shop", "2", "never"), taken}, "error", map[string]string{"shop": "shop 1", "blog": "blog 1"}},
		{"one goes, one comes, one changes", []*hedge.Release{app("shop", "2", "shop 2"), app("wiki", "1", "wiki 1")}, "[blog shop wiki]", map[string]string{"shop": "shop 2", "blog": "404<nil>", "wiki": "wiki 1"}},
	} {
		changed, err := n.Replace(t.Context(), step.releases)
		got := fmt.Sprint(changed)
		if err != nil {
			got = "error"
		}
		if got != step.changed {
			t.Errorf("%s: %s (%v), want %s", step.name, got, err, step.changed)
		}
		for app, want := range step.want {
			if got := ask(app + ".example.com"); got != want && got != strings.ReplaceAll(want, "<nil>", " <nil>") {
				t.Errorf("%s: %s answers %q, want %q", step.name, app, got, want)
			}
		}
	}
}
