package upstream_test

import (
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/upstream"
)

const via = "Via: 1.1 hedge\n"

func TestPresentsTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy hedge.HostPolicy
		target string
		field  [2]string
		want   string
	}{
		{"hop by hop", "", "http://a.example", [2]string{"Keep-Alive", "timeout=5"}, ""},
		{"redirect to itself", "", "https://a.example", [2]string{"Location", "https://a.example/login?x#y"}, "Location: /login?x#y\n"},
		{"redirect below the base", "", "https://a.example/v2", [2]string{"Location", "https://a.example/v2/login"}, "Location: /login\n"},
		{"path below the base", "", "https://a.example/v2", [2]string{"Location", "/v2/login"}, "Location: /login\n"},
		{"path outside the base", "", "https://a.example/v2", [2]string{"Location", "/login"}, "Location: /login\n"},
		{"outside the base", "", "https://a.example/v2", [2]string{"Location", "https://a.example/x"}, "Location: https://a.example/x\n"},
		{"other host", "", "https://a.example", [2]string{"Location", "https://b.example/"}, "Location: https://b.example/\n"},
		{"public name, not known to the origin", "", "https://a.example", [2]string{"Location", "https://shop.example.com/x"}, "Location: https://shop.example.com/x\n"},
		{"to https", "", "http://a.example", [2]string{"Location", "https://a.example/"}, "Location: https://a.example/\n"},
		{"relative", "", "https://a.example/v2", [2]string{"Location", "next"}, "Location: next\n"},
		{"content location", "", "https://a.example", [2]string{"Content-Location", "https://a.example/x.en"}, "Content-Location: /x.en\n"},
		{"refresh", "", "https://a.example", [2]string{"Refresh", `5; URL="https://a.example/x"`}, "Refresh: 5; URL=\"/x\"\n"},
		{"refresh without a URL", "", "https://a.example", [2]string{"Refresh", "5"}, "Refresh: 5\n"},
		{"client's name", hedge.HostClient, "http://10.0.0.1/v2", [2]string{"Location", "https://shop.example.com/v2/x"}, "Location: /x\n"},
		{"client's name without TLS", hedge.HostClient, "http://10.0.0.1", [2]string{"Location", "http://shop.example.com/x"}, "Location: /x\n"},
		{"cookie's domain", "", "https://a.example", [2]string{"Set-Cookie", "a=b; Domain=a.example; Path=/"}, "Set-Cookie: a=b; Path=/\n"},
		{"cookie's domain that both share", "", "https://docs.example.com", [2]string{"Set-Cookie", "a=b; Domain=.example.com"}, "Set-Cookie: a=b; Domain=.example.com\n"},
		{"cookie's domain of the client", hedge.HostClient, "https://a.example", [2]string{"Set-Cookie", "a=b; Domain=shop.example.com"}, "Set-Cookie: a=b; Domain=shop.example.com\n"},
		{"cookie's path", "", "https://a.example/v2", [2]string{"Set-Cookie", "a=b; Path=/v2/x; Secure"}, "Set-Cookie: a=b; Path=/x; Secure\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &origin{header: httpmsg.NewHeader("X-First", "1", c.field[0], c.field[1], "X-Last", "2")}
			res := exchange(t, newPool(t, o, c.policy, c.target), get("/"))
			if got, want := lines(&res.Header), "X-First: 1\n"+c.want+"X-Last: 2\n"+via; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A redirect from http to https by an origin behind TLS must arrive, or the client
// goes round in a circle.
func TestRedirectToHTTPSArrives(t *testing.T) {
	o := &origin{header: httpmsg.NewHeader("Location", "https://shop.example.com/")}
	req := get("/")
	req.Scheme = "http"
	res := exchange(t, newPool(t, o, hedge.HostClient, "https://10.0.0.1"), req)
	if got := res.Header.Get("Location"); got != "https://shop.example.com/" {
		t.Errorf("got %q", got)
	}
}

func TestMountedRequests(t *testing.T) {
	for _, c := range []struct {
		prefix, target, method string
		toward                 string // what the origin gets; empty: nothing
		location               string
		outcome                hedge.Outcome
	}{
		{"/blog", "/blog/a?b", "GET", "/a?b", "", ""},
		{"/blog/", "/blog/a", "GET", "/a", "", ""},
		{"/blog", "/blog/", "GET", "/", "", ""},
		{"/blog", "/blog", "GET", "", "./blog/", ""},
		{"/blog", "/blog?a=/b", "HEAD", "", "./blog/?a=/b", ""},
		{"/blog", "/blog", "POST", "/", "", ""},
		{"/a/b", "/a/b", "GET", "", "./b/", ""},
		{"/blog", "/%62log/x", "GET", "/x", "", ""},
		{"/blog", "/x/../blog/y", "GET", "/y", "", ""},
		{"/blog", "/blog//x", "GET", "//x", "", ""},
		{"", "/x", "GET", "/x", "", ""},
		{"/", "/", "GET", "/", "", ""},
		{"/a", "/ab", "GET", "", "", hedge.OutcomeNoRoute},
		{"/a", "/a/../b", "GET", "", "", hedge.OutcomeNoRoute},
		{"/a", "/a/..%2fb", "GET", "", "", hedge.OutcomeBadRequest},
	} {
		t.Run(c.prefix+" "+c.method+" "+c.target, func(t *testing.T) {
			o := &origin{}
			req := get(c.target)
			req.Method = c.method
			res, err := upstream.Mount(c.prefix, newPool(t, o, "", "http://a.example")).RoundTrip(t.Context(), req)
			if c.outcome != "" {
				if hedge.OutcomeOf(err) != c.outcome || len(o.requests) > 0 {
					t.Errorf("got %v and %d requests", err, len(o.requests))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header.Get("Location"); got != c.location || c.location != "" && (res.Status != 307 || len(o.requests) > 0) {
				t.Errorf("got %d to %q, want %q", res.Status, got, c.location)
			}
			if c.toward != "" && o.last(t).Target != c.toward {
				t.Errorf("the origin got %q, want %q", o.last(t).Target, c.toward)
			}
		})
	}
}

// Browsers follow no redirects of a WebSocket.
func TestMountedWebSocket(t *testing.T) {
	o := &origin{}
	req := get("/chat")
	req.Upgrade = httpmsg.WebSocket
	if res := exchange(t, upstream.Mount("/chat", newPool(t, o, "", "http://a.example")), req); res.Status != 200 || o.last(t).Target != "/" {
		t.Errorf("got %d, and the origin got %+v", res.Status, o.requests)
	}
}

func TestMountedAnswers(t *testing.T) {
	for _, c := range []struct {
		policy            hedge.HostPolicy
		name, value, want string
	}{
		{"", "Location", "/login", "/blog/login"},
		{"", "Location", "https://a.example/login", "/blog/login"},
		{"", "Location", "/", "/blog/"},
		{"", "Location", "//evil.example/", "//evil.example/"},
		{"", "Location", "next?a=/b", "next?a=/b"},
		{"", "Location", "?page=2", "?page=2"},
		{"", "Location", "/blog/login", "/blog/login"}, // from an origin that heeds X-Forwarded-Prefix
		{"", "Location", "/blog/../x", "/blog/x"},
		{"", "Location", "/blogs", "/blog/blogs"},
		{"", "Location", "https://shop.example.com/pricing", "https://shop.example.com/pricing"},
		{hedge.HostClient, "Location", "https://shop.example.com/login", "/blog/login"},
		{"", "Refresh", "0;url=/x", "0;url=/blog/x"},
		{"", "Set-Cookie", "a=b; Path=/; HttpOnly", "a=b; Path=/blog; HttpOnly"},
		{"", "Set-Cookie", "a=b; Path=/x", "a=b; Path=/blog/x"},
		{"", "Set-Cookie", "a=b; Path=/blog/x", "a=b; Path=/blog/x"},
		{"", "Set-Cookie", "a=b", "a=b"},
		{"", "Set-Cookie", "__Host-a=b; Path=/; Secure", "__Host-a=b; Path=/; Secure"},
	} {
		o := &origin{header: httpmsg.NewHeader(c.name, c.value)}
		res := exchange(t, upstream.Mount("/blog", newPool(t, o, c.policy, "https://a.example")), get("/blog/"))
		if got := res.Header.Get(c.name); got != c.want {
			t.Errorf("%s %s: %s: got %q, want %q", c.policy, c.name, c.value, got, c.want)
		}
	}
}

// A relative reference leads from where the origin sees the request, and stays where that
// makes no difference.
func TestRelativeReferences(t *testing.T) {
	for _, c := range []struct{ prefix, with, path, name, value, want string }{
		{"/rw", "/sub", "/rw", "Location", "./sub/?a", "/rw/?a"},
		{"/rw", "/sub", "/rw", "Location", "sub/x", "/rw/x"},
		{"/rw", "/sub", "/rw", "Location", "other", "other"}, // the same from here and there, and nothing below /sub
		{"/rw", "/sub", "/rw/a", "Location", "./a/", "./a/"},
		{"/rw", "/sub", "/rw/a/b", "Location", "../c?d", "../c?d"},
		{"/rw", "/sub/deep", "/rw/a", "Location", "../x", "/sub/x"},
		{"/rw", "/sub/deep", "/rw/a", "Location", "../../sub/deep/x", "/rw/x"},
		{"/a/b", "/", "/a/b", "Location", "x", "/a/b/x"},
		{"/a/b", "/", "/a/b", "Location", ".//evil.example/", "/a/b//evil.example/"},
		{"/rw", "/sub", "/rw", "Location", "?page=2", "?page=2"},
		{"/rw", "/sub", "/rw", "Content-Location", "sub/en", "/rw/en"},
		{"/rw", "/sub", "/rw", "Refresh", "1; url=sub/x", "1; url=/rw/x"},
		{"/rw", "", "/rw", "Location", "x", "/rw/x"},
		{"/rw", "", "/rw/", "Location", "x", "x"},
		{"/rw", "", "/rw/rw/y", "Location", "z", "z"},
		{"/rw", "", "/rw/a", "Location", "../../x", "/rw/x"}, // there is nothing above the root
	} {
		pool := newPool(t, &origin{header: httpmsg.NewHeader(c.name, c.value)}, "", "https://a.example")
		below := upstream.Strip(c.prefix, pool)
		if c.with != "" {
			below = upstream.Rewrite(c.prefix, c.with, pool)
		}
		if got := exchange(t, below, get(c.path)).Header.Get(c.name); got != c.want {
			t.Errorf("%s at %q for %q: %s: %s: got %q, want %q", c.path, c.prefix, c.with, c.name, c.value, got, c.want)
		}
	}
}

func TestMountsStack(t *testing.T) {
	o := &origin{header: httpmsg.NewHeader("Location", "/x")}
	stack := upstream.Mount("/a", upstream.Mount("/b", newPool(t, o, "", "https://a.example")))
	res := exchange(t, stack, get("/a/b/c", "X-Forwarded-Prefix", "/evil"))
	if got := res.Header.Get("Location"); got != "/a/b/x" {
		t.Errorf("got the location %q", got)
	}
	if got := o.last(t); got.Target != "/c" || got.Header.Get("X-Forwarded-Prefix") != "/a/b" {
		t.Errorf("the origin got %q below %q", got.Target, got.Header.Get("X-Forwarded-Prefix"))
	}
	if res := exchange(t, stack, get("/a/b")); res.Header.Get("Location") != "./b/" {
		t.Errorf("got the location %q", res.Header.Get("Location"))
	}
}
