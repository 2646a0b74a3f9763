package cache_test

import (
	"strings"
	"testing"

	"hedge/cache"
	"hedge/httpmsg"
)

// echo has the origin answer with what it was asked for, and the fields.
func (e *edge) echo(fields ...string) {
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, req.Target)
		for i := 0; i < len(fields); i += 2 {
			res.Header.Add(fields[i], fields[i+1])
		}
		return res, nil
	})
}

func TestQueryOfKeys(t *testing.T) {
	for _, test := range []struct {
		query       cache.Query
		first, same string // targets
		sent        string // to the origin
	}{
		{cache.Query{Ignore: []string{"utm_*", "fbclid"}}, "/?utm_source=a&q=1&fbclid=x", "/?q=1&utm_medium=b", "/?q=1"},
		{cache.Query{Ignore: []string{"a"}}, "/?a=1", "/", "/"},
		{cache.Query{Keep: []string{"q"}}, "/?x=<script>&q=1", "/?q=1&y", "/?q=1"},
		{cache.Query{Keep: []string{}}, "/?x", "/", "/"},
		{cache.Query{Sort: true}, "/?b=1&a=2", "/?a=2&b=1", "/?a=2&b=1"},
		{cache.Query{Keep: []string{"p*"}, Ignore: []string{"page"}}, "/?page=1&p=2", "/?p=2&z", "/?p=2"},
	} {
		e := newEdge(t)
		e.policy.Key.Query = test.query
		e.echo("Cache-Control", "max-age=60")
		e.want(test.first, e.get(test.first), 200, test.sent, "miss")
		e.want(test.same, e.get(test.same), 200, test.sent, "hit")
		if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop", URL: "shop.example" + test.sent}); err != nil {
			t.Fatal(err)
		}
		e.want("purged", e.get(test.same), 200, test.sent, "purged")
		if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop", URL: "shop.example" + test.first}); err != nil {
			t.Fatal(err)
		}
		e.want("purged as it was typed", e.get(test.same), 200, test.sent, "purged")
	}
}

// The policies of an app may leave different things of one URL; a purge finds them all.
func TestPurgeFindsAllFormsOfAURL(t *testing.T) {
	e := newEdge(t)
	e.echo("Cache-Control", "max-age=60")
	all := e.policy
	sorted, kept := *all, *all
	sorted.Scope, sorted.Key.Query = "b", cache.Query{Sort: true}
	kept.Scope, kept.Key.Query = "c", cache.Query{Keep: []string{"q"}}
	defer e.cache.Serve(&sorted)()
	defer e.cache.Serve(&kept)()
	ask := func(want string) {
		t.Helper()
		for _, e.policy = range []*cache.Policy{all, &sorted, &kept} {
			if g := e.get("/?q=1&a=2"); g.reason != want {
				t.Errorf("%s: %v, want %s", e.policy.Scope, g, want)
			}
		}
	}
	ask("miss")
	ask("hit")
	if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop", URL: "shop.example/?q=1&a=2"}); err != nil {
		t.Fatal(err)
	}
	ask("purged")
}

// Nothing that the key leaves out gets into what is stored, whatever the request's method
// and conditions are.
func TestWhatIsIgnoredPoisonsNothing(t *testing.T) {
	e := newEdge(t)
	e.policy.Key.Query = cache.Query{Ignore: []string{"evil"}}
	e.echo("Cache-Control", "max-age=60", "ETag", `"1"`)
	for _, req := range []*httpmsg.Request{
		request("GET", "/?evil=1", "If-None-Match", `"0"`), request("GET", "/?evil=1", "Range", "bytes=0-0"), request("HEAD", "/?evil=1"),
		request("GET", "/?evil=1", "Cache-Control", "no-cache"),
	} {
		e.ask(req)
		if target := e.last().Target; target != "/" {
			t.Errorf("%s with %v: the origin is asked for %s", req.Method, req.Header.Fields(), target)
		}
	}
	if g := e.get("/"); strings.Contains(g.text, "evil") {
		t.Error(g)
	}
	e.ask(request("POST", "/?evil=1"))
	if target := e.last().Target; target != "/?evil=1" {
		t.Errorf("what is not for the cache is asked for %s", target)
	}
}

func TestFieldsAndCookiesOfKeys(t *testing.T) {
	e := newEdge(t)
	e.policy.Key = cache.KeyPolicy{Headers: []string{"X-Tenant"}, Cookies: []string{"currency"}}
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		currency, _ := httpmsg.Cookie(&req.Header, "currency")
		res := httpmsg.Text(200, req.Header.Get("X-Tenant")+" "+currency)
		res.Header.Add("Cache-Control", "max-age=60")
		res.Header.Add("Vary", "~z")
		return res, nil
	})
	all := [][]string{{}, {"X-Tenant", "a"}, {"X-Tenant", "b"}, {"Cookie", "currency=eur; id=1"}, {"Cookie", "id=2; currency=usd"}, {"X-Tenant", "a", "Cookie", "currency=eur"}, {"Cookie", "currency="}}
	for i, fields := range all {
		if g := e.get("/", fields...); g.reason == "hit" && i < 6 {
			t.Errorf("%v has the answer of another: %v", fields, g)
		}
	}
	e.want("another visitor", e.get("/", "Cookie", "id=9; currency=eur"), 200, " eur", "hit")
	e.want("another visitor", e.get("/", "X-Tenant", "a", "Cookie", "id=7; currency=eur"), 200, "a eur", "hit")
	e.want("none", e.get("/", "Cookie", "id=3"), 200, " ", "hit")
	e.ask(request("POST", "/"))
	e.want("after a change", e.get("/", "X-Tenant", "b"), 200, "b ", "miss")
}

func TestDevicesOfKeys(t *testing.T) {
	e := newEdge(t)
	e.policy.Key.Device = true
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, req.Header.Get(httpmsg.DeviceField))
		res.Header.Add("Cache-Control", "max-age=60")
		res.Header.Add("Vary", "User-Agent")
		return res, nil
	})
	for device, agents := range map[string][2]string{"mobile": {"iPhone 1", "Android 14 Mobile"}, "tablet": {"iPad", "Android 14"}, "desktop": {"curl/8", "Firefox"}} {
		if g := e.get("/", "User-Agent", agents[0], httpmsg.DeviceField, "forged"); g.text != device || g.reason == "hit" {
			t.Errorf("%s: %v", device, g)
		}
		g := e.get("/", "User-Agent", agents[1])
		e.want(device, g, 200, device, "hit")
		if vary := g.header.Get("Vary"); vary != "User-Agent" {
			t.Errorf("clients are told that it varies by %s", vary)
		}
	}
}
