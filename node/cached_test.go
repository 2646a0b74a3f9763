package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/cache"
	"hedge/cache/mem"
	"hedge/httpmsg"
)

// made is an app's code at work, beside a variable of that name.
type made = code

// caching serves releases behind a cache.
func caching(t *testing.T, change func(*Node), releases ...*hedge.Release) *running {
	t.Helper()
	return cachingBehind(t, httpmsg.Forwarding{}, change, releases...)
}

// cachingBehind serves releases behind a cache, and that behind proxies.
func cachingBehind(t *testing.T, proxies httpmsg.Forwarding, change func(*Node), releases ...*hedge.Release) *running {
	t.Helper()
	store, err := mem.New(mem.Config{Bytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.New(cache.Config{Store: store})
	origins := NewOrigins(OriginsConfig{
		Client: DefaultClientConfig(), Clients: NewClients(DefaultClientConfig(), nil, nil), Cache: c, Key: []byte(strings.Repeat("k", 32)),
		Forwarding: proxies,
	})
	t.Cleanup(func() { // after the node has ended
		c.Close()
		store.Close()
		origins.Close()
	})
	return start(t, Config{Origins: origins, Forwarding: proxies}, change, releases...)
}

// counting is an origin that says how often it was asked.
func counting(t *testing.T, fields ...string) string {
	var asked atomic.Int64
	return site(t, func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		_, _ = fmt.Fprintf(w, "%s %d", r.URL.Path, asked.Add(1))
	})
}

// wants asks for a path and compares what comes, and what the log says.
func (r *running) wants(t *testing.T, path, text, reason string, fields ...string) {
	t.Helper()
	res, got, err := r.get(t, path, fields...)
	if err != nil {
		t.Fatal(err)
	}
	if a := <-r.access; got != text || a.Cache != reason {
		t.Errorf("%s: got %q (%s, %s), want %q (%s)", path, got, a.Cache, res.Header.Get("Cache-Status"), text, reason)
	}
}

func TestCachedRoutes(t *testing.T) {
	release := toUpstream(counting(t, "Cache-Control", "max-age=60", "Cache-Tag", "all"))
	release.Routes = append(release.Routes,
		hedge.Route{Path: "/off", Upstream: "site", NoCache: true},
		hedge.Route{Path: "/", Headers: []hedge.FieldMatch{{Name: "X-Beta", Pattern: "*"}}, Upstream: "site", Rewrite: "/beta/"},
	)
	r := caching(t, nil, release)
	r.wants(t, "/a", "/a 1", "miss")
	r.wants(t, "/a", "/a 1", "hit")
	r.wants(t, "/off", "/off 2", "")
	r.wants(t, "/off", "/off 3", "")
	r.wants(t, "/a", "/beta/a 4", "miss", "X-Beta", "1") // of another route
	r.wants(t, "/a", "/a 1", "hit")
	for _, p := range []cache.Purge{{Tag: "all"}, {App: "shop"}, {URL: strings.TrimPrefix(r.addr, "http://") + "/a"}} {
		if err := r.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		res, text, err := r.get(t, "/a")
		if a := <-r.access; err != nil || a.Cache != "purged" {
			t.Errorf("after %+v: %q, %s, %v", p, text, res.Header.Get("Cache-Status"), err)
		}
	}
	if err := r.Purge(t.Context(), cache.Purge{App: "other"}); hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
		t.Errorf("purging another app: %v", err)
	}
}

