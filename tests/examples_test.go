package tests

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// examples has a test for each folder of examples/, which asks for what the
// README there promises.
func examples() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"api-cache":        apiCache,
		"cache-dynamic":    cacheDynamic,
		"cache-for-errors": cacheForErrors,
		"hello":            hello,
		"image-resize":     imageResize,
		"load-balancer":    loadBalancer,
		"migrate":          migrate,
		"npm-app":          npmApp,
		"one-hostname":     oneHostname,
		"rate-limit":       rateLimit,
		"social-card":      socialCard,
		"static-site":      staticSite,
		"streaming":        streaming,
		"tag-purge":        tagPurge,
		"watermark":        watermark,
		"websocket-chat":   websocketChat,
	}
}

func TestExamples(t *testing.T) {
	folders, err := filepath.Glob("../examples/*/hedge.toml")
	must(t, err)
	for _, file := range folders {
		name := filepath.Base(filepath.Dir(file))
		test, ok := examples()[name]
		if !ok {
			t.Errorf("examples/%s has no test: add one to the list in tests/examples_test.go", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	if len(folders) != len(examples()) {
		t.Errorf("there are %d examples and %d tests", len(folders), len(examples()))
	}
}

// dev serves an app's folder in development.
func dev(t testing.TB, dir string, options ...string) *process {
	t.Helper()
	return start(t, append([]string{"dev", dir, "--listen", "127.0.0.1:0"}, options...)...)
}

func hello(t *testing.T) {
	at := dev(t, "../examples/hello").addr()
	get(t, at, "/").want(t, 200, "Hello, world!\n")
	get(t, at, "/?name=Ada").want(t, 200, "Hello, Ada!\n")
	json := get(t, at, "/json")
	json.want(t, 200, `{"greeting":"Hello","name":"world"}`)
	if got := json.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("/json is of the type %q", got)
	}
	at = dev(t, "../examples/hello", "--var", "GREETING=Moin").addr()
	get(t, at, "/?name=Ada").want(t, 200, "Moin, Ada!\n")
}

// The app is built into a release and served from it. Nothing is fetched for that.
func npmApp(t *testing.T) {
	if !exists("../examples/npm-app/node_modules/hono") && !exists("../node_modules/hono") {
		t.Fatal("the package hono is not installed: run `npm ci` in the repository, as `make test` does, or in examples/npm-app")
	}
	release := filepath.Join(t.TempDir(), "npm-app.hedge")
	if code, output := run(t, "build", "../examples/npm-app", "-o", release); code != 0 {
		t.Fatal(output)
	}
	at := serve(t, release).addr()
	get(t, at, "/").want(t, 200, "Welcome to Hedge Garden. Try /plants, or /plants/yew.\n")
	get(t, at, "/plants").want(t, 200, `[{"id":"hornbeam","name":"Hornbeam","price":4},{"id":"yew","name":"Yew","price":9},{"id":"privet","name":"Privet","price":3}]`)
	get(t, at, "/plants/yew").want(t, 200, `{"id":"yew","name":"Yew","price":9}`)
	get(t, at, "/plants/oak").want(t, 404, "404 Not Found")
	ask(t, at, "POST", "/orders", `{"plant": "yew", "count": 12}`).want(t, 201, `{"plant":"Yew","total":108}`)
	ask(t, at, "POST", "/orders", `{"plant": "oak", "count": 1}`).want(t, 422, `{"error":"we have no oak"}`)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// A line leaves as soon as it is complete: before the origin has sent the next.
func streaming(t *testing.T) {
	more := make(chan struct{})
	text := origin(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "line\nbegin of %d, ", i)
			_ = http.NewResponseController(w).Flush()
			<-more
		}
		_, _ = io.WriteString(w, "the end")
	})
	at := dev(t, "../examples/streaming", "--var", "ORIGIN="+text).addr()
	res := open(t, at, "GET", "/", "")
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	wantLine(t, lines, "   1  line\n")
	more <- struct{}{}
	wantLine(t, lines, "   2  begin of 0, line\n")
	more <- struct{}{}
	wantLine(t, lines, "   3  begin of 1, line\n")
	more <- struct{}{}
	wantLine(t, lines, "   4  begin of 2, the end\n")
	if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
		t.Errorf("behind the last line is %q (%v)", rest, err)
	}

	at = dev(t, "../examples/streaming").addr()
	get(t, at, "/").want(t, 200, "   1  The first line comes at once,\n   2  the second one later,\n"+
		"   3  and the others\n   4  one by one\n   5  as they are made.\n")
}
