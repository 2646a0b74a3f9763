package node

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

func TestRateLimit(t *testing.T) {
	release := func(burst int) *hedge.Release {
		return &hedge.Release{
			Name: "shop",
			Routes: []hedge.Route{
				{Path: "/api", Answer: &hedge.Answer{Status: 200}, RateLimit: "keys"},
				{Path: "/all", Answer: &hedge.Answer{Status: 200}, RateLimit: "all"},
				{Path: "/free", Answer: &hedge.Answer{Status: 200}},
			},
			RateLimits: map[string]hedge.RateLimit{
				"keys": {Key: "header:X-Key", Rate: 2, Per: time.Hour, Burst: 2},
				"all":  {Key: hedge.KeyOfRoute, Rate: 1, Per: time.Hour, Burst: burst},
			},
		}
	}
	r := start(t, Config{}, nil, release(1))
	ask := func(path, key, want string) {
		t.Helper()
		res, _, err := r.get(t, path, "X-Key", key)
		if err != nil {
			t.Fatal(err)
		}
		h := res.Header
		if got := fmt.Sprintf("%d %s %s %s", res.StatusCode, h.Get("RateLimit"), h.Get("RateLimit-Policy"), h.Get("Retry-After")); got != want {
			t.Errorf("%s of %s: got %s, want %s", path, key, got, want)
		}
		if a := <-r.access; res.StatusCode == 429 && (a.Outcome != hedge.OutcomeRateLimited || a.FailedAt != "limit" || len(a.Decisions) != 1) {
			t.Errorf("got the record %+v", a)
		}
	}
	ask("/api", "a", `200 "keys";r=1;t=1800 "keys";q=2;w=3600 `)
	ask("/api/x", "a", `200 "keys";r=0;t=1800 "keys";q=2;w=3600 `)
	ask("/api", "a", `429 "keys";r=0;t=1800 "keys";q=2;w=3600 1800`)
	ask("/api", "b", `200 "keys";r=1;t=1800 "keys";q=2;w=3600 `)
	ask("/all", "a", `200 "all";r=0;t=3600 "all";q=1;w=3600 `)
	ask("/all", "b", `429 "all";r=0;t=3600 "all";q=1;w=3600 3600`)
	ask("/free", "a", "200   ")

	// A new release goes on counting where nothing has changed.
	if err := r.Deploy(t.Context(), release(2)); err != nil {
		t.Fatal(err)
	}
	ask("/api", "a", `429 "keys";r=0;t=1800 "keys";q=2;w=3600 1800`)
	ask("/all", "a", `200 "all";r=1;t=3600 "all";q=2;w=7200 `)
}

// Routes count apart by key = "route", also where they have the path in common, and go on
// counting while they match the same.
func TestRoutesCountApart(t *testing.T) {
	release := func(answer int) *hedge.Release {
		limited := hedge.Route{Path: "/a", Answer: &hedge.Answer{Status: answer}, RateLimit: "all"}
		exact, posts, preview, second := limited, limited, limited, limited
		exact.Exact = true
		posts.Methods = []string{"POST"}
		preview.Headers = []hedge.FieldMatch{{Name: "X-Preview", Pattern: "*"}}
		second.Query = []hedge.FieldMatch{{Name: "v", Pattern: "2"}}
		return &hedge.Release{
			Name: "shop", Routes: []hedge.Route{limited, exact, posts, preview, second},
			RateLimits: map[string]hedge.RateLimit{"all": {Key: hedge.KeyOfRoute, Rate: 1, Per: time.Hour, Burst: 1}},
		}
	}
	r := start(t, Config{}, nil, release(200))
	ask := func(method, target, field string, want int) {
		t.Helper()
		answer := r.raw(t, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: a\r\n%s: 1\r\nConnection: close\r\n\r\n", method, target, field))
		if !strings.HasPrefix(answer, fmt.Sprintf("HTTP/1.1 %d ", want)) {
			t.Errorf("%s %s with %s: got %q, want %d", method, target, field, answer, want)
		}
	}
	all := func(want int) {
		t.Helper()
		ask("GET", "/a", "X-None", want)
		ask("GET", "/a/b", "X-None", want)
		ask("POST", "/a/b", "X-None", want)
		ask("GET", "/a/b", "X-Preview", want)
		ask("GET", "/a/b?v=2", "X-None", want)
	}
	all(200)
	all(429)
	if err := r.Deploy(t.Context(), release(204)); err != nil {
		t.Fatal(err)
	}
	all(429)
}

// Content that is too large is refused before an origin is asked if it is announced, and
// is no fault of the origin's if it is not.
func TestMaxBody(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.ContentLength > 4 {
			t.Error("the origin is asked")
		}
		content, _ := io.ReadAll(req.Body)
		_, _ = w.Write(content)
	}))
	defer origin.Close()
	release := toUpstream(origin.URL)
	site := release.Upstreams["site"]
	site.Outlier.Errors = 1
	release.Upstreams["site"] = site
	release.Limits.MaxBody = 4
	release.Routes = append(release.Routes, hedge.Route{Path: "/less/", Upstream: "site", MaxBody: 2}, hedge.Route{Path: "/fixed", Answer: &hedge.Answer{Status: 200}})
	r := start(t, Config{}, nil, release)
	var plain http.Protocols
	plain.SetUnencryptedHTTP2(true)
	for name, transport := range map[string]*http.Transport{"HTTP/1.1": {}, "HTTP/2": {Protocols: &plain}} {
		defer transport.CloseIdleConnections()
		for _, c := range []struct {
			path, content string
			status        int
		}{
			{"/", "abcd", 200}, {"/", "abcde", 413}, {"/less/", "ab", 200}, {"/less/", "abc", 413}, {"/fixed", "abcde", 413}, {"/", "", 200},
		} {
			for _, length := range []int64{int64(len(c.content)), -1} {
				want := c.status
				if c.path == "/fixed" && length < 0 {
					want = 200 // nobody reads it
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+c.path, io.NopCloser(strings.NewReader(c.content)))
				if err != nil {
					t.Fatal(err)
				}
				req.ContentLength = length
				res, err := transport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				got, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode != want || want == 200 && c.path != "/fixed" && string(got) != c.content {
					t.Errorf("%s %s with %q of length %d: got %s %q, want %d", name, c.path, c.content, length, res.Status, got, want)
				}
				if a := <-r.access; want == 413 && a.Outcome != hedge.OutcomeContentTooLarge {
					t.Errorf("the log has %+v", a)
				}
			}
		}
	}
}

