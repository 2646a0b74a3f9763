package route_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/upstream"
)

// origins are pools whose client answers with what it was asked.
type origins struct{ cfg upstream.Config }

func (o origins) Upstream(_ *hedge.Release, name string) (httpmsg.RoundTripper, error) {
	if name == "gone" {
		return nil, hedge.Errorf(hedge.OutcomeException, "there is no upstream %q", name)
	}
	return o.Origin(nil, "http://"+name+".internal:8080")
}

func (o origins) Split(_ *hedge.Release, name string) (httpmsg.RoundTripper, error) {
	return o.Origin(nil, "http://"+name+".split:8080")
}

func (o origins) Origin(_ *hedge.Release, url string) (httpmsg.RoundTripper, error) {
	return upstream.New(url, hedge.Upstream{Targets: []string{url}}, o.cfg)
}

// Routed answers with what it was asked to do.
func (o origins) Routed(_ *hedge.Release, r hedge.Route, rt httpmsg.RoundTripper) (httpmsg.RoundTripper, error) {
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		switch {
		case r.Static != nil && strings.HasSuffix(req.Target, "/none"):
			return nil, hedge.Errorf(hedge.OutcomeNoRoute, "there is no file")
		case r.Static != nil && strings.HasSuffix(req.Target, "/broken"):
			return nil, hedge.Errorf(hedge.OutcomeException, "a file cannot be read")
		case r.Static != nil:
			return httpmsg.Text(200, fmt.Sprintf("%+v %s", *r.Static, req.Target)), nil
		case r.Redirect != nil:
			return httpmsg.Text(200, fmt.Sprintf("%d %s from %s", r.Redirect.Status, r.Redirect.To, r.Path)), nil
		case r.RateLimit != "" && req.Header.Get("X-Fast") != "":
			return httpmsg.Text(429, "too fast by "+r.RateLimit), nil
		case r.RateLimit != "":
			return &httpmsg.Response{Status: 204, Header: httpmsg.NewHeader("RateLimit", r.RateLimit)}, nil
		}
		return upstream.Rewrite(r.Path, r.Rewrite, rt).RoundTrip(ctx, req)
	}), nil
}

func (o origins) Mounted(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	return upstream.Mount(prefix, rt)
}

// mirror answers with the URL that it was asked for, and with a redirect and a
// cookie where the path says so.
func mirror(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	res := httpmsg.Text(200, fmt.Sprintf("%s %s prefix=%s for=%s", req.Method, req.URL(), req.Header.Get("X-Forwarded-Prefix"), req.Header.Get("X-Forwarded-Host")))
	if strings.HasPrefix(req.Target, "/redirect") {
		res.Status = 302
		res.Header.Add("Location", "http://"+req.Authority+"/elsewhere")
		res.Header.Add("Set-Cookie", "a=b; Path=/")
	}
	return res, nil
}

func start(t *testing.T) *jsapitest.Fixture {
	t.Helper()
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(mirror)
	f.Origins = origins{upstream.Config{Client: f.Client}}
	return f.Start()
}

func site(table string) string {
	return `import { mount, upstream } from "hedge:route";
		const site = mount(` + table + `);
		export default { fetch: (request) => site(request) };`
}

func TestMount(t *testing.T) {
	f := start(t)
	app := f.App(site(`{
		"/blog": upstream("blog"),
		"/blog/archive": upstream(new URL("https://archive.example.com/base/")),
		"/docs/": "https://docs.example.com",
		"/code": (request) => new Response("code " + new URL(request.url).pathname),
		"/app": { fetch: () => new Response("app") },
		"/gone": upstream("gone"),
		"/grüße/": upstream("blog"),
		"/a b": () => new Response("a space"),
		"/": upstream("home"),
	}`))
	for target, want := range map[string]string{
		"/":                  "GET http://home.internal:8080/ prefix= for=test.example",
		"/a?b=c":             "GET http://home.internal:8080/a?b=c prefix= for=test.example",
		"/blog/":             "GET http://blog.internal:8080/ prefix=/blog for=test.example",
		"/blog/a%20b?x":      "GET http://blog.internal:8080/a%20b?x prefix=/blog for=test.example",
		"/blogger":           "GET http://home.internal:8080/blogger prefix= for=test.example",
		"/blog/archive/2017": "GET https://archive.example.com/base/2017 prefix=/blog/archive for=test.example",
		"/docs/start":        "GET https://docs.example.com/start prefix=/docs for=test.example",
		"/code/x":            "code /code/x",
		"/app":               "app",
		"/%62log/x":          "GET http://blog.internal:8080/x prefix=/blog for=test.example",
		"/gr%C3%BC%c3%9fe/x": "GET http://blog.internal:8080/x prefix=/gr%C3%BC%C3%9Fe for=test.example",
		"/a%20b/c":           "a space",
		"/blog/../x":         "GET http://home.internal:8080/x prefix= for=test.example",
	} {
		t.Run(target, func(t *testing.T) {
			jsapitest.Want(t, app, jsapitest.Request("GET", target), want)
		})
	}
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/gone/x")); outcome != hedge.OutcomeException || !strings.Contains(message, `no upstream "gone"`) {
		t.Errorf("%s: %s", outcome, message)
	}
}