// What code has mounted is purged by the URL that visitors know, and not for others.
func TestPurgeBehindAMount(t *testing.T) {
	release := toUpstream(counting(t, "Cache-Control", "max-age=60"))
	r := caching(t, nil, release)
	origins := r.cfg.Origins
	if _, err := origins.open(release); err != nil { // as for its code
		t.Fatal(err)
	}
	defer origins.forget(release)
	to, err := origins.Upstream(release, "site")
	if err != nil {
		t.Fatal(err)
	}
	wants := func(method, prefix, target, want string) {
		t.Helper()
		req := &httpmsg.Request{Method: method, Scheme: "http", Authority: "shop.example", Target: target, Account: &hedge.Account{}}
		res, err := origins.Mounted(prefix, to).RoundTrip(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.CloseBody()
		if got := string(text) + " " + req.Account.Snapshot().Cache; got != want || err != nil {
			t.Errorf("%s %s: %q, %v, want %q", method, target, got, err, want)
		}
		cacheOf(r).Wait()
	}
	purge := func(p cache.Purge) {
		t.Helper()
		p.App = release.Name
		if err := r.Purge(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	wants("GET", "/blog", "/blog/post", "/post 1 miss")
	wants("GET", "/blog", "/blog/post", "/post 1 hit")
	wants("GET", "/", "/post", "/post 2 miss") // another URL of the same origin's
	wants("GET", "/", "/blog/post", "/blog/post 3 miss")
	purge(cache.Purge{URL: "shop.example/blog/post"})
	wants("GET", "/blog", "/blog/post", "/post 4 purged")
	wants("GET", "/", "/post", "/post 2 hit")
	wants("GET", "/", "/blog/post", "/blog/post 5 purged")
	purge(cache.Purge{Prefix: "shop.example/blog/"})
	wants("GET", "/blog", "/blog/post", "/post 6 purged")
	wants("GET", "/", "/post", "/post 2 hit")
	wants("POST", "/blog", "/blog/post", "/post 7 pass")
	wants("GET", "/blog", "/blog/post", "/post 8 miss")
	wants("GET", "/", "/post", "/post 2 hit")
}

// An origin that code names by its URL is told what visitors have asked for, and may answer
// by that: what it says to those of one host, scheme or mount is not for those of another.
func TestOriginsByURLAnswerForOneHost(t *testing.T) {
	var asked atomic.Int64
	url := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		h := r.Header
		_, _ = fmt.Fprintf(w, "%d for %s://%s:%s%s %s", asked.Add(1), h.Get("X-Forwarded-Proto"), h.Get("X-Forwarded-Host"), h.Get("X-Forwarded-Port"), h.Get("X-Forwarded-Prefix"), r.URL.Path)
	})
	release := toUpstream(url)
	r := caching(t, nil, release)
	origins := r.cfg.Origins
	if _, err := origins.open(release); err != nil { // as for its code
		t.Fatal(err)
	}
	defer origins.forget(release)
	wants := func(method, scheme, host, prefix, want string) {
		t.Helper()
		to, err := origins.Origin(release, url)
		if err != nil {
			t.Fatal(err)
		}
		req := &httpmsg.Request{Method: method, Scheme: scheme, Authority: host, Target: prefix + "/a", Account: &hedge.Account{}}
		origins.cfg.Forwarding.Append(req) // as before code
		res, err := origins.Mounted(prefix, to).RoundTrip(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.CloseBody()
		if got := string(text) + " " + req.Account.Snapshot().Cache; got != want || err != nil {
			t.Errorf("%s %s://%s%s: got %q, %v, want %q", method, scheme, host, prefix, got, err, want)
		}
		cacheOf(r).Wait()
	}
	wants("GET", "http", "evil.example", "", "1 for http://evil.example:80 /a miss")
	wants("GET", "http", "shop.example", "", "2 for http://shop.example:80 /a miss")
	wants("GET", "https", "shop.example", "", "3 for https://shop.example:443 /a miss")
	wants("GET", "https", "shop.example", "/blog", "4 for https://shop.example:443/blog /a miss")
	wants("GET", "https", "shop.example", "/blog", "4 for https://shop.example:443/blog /a hit")
	wants("GET", "https", "shop.example", "", "3 for https://shop.example:443 /a hit")
	wants("POST", "https", "shop.example", "", "5 for https://shop.example:443 /a pass")
	wants("GET", "https", "shop.example", "", "6 for https://shop.example:443 /a miss")
	if err := r.Purge(t.Context(), cache.Purge{App: release.Name, URL: "shop.example/blog/a"}); err != nil {
		t.Fatal(err)
	}
	wants("GET", "https", "shop.example", "/blog", "7 for https://shop.example:443/blog /a purged")
	wants("GET", "https", "shop.example", "", "6 for https://shop.example:443 /a hit")
}

// What a trusted proxy says of what its clients have asked for reaches origins, so it is in
// the key; what it says of who they are is not.
func TestTrustedProxiesTellWhatIsAskedFor(t *testing.T) {
	release := toUpstream(counting(t, "Cache-Control", "max-age=60"))
	proxies := httpmsg.Forwarding{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	r := cachingBehind(t, proxies, nil, release)
	n := 0
	first := func(fields ...string) {
		t.Helper()
		n++
		r.wants(t, "/a", fmt.Sprintf("/a %d", n), "miss", fields...)
		r.wants(t, "/a", fmt.Sprintf("/a %d", n), "hit", append(fields, "X-Forwarded-For", "192.0.2.1")...)
	}
	first()
	first("X-Forwarded-Host", "shop.example")
	first("X-Forwarded-Proto", "https")
	first("X-Forwarded-Proto", "https", "X-Forwarded-Host", "shop.example")
	first("X-Forwarded-Port", "8443")
	first("X-Forwarded-Prefix", "/shop")
	first("Forwarded", "for=192.0.2.1;host=shop.example")
	r.wants(t, "/a", "/a 7", "hit", "Forwarded", "for=192.0.2.2;host=shop.example")
	r.wants(t, "/a", "/a 1", "hit", "X-Forwarded-Proto", "http", "X-Forwarded-Host", r.addr)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+r.addr+"/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-Proto", "https")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	<-r.access
	n++
	first()
	first("X-Forwarded-Proto", "https")
}

// cacheOf is the cache behind what serves.
func cacheOf(r *running) *cache.Cache { return r.cfg.Origins.cfg.Cache }

func TestAppsShareNoEntries(t *testing.T) {
	one, two := toUpstream(counting(t, "Cache-Control", "max-age=60")), toUpstream(counting(t, "Cache-Control", "max-age=60"))
	one.Hosts, two.Name, two.Hosts = []string{"a.example"}, "blog", []string{"b.example"}
	r := caching(t, nil, one, two)
	ask := func(host string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+"/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, _ := io.ReadAll(res.Body)
		return string(text) + " " + (<-r.access).Cache
	}
	if got := ask("a.example") + ", " + ask("b.example") + ", " + ask("a.example"); got != "/ 1 miss, / 1 miss, / 1 hit" {
		t.Error(got)
	}
}

func TestFrontOfCode(t *testing.T) {
	var runs atomic.Int64
	answer := func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, fmt.Sprint(runs.Add(1)))
		res.Header.Add("Cache-Control", "s-maxage=60")
		return res, nil
	}
	release := func(id string, front bool) *hedge.Release {
		return &hedge.Release{Name: "shop", ID: id, Main: "main.js", Modules: []hedge.Module{{Name: "main.js"}}, Cache: hedge.Cache{Front: front}}
	}
	r := caching(t, func(n *Node) {
		n.load = func(context.Context, *hedge.Release) (made, error) { return newCode(answer), nil }
	}, release("1", false))
	r.wants(t, "/", "1", "")
	deploy := func(front *hedge.Release) {
		t.Helper()
		if err := r.Deploy(t.Context(), front); err != nil {
			t.Fatal(err)
		}
	}
	deploy(release("2", true))
	r.wants(t, "/", "2", "miss")
	r.wants(t, "/", "2", "hit")
	deploy(release("3", true))
	r.wants(t, "/", "3", "miss") // other code answers
}

