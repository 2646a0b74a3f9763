package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// Each fetch of code counts by itself, beside the request that it was made for.
func TestCacheMetricsOfFetches(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, "data")
	}))
	defer origin.Close()
	app := newApp(t, map[string]string{
		"hedge.toml": "name = \"shop\"\nmain = \"main.js\"\n[vars]\nORIGIN = \"" + origin.URL + "\"\n",
		"main.js": `export default { async fetch(request, env) {
			for (const one of [{}, {}, { cache: "no-store" }, { method: "POST", body: "x" }]) await (await fetch(env.ORIGIN, one)).text();
			return new Response("done");
		} };`,
	})
	p := start(t, "serve", app, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--allow-egress", "127.0.0.0/8")
	url := p.url()
	admin := "http://127.0.0.1:" + p.await(`admin http://localhost:(\d+)/metrics`)
	wantGet(t, url, 200, "done")
	_, text := get(t, admin+"/metrics")
	for reason, n := range map[string]string{"miss": "1", "hit": "1", "request": "1", "pass": "1"} {
		if want := `hedge_cache_requests_total{app="shop",reason="` + reason + `"} ` + n + "\n"; !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
}

func TestCacheMetrics(t *testing.T) {
	app := newApp(t, map[string]string{
		"hedge.toml": "name = \"shop\"\nmain = \"main.js\"\n[cache]\nfront = true\n",
		"main.js":    `export default { fetch: () => new Response("hello", { headers: { "Cache-Control": "max-age=60" } }) };`,
	})
	p := start(t, "serve", app, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--cache-dir", t.TempDir())
	url := p.url()
	admin := "http://127.0.0.1:" + p.await(`admin http://localhost:(\d+)/metrics`)
	for range 3 {
		wantGet(t, url, 200, "hello")
		p.await(`200 +GET`)
	}
	_, text := get(t, admin+"/metrics")
	for _, want := range []string{
		`hedge_cache_requests_total\{app="shop",reason="miss"\} 1\n`,
		`hedge_cache_requests_total\{app="shop",reason="hit"\} 2\n`,
		`hedge_cache_fill_duration_seconds_count\{app="shop"\} 1\n`,
		`hedge_cache_app_entries\{app="shop",tier="memory"\} 1\n`,
		`hedge_cache_app_bytes\{app="shop",tier="memory"\} [1-9]`,
		`hedge_cache_app_entries\{app="shop",tier="disk"\} 1\n`,
		`hedge_cache_app_bytes\{app="shop",tier="disk"\} [1-9]`,
		`hedge_cache_entries\{tier="memory"\} 1\n`,
		`hedge_cache_entries\{tier="disk"\} 1\n`,
		`hedge_cache_bytes\{tier="disk"\} [1-9]`,
		`hedge_cache_storing_bytes 0\n`,
		`hedge_cache_evictions_total\{tier="memory"\} 0\n`,
		`hedge_cache_disk_duration_seconds_count\{operation="find"\} [1-9]`,
		`hedge_cache_disk_duration_seconds_count\{operation="commit"\} 1\n`,
		`hedge_cache_disk_errors_total\{kind="refused"\} 0\n`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
}