func TestAnswersAreRewritten(t *testing.T) {
	app := start(t).App(site(`{ "/blog": upstream("blog") }`))
	res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/blog/redirect"))
	if err != nil {
		t.Fatal(err)
	}
	res.CloseBody()
	if res.Header.Get("Location") != "/blog/elsewhere" || res.Header.Get("Set-Cookie") != "a=b; Path=/blog" {
		t.Errorf("%v", res.Header)
	}
	if status, _, _ := jsapitest.Do(t, app, jsapitest.Request("GET", "/other")); status != 404 {
		t.Errorf("what is not mounted answers %d", status)
	}
}

func TestUpstream(t *testing.T) {
	f := start(t)
	app := f.App(`import { upstream } from "hedge:route"; export default { fetch: upstream("one") };`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/x"), "GET http://one.internal:8080/x prefix= for=test.example")
	jsapitest.Want(t, app, jsapitest.Post("/x", "body"), "POST http://one.internal:8080/x prefix= for=test.example")
	app = f.App(`import { upstream } from "hedge:route"; const one = upstream("one");
		export default { async fetch(request) { const r = await one(request); return new Response((await r.text()).toUpperCase(), r); } };`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/x"), "GET HTTP://ONE.INTERNAL:8080/X PREFIX= FOR=TEST.EXAMPLE")
}

// The failure of an upstream names it, and not the visitor's own URL; one that nobody
// catches is answered as by a route.
func TestFaultsOfUpstreams(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "the origin refuses connections")
	})
	f.Origins = origins{upstream.Config{Client: f.Client}}
	f.Start()
	for to, name := range map[string]string{
		`upstream("dead")`:                      `the upstream "dead"`,
		`split("dead")`:                         `the split "dead"`,
		`upstream("https://dead.example/x")`:    "the origin https://dead.example/x",
		`rewrite("/", "/x/", upstream("dead"))`: `the upstream "dead"`,
	} {
		code := `import { mount, rewrite, split, upstream } from "hedge:route"; const site = mount({ "/": ` + to + ` }); export default `
		_, message, outcome := jsapitest.Do(t, f.App(code+`{ fetch: site };`), jsapitest.Request("GET", "/"))
		if want := "the handler threw: TypeError: " + name + " failed: the origin refuses connections"; outcome != hedge.OutcomeOriginRefused || message != want {
			t.Errorf("%s: %s (%s), want %s", to, message, outcome, want)
		}
		jsapitest.Want(t, f.App(code+`{ fetch: (request) => site(request).catch((e) => new Response(e.name)) };`), jsapitest.Request("GET", "/"), "TypeError")
	}
}