// Each side of a split has entries of its own, and the visitor's side is chosen first.
func TestCachedSplit(t *testing.T) {
	release := &hedge.Release{
		Name:   "shop",
		Routes: []hedge.Route{{Path: "/", Split: "home"}},
		Upstreams: map[string]hedge.Upstream{
			"old": {Targets: []string{counting(t, "Cache-Control", "max-age=60", "X-Side", "old")}},
			"new": {Targets: []string{counting(t, "Cache-Control", "max-age=60", "X-Side", "new")}},
		},
		Splits: map[string]hedge.Split{"home": {
			Sides:  []hedge.Side{{Upstream: "old", Weight: 100, Testers: ""}, {Upstream: "new", Weight: 0, Testers: "header:X-Test"}},
			Sticky: hedge.StickyNone,
		}},
	}
	r := caching(t, nil, release)
	for _, reason := range []string{"miss", "hit"} {
		for _, side := range []string{"old", "new"} {
			var fields []string
			if side == "new" {
				fields = []string{"X-Test", "1"}
			}
			res, _, err := r.get(t, "/", fields...)
			if err != nil {
				t.Fatal(err)
			}
			if a := <-r.access; res.Header.Get("X-Side") != side || a.Cache != reason || a.Side != "split:home/"+side {
				t.Errorf("%s: got %s of %s (%s)", side, a.Cache, res.Header.Get("X-Side"), a.Side)
			}
		}
	}
}

