package tests

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// staticSite is asked for the same in development, from disk, and from a release.
func staticSite(t *testing.T) {
	release := filepath.Join(t.TempDir(), "site.hedge")
	if code, output := run(t, "build", "../examples/static-site", "-o", release); code != 0 || !strings.Contains(output, "files") {
		t.Fatal(output)
	}
	for name, at := range map[string]string{"dev": dev(t, "../examples/static-site").addr(), "release": serve(t, release).addr()} {
		t.Run(name, func(t *testing.T) { askStaticSite(t, at) })
	}
}

func askStaticSite(t *testing.T, at string) {
	home := get(t, at, "/")
	if home.status != 200 || !strings.Contains(home.body, "<h1>Hedges</h1>") || home.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("/: %d %v", home.status, home.header)
	}
	get(t, at, "/", "If-None-Match", home.header.Get("ETag")).want(t, 304, "")
	get(t, at, "/", "Range", "bytes=0-9").want(t, 206, "<!doctype ")
	if part := get(t, at, "/", "Range", "bytes=0-1,5-6"); part.status != 206 || !strings.HasPrefix(part.header.Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("two ranges: %d %v", part.status, part.header)
	}
	for target, want := range map[string]string{"/docs?a": "307 ./docs/?a", "/old/trees.html": "301 /docs/trees.html"} {
		page := get(t, at, target)
		if got := fmt.Sprintf("%d %s", page.status, page.header.Get("Location")); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
	for target, want := range map[string]struct {
		status int
		text   string
	}{
		"/docs/":        {200, "<h1>Planting</h1>"},
		"/nothing":      {404, "<h1>Nothing grows here</h1>"},
		"/app/any/path": {200, "<h1>Your hedges</h1>"},
		"/app/":         {200, "<h1>Your hedges</h1>"},
		"/healthz":      {200, "ok\n"},
		"/hedge.toml":   {404, "<h1>Nothing grows here</h1>"},
	} {
		if page := get(t, at, target); page.status != want.status || !strings.Contains(page.body, want.text) {
			t.Errorf("%s: %d %s", target, page.status, page.body)
		}
	}
	style := get(t, at, "/assets/style.1a2b.css", "Accept-Encoding", "gzip")
	if style.header.Get("Content-Encoding") != "gzip" || style.header.Get("Vary") != "Accept-Encoding" || style.header.Get("Cache-Control") != "max-age=31536000, immutable" || style.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the style has %v", style.header)
	}
}
