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
		`{ "/": 5 }`:             "'/' leads to no handler, origin or upstream",
		`{ "/": "http://" }`:     "'http://' is not a URL",
	} {
		_, err := f.Runtime.Load(context.Background(), f.Release(site(table)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", table, err, want)
		}
	}
}
