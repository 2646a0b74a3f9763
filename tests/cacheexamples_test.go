package tests

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// One page for all, and each visitor's basket in it.
func cacheDynamic(t *testing.T) {
	at := dev(t, "../examples/cache-dynamic").addr()
	made := regexp.MustCompile(`This page was made at ([^<]*)\.</p>`)
	see := func(cookie, basket string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at+"/", http.NoBody)
		must(t, err)
		req.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer func() { _ = res.Body.Close() }()
		page, err := io.ReadAll(res.Body)
		must(t, err)
		found := made.FindSubmatch(page)
		if found == nil || !strings.Contains(string(page), "<p>"+basket+"</p>") || res.Header.Get("Cache-Control") != "private, no-store" {
			t.Fatalf("no page with %q: %s", basket, page)
		}
		return string(found[1])
	}
	when := see("", "Your basket is empty.")
	added := ask(t, at, "POST", "/", "")
	cookie, _, _ := strings.Cut(added.header.Get("Set-Cookie"), ";")
	if added.status != 303 || !strings.HasPrefix(cookie, "visitor=") {
		t.Fatalf("%d, cookie %q", added.status, cookie)
	}
	if again := see(cookie, "Things in your basket: 1."); again != when {
		t.Errorf("the page was made at %s and at %s", when, again)
	}
	see("other=1", "Your basket is empty.")
}

// An origin that goes away, and visitors who do not notice.
func cacheForErrors(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		_, _ = io.WriteString(w, "Hello.\n")
	}))
	defer site.Close()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("../examples/cache-for-errors")))
	config, err := os.ReadFile(dir + "/hedge.toml")
	must(t, err)
	writeFile(t, dir+"/hedge.toml", strings.Replace(string(config), "127.0.0.1:9301", site.Listener.Addr().String(), 1))
	at := dev(t, dir).addr()
	get(t, at, "/").want(t, 200, "Hello.\n")
	site.Close()
	stale := get(t, at, "/")
	stale.want(t, 200, "Hello.\n")
	if status := stale.header.Get("Cache-Status"); !strings.Contains(status, "stale-error") {
		t.Error(status)
	}
	if other := get(t, at, "/other"); other.status != 502 {
		t.Errorf("what is not there: %d", other.status)
	}
}

// A page that is kept until its price changes.
func tagPurge(t *testing.T) {
	at := dev(t, "../examples/tag-purge").addr()
	see := func(id, price, status string) string {
		t.Helper()
		page := get(t, at, "/products/"+id)
		if page.status != 200 || !strings.HasPrefix(page.body, "Product "+id+": "+price+" euros.") || !strings.HasPrefix(page.header.Get("Cache-Status"), "hedge; "+status) {
			t.Fatalf("%d %q, %s", page.status, page.body, page.header.Get("Cache-Status"))
		}
		return page.body
	}
	seven, eight := see("7", "10", "fwd=uri-miss"), see("8", "10", "fwd=uri-miss")
	if see("7", "10", "hit") != seven {
		t.Error("a hit is another page")
	}
	if put := ask(t, at, "PUT", "/products/7?price=12", ""); put.status != 204 {
		t.Fatal(put.status, put.body)
	}
	see("7", "12", "fwd=")
	see("7", "12", "hit")
	if see("8", "10", "hit") != eight {
		t.Error("the price of one product has changed the page of another")
	}
}

// Many who ask at once are one call of the API.
func apiCache(t *testing.T) {
	var calls atomic.Int64
	begun, answer := make(chan struct{}, 1), make(chan struct{})
	api := origin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("city") == "Nowhere" {
			w.WriteHeader(503)
			return
		}
		begun <- struct{}{}
		<-answer
		_, _ = fmt.Fprintf(w, `{"calls":%d}`, calls.Add(1))
	})
	at := dev(t, "../examples/api-cache", "--var", "API="+api).addr()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { get(t, at, "/?city=Rome").want(t, 200, `{"calls":1}`) })
	}
	<-begun
	close(answer)
	all.Wait()
	get(t, at, "/?city=Rome").want(t, 200, `{"calls":1}`)
	get(t, at, "/?city=Nowhere").want(t, 502, `{"error":"the weather is not to be had: the API answers 503"}`)
}
