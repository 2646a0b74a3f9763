package node

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"hedge"
)

// What routes do by themselves, and what they change on the way.
func TestActions(t *testing.T) {
	origin := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Powered-By", "origin")
		if r.URL.Path == "/v2/login" {
			w.Header().Set("Location", "/v2/home?a=/v2/b")
			w.Header().Add("Set-Cookie", "a=b; Path=/v2/x")
			w.WriteHeader(302)
			return
		}
		_, _ = fmt.Fprintf(w, "%s cookie=%q auth=%q for=%q", r.RequestURI, r.Header.Get("Cookie"), r.Header.Get("Authorization"), r.Header.Get("X-Forwarded-For"))
	})
	r := start(t, Config{}, nil, &hedge.Release{
		Name: "shop",
		Routes: []hedge.Route{
			{Path: "/old", Redirect: &hedge.Redirect{To: "https://{host}/new/{rest}", Status: 308}},
			{Path: "/to", Redirect: &hedge.Redirect{To: "/{rest}", Status: 307}},
			{Path: "/healthz", Exact: true, Answer: &hedge.Answer{Status: 200, Body: "ok\n"}},
			{Path: "/gone", Answer: &hedge.Answer{Status: 410}, ResponseHeaders: hedge.HeaderChanges{Set: []hedge.Field{{Name: "Cache-Control", Value: "max-age=60"}}}},
			{
				Path: "/api", Upstream: "site", Rewrite: "/v2",
				RequestHeaders:  hedge.HeaderChanges{Remove: []string{"Cookie"}, Set: []hedge.Field{{Name: "Authorization", Value: "Bearer x"}}},
				ResponseHeaders: hedge.HeaderChanges{Remove: []string{"X-Powered-By"}, Add: []hedge.Field{{Name: "Set-Cookie", Value: "c=d"}}},
			},
			{Path: "/down", Upstream: "down", ResponseHeaders: hedge.HeaderChanges{Set: []hedge.Field{{Name: "X-Frame-Options", Value: "DENY"}}}},
		},
		Upstreams: map[string]hedge.Upstream{"site": {Targets: []string{origin}}, "down": {Targets: []string{closedPort(t)}}},
	})
	for _, c := range []struct {
		path, want string
		fields     map[string]string
		step       string
	}{
		{"/old/a%20b/c?d=e", "308 ", map[string]string{"Location": "https://127.0.0.1/new/a%20b/c?d=e"}, "redirect"},
		{"/to//evil.example/", "307 ", map[string]string{"Location": "/.//evil.example/"}, "redirect"},
		{"/healthz", "200 ok\n", map[string]string{"Content-Type": "text/plain; charset=utf-8", "Content-Length": "3"}, "respond"},
		{"/gone/x", "410 ", map[string]string{"Cache-Control": "max-age=60", "Content-Length": "0", "Content-Type": ""}, "respond"},
		{"/api/a?b=c", `200 /v2/a?b=c cookie="" auth="Bearer x" for="127.0.0.1"`, map[string]string{"X-Powered-By": "", "Set-Cookie": "c=d"}, "upstream:site"},
		{"/api", `200 /v2 cookie="" auth="Bearer x" for="127.0.0.1"`, nil, "upstream:site"},
		{"/api/login", "302 ", map[string]string{"Location": "/api/home?a=/v2/b", "Set-Cookie": "a=b; Path=/api/x"}, "upstream:site"},
	} {
		res, body, err := r.get(t, c.path, "Cookie", "a=b", "X-Forwarded-For", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d %s", res.StatusCode, body); got != c.want {
			t.Errorf("%s: got %q, want %q", c.path, got, c.want)
		}
		for name, want := range c.fields {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.path, name, got, want)
			}
		}
		if a := <-r.access; a.Step != c.step {
			t.Errorf("%s: answered by %q, want %q", c.path, a.Step, c.step)
		}
	}
	if res, _, err := r.get(t, "/down"); err != nil || res.StatusCode != 502 || res.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("an error's answer: %v %v", res, err)
	}
	head, err := http.Head("http://" + r.addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(head.Body); len(body) > 0 || head.ContentLength != 3 {
		t.Errorf("HEAD is answered with %q, and the length %d", body, head.ContentLength)
	}
	_ = head.Body.Close()
}