// The cookie that leads a visitor back to a target is that visitor's alone.
func TestStickyCookiesAreNotStored(t *testing.T) {
	release := toUpstream(counting(t, "Cache-Control", "public, max-age=60"))
	u := release.Upstreams["site"]
	u.Sticky = "target"
	release.Upstreams["site"] = u
	r := caching(t, nil, release)
	for _, want := range []bool{true, false} {
		res, text, err := r.get(t, "/")
		if err != nil || text != "/ 1" || (res.Header.Get("Set-Cookie") != "") != want {
			t.Errorf("got %q with the cookie %q, %v", text, res.Header.Get("Set-Cookie"), err)
		}
	}
}

// connection is the context of a connection, which counts what waits for its end.
type connection struct {
	context.Context
	done    chan struct{}
	waiting atomic.Int64
}

func (c *connection) Done() <-chan struct{} { return c.done }
func (c *connection) Value(any) any         { return nil }

func (c *connection) AfterFunc(func()) func() bool {
	c.waiting.Add(1)
	return func() bool { c.waiting.Add(-1); return true }
}

type nowhere struct{}

func (nowhere) Interim(int, *httpmsg.Header) {}

func (nowhere) Deliver(_ context.Context, _ *httpmsg.Request, res *httpmsg.Response) (int64, error) {
	defer res.CloseBody()
	if res.Body == nil {
		return 0, nil
	}
	return io.Copy(io.Discard, res.Body)
}

// A connection that carries requests for hours does not collect what each of them would
// have done at its end.
func TestCachedRequestsLeaveNothing(t *testing.T) {
	r := caching(t, nil, toUpstream(counting(t, "Cache-Control", "max-age=60")), &hedge.Release{
		Name: "private", Hosts: []string{"private.example.com"}, Routes: []hedge.Route{{Path: "/", Upstream: "site"}},
		Upstreams: map[string]hedge.Upstream{"site": {Targets: []string{counting(t, "Cache-Control", "private")}}},
	})
	ctx := &connection{Context: context.Background(), done: make(chan struct{})}
	for i := range 20 {
		for _, host := range []string{"shop.example.com", "private.example.com"} {
			req := &httpmsg.Request{Method: "GET", Scheme: "http", Authority: host, Target: fmt.Sprintf("/%d", i), Proto: "HTTP/1.1"}
			r.door.handle(ctx, req, nil, nowhere{})
			if a := <-r.access; a.Status != 200 {
				t.Fatalf("%s: %d, %v", host, a.Status, a.Err)
			}
		}
	}
	if n := ctx.waiting.Load(); n != 0 {
		t.Errorf("%d functions wait for the end of the connection", n)
	}
}

func TestCompression(t *testing.T) {
	text := strings.Repeat("all the same ", 1000)
	origin := site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Content-Type", "text/css")
		_, _ = io.WriteString(w, text)
	})
	for _, c := range []struct {
		name   string
		change func(*hedge.Release)
		want   string
	}{
		{"as it is", func(*hedge.Release) {}, "gzip"},
		{"off", func(r *hedge.Release) { r.Cache.NoCompress = true }, ""},
		{"off for the route", func(r *hedge.Release) { r.Routes[0].NoCompress = true }, ""},
		{"off with the cache", func(r *hedge.Release) { r.Cache.Off = true }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := toUpstream(origin)
			c.change(release)
			r := caching(t, nil, release)
			for range 2 {
				res, body, err := r.get(t, "/", "Accept-Encoding", "gzip")
				if err != nil || res.Header.Get("Content-Encoding") != c.want || len(body) == len(text) != (c.want == "") {
					t.Errorf("%q, %d bytes: %v", res.Header.Get("Content-Encoding"), len(body), err)
				}
				<-r.access
			}
		})
	}
}

