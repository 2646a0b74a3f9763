package tests

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/jsapi"
	"hedge/jsapi/websocket"
	"hedge/node"
	"hedge/worker"
)

// Code has what declarative routes have, by the same means: files with tags and ranges,
// redirects, limits that refuse, and paths that are moved there and back.
func TestActionsFromCode(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte("home"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "a.css"), []byte("a {}"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, ".dot"), []byte("dot"), 0o600))
	site := origin(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/v2/next")
		_, _ = io.WriteString(w, r.URL.Path+" "+r.Header.Get("X-Edge"))
	})
	clients := node.NewClients(node.DefaultClientConfig(), nil, nil)
	origins := node.NewOrigins(node.OriginsConfig{Client: node.DefaultClientConfig(), Clients: clients})
	t.Cleanup(origins.Close)
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules = jsapi.Script, jsapi.All(jsapi.Services{Clients: clients, Origins: origins, Caches: origins, Sockets: websocket.DefaultConfig()})
	rt, err := worker.New(cfg)
	must(t, err)
	t.Cleanup(rt.Close)
	at := openNode(t, node.Config{Runtime: rt, Origins: origins}, &hedge.Release{
		Name: "shop", Main: "main.js", Limits: hedge.DefaultLimits(),
		Folders:    map[string]hedge.Folder{"public": {Root: dir}, "open": {Root: dir}},
		Routes:     []hedge.Route{{Path: "/open", Exact: true, Static: &hedge.Static{Folder: "open", Dotfiles: true}}},
		RateLimits: map[string]hedge.RateLimit{"calm": {Key: "header:X-User", Rate: 1, Per: time.Hour, Burst: 2}},
		Upstreams:  map[string]hedge.Upstream{"api": {Targets: []string{site}}},
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: []byte(`
			import { files, mount, rateLimit, redirect, respond, rewrite, upstream, withHeaders } from "hedge:route";
			export default { fetch: mount({
				"/static": files("public", { fallback: "index.html" }),
				"/none": files("private"),
				"/dots": files("public", { dotfiles: true }),
				"/opened": files("open", { dotfiles: true }),
				"/old": redirect("/new/{rest}?{query}", 308),
				"/teapot": respond(418, "short and stout"),
				"/api": withHeaders({ request: { set: { "X-Edge": "1" } } }, rewrite("/v1", "/v2", upstream("api"))),
				"/slow": rateLimit("calm", respond(200, "calm")),
				"/fast": rateLimit("none", respond(200)),
			}) };`)}},
	})
	ask := func(method, path string, fields ...string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+strings.TrimPrefix(at, "http://")+path, nil)
		must(t, err)
		for i := 0; i < len(fields); i += 2 {
			req.Header.Set(fields[i], fields[i+1])
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		must(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		must(t, err)
		return res, string(body)
	}
	css, _ := ask("GET", "/static/a.css")
	for _, c := range []struct {
		path   string
		fields []string
		status int
		body   string
		field  string // that the answer has, and its value
	}{
		{"/static/a.css", nil, 200, "a {}", "Content-Type: text/css; charset=utf-8"},
		{"/static/a.css", []string{"If-None-Match", css.Header.Get("ETag")}, 304, "", ""},
		{"/static/a.css", []string{"Range", "bytes=0-0"}, 206, "a", ""},
		{"/static/app/page", nil, 200, "home", ""},
		{"/none/x", nil, 500, "", ""},
		{"/static/none.css", nil, 404, "", ""},
		{"/static/.dot", nil, 404, "", ""},
		{"/dots/a.css", nil, 500, "", ""},
		{"/opened/.dot", nil, 200, "dot", ""},
		{"/old/a?b", nil, 308, "", "Location: /new/a?b"},
		{"/teapot", nil, 418, "short and stout", ""},
		{"/api/v1/x", nil, 200, "/v2/x 1", "Location: /api/v1/next"},
		{"/slow", []string{"X-User", "a"}, 200, "calm", `RateLimit: "calm";r=1;t=3600`},
		{"/slow", []string{"X-User", "a"}, 200, "calm", ""},
		{"/slow", []string{"X-User", "a"}, 429, "", ""},
		{"/slow", []string{"X-User", "b"}, 200, "calm", ""},
		{"/fast", nil, 500, "", ""},
	} {
		res, body := ask("GET", c.path, c.fields...)
		name, value, _ := strings.Cut(c.field, ": ")
		if res.StatusCode != c.status || c.status < 400 && body != c.body || name != "" && res.Header.Get(name) != value {
			t.Errorf("%s: %d %q %v, want %d %q %s", c.path, res.StatusCode, body, res.Header, c.status, c.body, c.field)
		}
	}
	if res, body := ask("POST", "/static/a.css"); res.StatusCode != 405 {
		t.Errorf("POST for a file: %d %q", res.StatusCode, body)
	}
}
