package tests

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"hedge/examples/one-hostname/origins/sites"
)

// oneHostname serves the example in front of its three sites, which get ports of
// their own.
func oneHostname(t *testing.T) {
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("../examples/one-hostname")))
	toml, err := os.ReadFile(dir + "/hedge.toml")
	must(t, err)
	config := string(toml)
	docs := ""
	for _, site := range sites.All() {
		server := httptest.NewServer(site.Handler)
		t.Cleanup(server.Close)
		own := server.Listener.Addr().String()
		if !strings.Contains(config, site.Addr) {
			t.Fatalf("hedge.toml does not name %s, the address of %s", site.Addr, site.Name)
		}
		config = strings.Replace(config, site.Addr, own, 1)
		if site.Name == "docs" {
			docs = own
		}
	}
	writeFile(t, dir+"/hedge.toml", config)
	at := dev(t, dir).addr()

	t.Run("prefixes", func(t *testing.T) {
		for target, title := range map[string]string{
			"/":                        "Garden Supplies",
			"/about.html":              "About · Garden Supplies",
			"/blog/":                   "Blog",
			"/blog/posts/streams.html": "On streams",
			"/blog/./posts/../":        "Blog",
			"/docs/prefixes.html":      "Prefixes · Docs",
			"/%64ocs/":                 "Start here · Docs",
		} {
			if page := get(t, at, target); page.status != 200 || !strings.Contains(page.body, "<title>"+title+"</title>") {
				t.Errorf("%s: %d, no page with the title %q\n%s", target, page.status, title, page.body)
			}
		}
		for _, target := range []string{"/blogger", "/docsify", "/posts/streams.html"} {
			get(t, at, target).want(t, 404, "404 page not found\n") // the home site's words
		}
	})
	t.Run("redirects", func(t *testing.T) {
		for target, want := range map[string]string{"/blog": "/blog/", "/docs?a=b": "/docs/?a=b", "/blog/latest": "/blog/posts/streams.html"} {
			page := get(t, at, target)
			base := &url.URL{Path: target}
			if to, err := base.Parse(page.header.Get("Location")); err != nil || to.RequestURI() != want || page.status/100 != 3 {
				t.Errorf("%s: %d to %q, want %s", target, page.status, page.header.Get("Location"), want)
			}
		}
	})
	t.Run("cookie", func(t *testing.T) { visit(t, at) })
	t.Run("forwarded", func(t *testing.T) {
		page := get(t, at, "/docs/request?x", "Host", "www.example.com", "X-Forwarded-For", "192.0.2.1", "X-Real-IP", "192.0.2.1", "Connection", "X-Hop", "X-Hop", "1")
		for _, line := range []string{
			"GET /request?x HTTP/1.1", "Host: " + docs, "X-Forwarded-Host: www.example.com",
			"X-Forwarded-Proto: http", "X-Forwarded-Prefix: /docs", "X-Forwarded-For: 127.0.0.1",
		} {
			if !regexp.MustCompile(`(?m)(^|>)` + regexp.QuoteMeta(line) + `(</pre>)?$`).MatchString(page.body) {
				t.Errorf("the origin has not seen %q\n%s", line, page.body)
			}
		}
		for _, forged := range []string{"192.0.2.1", "X-Hop"} {
			if strings.Contains(page.body, forged) {
				t.Errorf("the origin has seen %s, which the client made up\n%s", forged, page.body)
			}
		}
	})
	t.Run("links", func(t *testing.T) { followLinks(t, at) })
}

// visit comes to the blog twice with a browser's cookies.
func visit(t *testing.T, at string) {
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := &http.Client{Jar: jar}
	for _, c := range []struct{ path, want string }{
		{"/blog/", "<strong>1</strong>"},
		{"/blog/", "<strong>2</strong>"},
		{"/blog/latest", "<h1>On streams</h1>"},
	} {
		res, err := client.Get("http://" + at + c.path)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		_ = res.Body.Close()
		if !strings.Contains(string(body), c.want) {
			t.Errorf("%s does not show %s\n%s", c.path, c.want, body)
		}
	}
	for path, want := range map[string]int{"/blog/posts/hedges.html": 1, "/": 0, "/docs/": 0} {
		if cookies := jar.Cookies(&url.URL{Scheme: "http", Host: at, Path: path}); len(cookies) != want {
			t.Errorf("the browser sends %v to %s, want %d", cookies, path, want)
		}
	}
}

// followLinks looks for links that lead nowhere, or away from the hostname.
func followLinks(t *testing.T, at string) {
	links := regexp.MustCompile(`(?:href|src)="([^"#]+)"`)
	start := &url.URL{Scheme: "http", Host: at, Path: "/"}
	queue, seen := []*url.URL{start}, map[string]bool{start.String(): true}
	for len(queue) > 0 {
		page := queue[0]
		queue = queue[1:]
		answer := get(t, at, page.RequestURI())
		found := links.FindAllStringSubmatch(answer.body, -1)
		if location := answer.header.Get("Location"); answer.status/100 == 3 {
			found = [][]string{{"", location}}
		} else if answer.status != 200 {
			t.Errorf("%s is linked to and answers %d", page, answer.status)
		}
		for _, link := range found {
			to, err := page.Parse(link[1])
			must(t, err)
			if to.Host != at {
				t.Errorf("%s leads away, to %s", page, to)
			} else if !seen[to.String()] {
				seen[to.String()] = true
				queue = append(queue, to)
			}
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %d pages are linked: %v", len(seen), seen)
	}
}