func TestSplit(t *testing.T) {
	f := start(t)
	app := f.App(`import { split } from "hedge:route"; export default { fetch: split("home") };`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/x"), "GET http://home.split:8080/x prefix= for=test.example")
	app = f.App(`import { mount, split } from "hedge:route"; export default { fetch: mount({ "/shop": split("shop") }) };`)
	jsapitest.Want(t, app, jsapitest.Request("GET", "/shop/x"), "GET http://shop.split:8080/x prefix=/shop for=test.example")
}

func TestBadTables(t *testing.T) {
	f := start(t)
	for table, want := range map[string]string{
		`null`:                   "mount takes an object",
		`{ "blog": "http://b" }`: "'blog' does not begin with a slash",
		`{ "/a?b": "http://b" }`: "'/a?b' is more than a path",
		`{ "/": 5 }`:             "'/' leads to no handler, origin or upstream",
		`{ "/": "http://" }`:     "'http://' is not a URL",
	} {
		_, err := f.Runtime.Load(context.Background(), f.Release(site(table)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", table, err, want)
		}
	}
}

// What code asks for reaches the host as it was said, below a prefix or not, whatever
// wraps it.
func TestActions(t *testing.T) {
	app := start(t).App(`import { files, mount, redirect, respond, rateLimit, rewrite, upstream, withHeaders } from "hedge:route";
		const site = mount({
			"/files": files("public", { fallback: "index.html", notFound: "404.html", dotfiles: true }),
			"/plain": files("public"),
			"/old": redirect("/new/{rest}", 308),
			"/gone": respond(410, "gone", { headers: { "X-Gone": "1" } }),
			"/empty": respond(204),
			"/api": rewrite("/v1", "/v2", upstream("api")),
			"/slow": rateLimit("calm", upstream("api")),
			"/own": rateLimit("calm", (request) => new Response("own " + new URL(request.url).pathname)),
			"/changed": withHeaders({ request: { remove: ["X-B"], set: { "X-A": "2" } }, response: { set: { "X-C": "3" }, add: { "Via": "me" } } }, upstream("fields")),
			"/handled": withHeaders({ request: { set: { "X-A": "2" } } }, (request, env, ctx) => new Response(request.headers.get("X-A") + " " + typeof ctx.waitUntil)),
			"/": redirect("https://{host}/{path}"),
		});
		export default { fetch: site };`)
	for _, c := range []struct{ target, want string }{
		{"/files/a%2Db.css", "{Folder:public Fallback:index.html NotFound:404.html Dotfiles:true} /a-b.css"},
		{"/plain/", "{Folder:public Fallback: NotFound: Dotfiles:false} /"},
		{"/old/x", "308 /new/{rest} from /old/"},
		{"/api/v1/x?y", "GET http://api.internal:8080/v2/x?y prefix=/api for=test.example"},
		{"/slow/x", "GET http://api.internal:8080/x prefix=/slow for=test.example"},
		{"/own/x", "own /own/x"},
		{"/changed/x", "GET http://fields.internal:8080/x prefix=/changed for=test.example"},
		{"/handled", "2 function"},
		{"/other", "307 https://{host}/{path} from /"},
	} {
		t.Run(c.target, func(t *testing.T) { jsapitest.Want(t, app, jsapitest.Request("GET", c.target), c.want) })
	}
	answer := func(target string, fields ...string) *httpmsg.Response {
		t.Helper()
		req := jsapitest.Request("GET", target)
		for i := 0; i < len(fields); i += 2 {
			req.Header.Add(fields[i], fields[i+1])
		}
		res, err := app.RoundTrip(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		res.CloseBody()
		return res
	}
	if res := answer("/gone"); res.Status != 410 || res.Header.Get("X-Gone") != "1" {
		t.Errorf("respond: %d %v", res.Status, res.Header)
	}
	if res := answer("/plain/none"); res.Status != 404 {
		t.Errorf("a file that there is not: %d", res.Status)
	}
	if _, message, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/plain/broken")); outcome != hedge.OutcomeException || !strings.Contains(message, "cannot be read") {
		t.Errorf("a file that cannot be read: %s %s", outcome, message)
	}
	if res := answer("/empty"); res.Status != 204 {
		t.Errorf("respond without a body: %d", res.Status)
	}
	if res := answer("/slow/x"); res.Status != 200 || res.Header.Get("RateLimit") != "calm" {
		t.Errorf("what is within the limit: %d %v", res.Status, res.Header)
	}
	if res := answer("/own/x", "X-Fast", "1"); res.Status != 429 {
		t.Errorf("what comes too soon: %d", res.Status)
	}
	if res := answer("/changed/redirect"); res.Status != 302 || res.Header.Get("Location") != "/changed/elsewhere" || res.Header.Get("X-C") != "3" || !strings.HasSuffix(res.Header.Joined("Via"), "me") {
		t.Errorf("changes of fields: %d %v", res.Status, res.Header)
	}
}

// What is wrong with an action shows when the module is loaded.
func TestBadActions(t *testing.T) {
	f := start(t)
	for code, want := range map[string]string{
		`redirect("/", 200)`:                      "200 is not the status of a redirect",
		`respond(999)`:                            "status",
		`respond(204, "text")`:                    "",
		`rewrite("v1", "/", "http://a")`:          "'v1' is not a path",
		`rewrite("/a", "/b", () => {})`:           "rewrite leads to an origin, an upstream or a split",
		`rateLimit("a", 5)`:                       "rateLimit leads to no handler",
		`withHeaders({ request: 5 }, "http://a")`: "an object of remove, set and add",
		`withHeaders({ request: { set: { "a b": "" } } }, "http://a")`: "",
	} {
		_, err := f.Runtime.Load(context.Background(), f.Release(`import * as route from "hedge:route"; const { redirect, respond, rewrite, rateLimit, withHeaders } = route; `+code+`; export default { fetch() {} };`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", code, err, want)
		}
	}
}