// A client that has sent too much may wait for the answer: whoever reads on, as code does after
// what has still come, does not wait for it.
func TestNothingIsReadBehindMaxBody(t *testing.T) {
	reads := 0
	from := readerFunc(func(p []byte) (int, error) { reads++; return copy(p, "abcde"), nil })
	req := &httpmsg.Request{Body: io.NopCloser(from), ContentLength: -1}
	if err := countContent(req).bound(4, -1); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for range 3 {
		p := make([]byte, 10)
		n, err := req.Body.Read(p)
		if got = append(got, p[:n]...); hedge.OutcomeOf(err) != hedge.OutcomeContentTooLarge {
			t.Fatalf("a read behind %q ends with %v", got, err)
		}
	}
	if string(got) != "abcd" || reads != 1 {
		t.Errorf("got %q by %d reads, want what the limit allows by one", got, reads)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// What a client says of itself in the fields of proxies decides nothing, unless it is a
// proxy that is trusted.
func TestForgedFieldsTakeNoRoute(t *testing.T) {
	for trusted, want := range map[string]string{"127.0.0.0/8": "200 200 200", "192.0.2.0/24": "404 200 429"} {
		release := &hedge.Release{
			Name: "shop",
			Routes: []hedge.Route{
				{Path: "/inside", Headers: []hedge.FieldMatch{{Name: "X-Forwarded-User", Pattern: "root"}}, Answer: &hedge.Answer{Status: 200}},
				{Path: "/limited", Answer: &hedge.Answer{Status: 200}, RateLimit: "real"},
			},
			RateLimits: map[string]hedge.RateLimit{"real": {Key: "header:X-Real-IP", Rate: 1, Per: time.Hour, Burst: 1}},
		}
		r := start(t, Config{Forwarding: httpmsg.Forwarding{Trusted: []netip.Prefix{netip.MustParsePrefix(trusted)}}}, nil, release)
		var got []string
		for _, asked := range [][]string{{"/inside", "X-Forwarded-User", "root"}, {"/limited", "X-Real-IP", "192.0.2.1"}, {"/limited", "X-Real-IP", "192.0.2.2"}} {
			res, _, err := r.get(t, asked[0], asked[1:]...)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strconv.Itoa(res.StatusCode))
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("with %s trusted: got %s, want %s", trusted, got, want)
		}
	}
}

func TestKeysOfRateLimits(t *testing.T) {
	trusting := &httpmsg.Forwarding{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, c := range []struct{ key, remote, want string }{
		{"client", "192.0.2.1:1", "192.0.2.1"},
		{"client", "[::ffff:192.0.2.1]:1", "192.0.2.1"},
		{"client", "[2001:db8:1:2:3:4:5:6]:1", "2001:db8:1:2::"},
		{"client", "10.1.1.1:1", "203.0.113.9"}, // by what a trusted proxy says
		{"cookie:user", "192.0.2.1:1", "ada"},
		{"header:X-Key", "192.0.2.1:1", "k"},
		{"header:X-None", "192.0.2.1:1", ""},
		{"host", "192.0.2.1:1", "shop.example"},
		{"path", "192.0.2.1:1", "/a/b"},
		{"path:2", "192.0.2.1:1", "b"},
		{"route", "192.0.2.1:1", "/route"},
	} {
		limiters, err := newLimiters(&hedge.Release{RateLimits: map[string]hedge.RateLimit{"x": {Key: c.key, Rate: 1, Per: time.Second, Burst: 1}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		req := &httpmsg.Request{
			Authority: "shop.example:8080", Target: "/a/b?c", Remote: netip.MustParseAddrPort(c.remote),
			Header: httpmsg.NewHeader("Cookie", "user=ada", "X-Key", "k", "X-Forwarded-For", "203.0.113.9"),
		}
		if got := limiters["x"].keyOf("/route", req, trusting); got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.key, c.remote, got, c.want)
		}
	}
}