// Code's answers are cached by what they say, and by nothing else.
func TestFrontKeepsWhatIsPrivate(t *testing.T) {
	var runs atomic.Int64
	r := caching(t, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, fmt.Sprint(runs.Add(1)))
		for field := range strings.SplitSeq(req.Query(), "&") {
			name, value, _ := strings.Cut(field, "=")
			res.Header.Add(name, strings.ReplaceAll(value, "~", "="))
		}
		return res, nil
	})), &hedge.Release{Name: "shop", Main: "main.js", Cache: hedge.Cache{Front: true}})
	for _, test := range []struct {
		query  string
		stored bool
		fields []string
	}{
		{"Cache-Control=max-age~60", true, nil},
		{"Cache-Control=private,max-age~60", false, nil},
		{"Cache-Control=no-store", false, nil},
		{"X-A=b", false, nil}, // nothing is guessed of what code makes
		{"Cache-Control=max-age~60&Set-Cookie=id~7", false, nil},
		{"Cache-Control=public,max-age~60&Set-Cookie=id~7", true, nil},
		{"Cache-Control=max-age~60", false, []string{"Authorization", "Bearer x"}},
		{"Cache-Control=public,max-age~60", true, []string{"Authorization", "Bearer x"}},
		{"Cache-Control=max-age~60&Vary=Cookie", false, []string{"Cookie", "id=NEXT"}},
		{"Cache-Control=max-age~60&Vary=*", false, nil},
	} {
		var texts []string
		for i := range 2 {
			var fields []string
			for _, f := range test.fields {
				fields = append(fields, strings.ReplaceAll(f, "NEXT", fmt.Sprint(i)))
			}
			path := "/" + strings.Join(test.fields, "") + "?" + test.query
			_, text, err := r.get(t, strings.ReplaceAll(path, " ", ""), fields...)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
		if stored := texts[0] == texts[1]; stored != test.stored {
			t.Errorf("%s with %v: stored %v", test.query, test.fields, stored)
		}
	}
}

// In front of code, HEAD and ranges are answered from what GET has left, purges take effect,
// and of many who ask at once one runs the code.
func TestFrontAnswersForCode(t *testing.T) {
	var runs atomic.Int64
	begun, open := make(chan struct{}, 1), make(chan struct{})
	r := caching(t, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, fmt.Sprintf("0123456789 %d", runs.Add(1)))
		res.Header.Add("Cache-Control", "max-age=60")
		res.Header.Add("Cache-Tag", "page")
		if req.Path() == "/slow" {
			begun <- struct{}{}
			<-open
		}
		return res, nil
	})), &hedge.Release{Name: "shop", Main: "main.js", Cache: hedge.Cache{Front: true, Key: hedge.CacheKey{IgnoreQuery: []string{"utm_*"}}}})
	r.wants(t, "/a?utm_source=x", "0123456789 1", "miss")
	r.wants(t, "/a", "0123456789 1", "hit")
	res, part, err := r.get(t, "/a", "Range", "bytes=2-4")
	if a := <-r.access; err != nil || res.StatusCode != 206 || part != "234" || a.Cache != "hit" {
		t.Errorf("a range: %q, %s, %v", part, a.Cache, err)
	}
	head, err := http.Head("http://" + r.addr + "/a")
	if err != nil {
		t.Fatal(err)
	}
	_ = head.Body.Close()
	if a := <-r.access; head.ContentLength != 12 || a.Cache != "hit" {
		t.Errorf("HEAD: %d bytes, %s", head.ContentLength, a.Cache)
	}
	if err := r.Purge(t.Context(), cache.Purge{Tag: "page"}); err != nil {
		t.Fatal(err)
	}
	r.wants(t, "/a", "0123456789 2", "purged")

	const many = 20
	texts := make(chan string, many)
	ask := func() { // ends with the answer
		_, text, err := r.get(t, "/slow")
		if err != nil {
			text = err.Error()
		}
		texts <- text
	}
	go ask()
	<-begun
	for range many - 1 {
		go ask()
	}
	close(open)
	for range many {
		if text := <-texts; text != "0123456789 3" {
			t.Error(text)
		}
	}
}

// A route has a key of its own, in the place of the app's.
func TestRoutesHaveKeys(t *testing.T) {
	release := toUpstream(counting(t, "Cache-Control", "max-age=60"))
	release.Cache.Key = hedge.CacheKey{IgnoreQuery: []string{"a"}}
	release.Routes = append(release.Routes, hedge.Route{Path: "/own", Upstream: "site", CacheKey: &hedge.CacheKey{IgnoreQuery: []string{"b"}, Cookies: []string{"c"}}})
	r := caching(t, nil, release)
	r.wants(t, "/?a=1", "/ 1", "miss")
	r.wants(t, "/?a=2", "/ 1", "hit")
	r.wants(t, "/?b=1", "/ 2", "miss")
	r.wants(t, "/own?b=1", "/own 3", "miss", "Cookie", "c=1")
	r.wants(t, "/own?b=2", "/own 3", "hit", "Cookie", "d=1; c=1")
	r.wants(t, "/own", "/own 4", "miss-vary", "Cookie", "c=2")
	r.wants(t, "/own?a=1", "/own 5", "miss")
}
