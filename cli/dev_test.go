package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startDev serves an app and returns its URL.
func startDev(t testing.TB, dir string, options ...string) (p *process, url string) {
	t.Helper()
	p = start(t, append([]string{"dev", dir, "--listen", "127.0.0.1:0"}, options...)...)
	return p, p.url()
}

func TestDevReloads(t *testing.T) {
	dir := newApp(t, map[string]string{
		"hedge.toml":   config,
		"main.js":      `import { text } from "./lib/text.js"; export default { fetch() { return new Response(text); } };`,
		"lib/text.js":  `export const text = "one";`,
		"lib/other.js": "",
	})
	p, url := startDev(t, dir)
	wantGet(t, url, 200, "one")
	text := filepath.Join(dir, "lib/text.js")

	// Each step changes the app, and names what the reload line and the app say then.
	steps := []struct {
		name   string
		change func()
		line   string
		want   string
	}{
		{"written in place", func() { write(t, text, `export const text = "two";`) }, `reloaded in .* \(changed lib/text.js\)`, "two"},
		{"emptied", func() { write(t, text, "") }, `"text" will always be undefined(?s:.*)reloaded in .*changed lib/text.js`, ""},
		{"replaced by an editor", func() {
			replace(t, text, `export const text = "three";`)
		}, `reloaded in .* \(changed lib/text.js\)`, "three"},
		{"a syntax error", func() { write(t, text, `export const text = ;`) }, `lib/text.js:1:21: [^\n]*\n(?s:.*)failed: the last version that worked is still served`, "three"},
		{"another error", func() { write(t, text, `export const other = 1;`) }, `"text"(?s:.*)failed: the last version`, "three"},
		{"undone", func() { write(t, text, `export const text = "three";`) }, `works again in .*changed lib/text.js`, "three"},
		{"an error while loading", func() { write(t, text, "export const text = undefined.four;\n") }, `TypeError: (?s:.*)at lib/text.js:1:31\n(?s:.*)> 1 \| (?s:.*)failed: the last version`, "three"},
		{"a missing file", func() { write(t, text, `export { text } from "./missing.js";`) }, `Could not resolve(?s:.*)failed: the last version|missing.js(?s:.*)failed: the last version`, "three"},
		{"no longer missing", func() { write(t, filepath.Join(dir, "lib/missing.js"), `export const text = "five";`) }, `reloaded in .*changed lib/missing.js`, "five"},
		{"the folder is away", func() { must(t, os.Rename(filepath.Join(dir, "lib"), filepath.Join(dir, "bil"))) }, `failed: the last version`, "five"},
		{"the folder is back", func() { must(t, os.Rename(filepath.Join(dir, "bil"), filepath.Join(dir, "lib"))) }, `works again`, "five"},
		{"a file in that folder", func() { write(t, filepath.Join(dir, "lib/missing.js"), `export const text = "six";`) }, `reloaded in`, "six"},
		{"no hedge.toml", func() { must(t, os.Remove(filepath.Join(dir, "hedge.toml"))) }, `hedge.toml: there is no such file(?s:.*)failed: the last version`, "six"},
		{"hedge.toml is back, with another name and a host", func() {
			write(t, filepath.Join(dir, "hedge.toml"), "name = \"other\"\nmain = \"main.js\"\nhosts = [\"shop.example.com\"]\n")
		}, `reloaded in .*changed hedge.toml`, "six"},
		{"the app is away", func() { must(t, os.Rename(dir, dir+"2")) }, `the app's folder .*: no such file (?s:.*)failed: the last version`, "six"},
		{"the app is back", func() { must(t, os.Rename(dir+"2", dir)) }, `works again`, "six"},
		{"a file outside", func() {
			write(t, filepath.Join(dir, "../shared/text.js"), `export const text = "seven";`)
			write(t, text, `export { text } from "../../shared/text.js";`)
		}, `reloaded in`, "seven"},
		{"a change outside", func() { write(t, filepath.Join(dir, "../shared/text.js"), `export const text = "eight";`) }, `reloaded in .*changed ../shared/text.js`, "eight"},
		{"the folder outside is away", func() { must(t, os.RemoveAll(filepath.Join(dir, "../shared"))) }, `failed: the last version`, "eight"},
		{"the folder outside is back", func() { write(t, filepath.Join(dir, "../shared/text.js"), `export const text = "nine";`) }, `reloaded in`, "nine"},
	}
	for _, step := range steps {
		step.change()
		p.await(step.line)
		if _, got := get(t, url); got != step.want {
			t.Fatalf("%s: the app answers %q, want %q\n%s", step.name, got, step.want, p.stdout)
		}
	}
	if code := p.interrupt(); code != 0 {
		t.Errorf("the exit code is %d, want 0", code)
	}
}

// A warning that stays is said once, and again when it comes back.
func TestDevWarnsOnce(t *testing.T) {
	text := func(value string) string { return `export const other = ` + value + `;` }
	dir := newApp(t, map[string]string{
		"hedge.toml": config,
		"main.js":    `import { other } from "./text.js"; export default { fetch() { return new Response(other + String(typeof x === "nul")); } };`,
		"text.js":    text("1"),
	})
	p, _ := startDev(t, dir)
	write(t, filepath.Join(dir, "text.js"), text("2"))
	p.await("reloaded in")
	if n := strings.Count(p.stdout.String(), "warning: "); n != 1 {
		t.Errorf("there are %d warnings, want 1:\n%s", n, p.stdout)
	}
	write(t, filepath.Join(dir, "main.js"), `export default { fetch() { return new Response("fine"); } };`)
	p.await("reloaded in")
	write(t, filepath.Join(dir, "main.js"), `export default { fetch() { return new Response(String(typeof x === "nul")); } };`)
	p.await("warning: (?s:.*)reloaded in")
}

// What hedge.toml names may be away for a moment, as when version control changes files.
func TestDevWaitsForWhatIsNamed(t *testing.T) {
	app := map[string]string{
		"hedge.toml":       "name = \"shop\"\nmain = \"src/main.js\"\n[[route]]\nmatch = \"/files/*\"\nto = \"dir:www/public\"\nstrip_prefix = true\nnot_found = \"404.html\"\n",
		"src/main.js":      `import { text } from "./text.js"; export default { fetch() { return new Response(text); } };`,
		"src/text.js":      `export const text = "one";`,
		"www/public/a.txt": "a", "www/public/404.html": "lost",
	}
	for _, away := range []string{"src/main.js", "src", "www/public", "www", "www/public/404.html"} {
		t.Run(away, func(t *testing.T) {
			dir := newApp(t, app)
			writeAll := func() {
				for name, content := range app {
					replace(t, filepath.Join(dir, name), content)
				}
			}
			must(t, os.RemoveAll(filepath.Join(dir, away)))
			p, url := startDev(t, dir)
			p.await("failed: requests get these errors")
			writeAll()
			p.await("reloaded in")
			wantGet(t, url, 200, "one")
			must(t, os.RemoveAll(filepath.Join(dir, away)))
			p.await("failed: the last version that worked is still served")
			writeAll()
			p.await("works again in")
			wantGet(t, url+"/files/b.txt", 404, "lost")
			replace(t, filepath.Join(dir, "src/text.js"), `export const text = "two";`)
			p.await("reloaded in")
			wantGet(t, url, 200, "two")
		})
	}
}

func TestDevFollowsLinks(t *testing.T) {
	dir := newApp(t, map[string]string{"main.js": answers("one"), "other.js": answers("two")})
	shared := filepath.Join(t.TempDir(), "shared.toml")
	write(t, shared, config)
	must(t, os.Symlink(shared, filepath.Join(dir, "hedge.toml")))
	p, url := startDev(t, dir)
	wantGet(t, url, 200, "one")
	replace(t, shared, strings.ReplaceAll(config, "main.js", "other.js"))
	p.await("reloaded in")
	wantGet(t, url, 200, "two")
}

// A request that began before a reload gets the whole answer of the old version.
func TestDevReloadKeepsRequests(t *testing.T) {
	released := make(chan struct{})
	origin := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "first")
		_ = http.NewResponseController(w).Flush()
		<-released
		fmt.Fprintln(w, "second")
	})
	dir := newApp(t, map[string]string{
		"hedge.toml": config,
		"main.js":    `export default { async fetch(request, env) { const res = await fetch(env.ORIGIN); return new Response(res.body.pipeThrough(new TransformStream())); } };`,
	})
	p, url := startDev(t, dir, "--var", "ORIGIN="+origin)
	res, err := http.Get(url)
	must(t, err)
	defer res.Body.Close()
	body := bufio.NewReader(res.Body)
	wantLine(t, body, "first\n")
	replace(t, filepath.Join(dir, "main.js"), answers("new"))
	p.await("reloaded in")
	wantGet(t, url, 200, "new")
	close(released)
	wantLine(t, body, "second\n")
}

func wantLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if got, err := r.ReadString('\n'); got != want || err != nil {
		t.Fatalf("the next line is %q, %v; want %q", got, err, want)
	}
}

// serveHTTP is an origin. It returns its URL.
func serveHTTP(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	ln := takePort(t)
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(ln) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + ln.Addr().String()
}

func TestDevFirstBuildFails(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": "export default {"})
	p, url := startDev(t, dir)
	p.await("failed: requests get these errors")
	status, body := get(t, url)
	if status != 503 || !strings.HasPrefix(body, "main.js:1:17: ") {
		t.Errorf("the app answers %d %q, want 503 and the errors", status, body)
	}
	replace(t, filepath.Join(dir, "main.js"), "throw new Error('at <start>');")
	p.await("failed: requests get these errors")
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	must(t, err)
	req.Header.Set("Accept", "text/html,*/*")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	page := new(strings.Builder)
	_, err = bufio.NewReader(res.Body).WriteTo(page)
	must(t, err)
	if res.StatusCode != 503 || !strings.Contains(page.String(), "at &lt;start&gt;") || !strings.Contains(page.String(), "main.js:1:7") {
		t.Errorf("the page is %d %s", res.StatusCode, page)
	}
	replace(t, filepath.Join(dir, "main.js"), answers("fine"))
	p.await("reloaded in")
	wantGet(t, url, 200, "fine")
}

func TestDevTellsWhatHappens(t *testing.T) {
	dir := newApp(t, map[string]string{
		"hedge.toml": "name = \"shop\"\nmain = \"src/index.ts\"\n\n[upstream.none]\ntargets = [\"http://127.0.0.1:1\"]\n\n[[route]]\nmatch = \"/none/*\"\nto = \"upstream:none\"\n",
		"src/index.ts": strings.Join([]string{
			`const late: string = "late";`,
			`export default { async fetch(request: Request): Promise<Response> {`,
			`  const path = new URL(request.url).pathname;`,
			`  console.warn("asked for", path);`,
			`  if (path === "/throw") throw new RangeError("too much");`,
			`  if (path === "/late") Promise.reject(new Error(late));`,
			`  if (path === "/json") JSON.parse("{bad");`,
			`  if (path === "/printed") console.error(new Error("printed"));`,
			`  if (path === "/dead") return fetch("http://127.0.0.1:1/", { cf: {} } as RequestInit);`,
			`  return new Response("ok");`,
			`} };`,
		}, "\n"),
	})
	p, url := startDev(t, dir)
	for _, test := range []struct {
		path   string
		status int
		lines  []string
	}{
		{"/a?b", 200, []string{`warn   asked for /a  · src/index.ts:4:\d+  · GET /a\?b\n`, `\d\d:\d\d:\d\d  200    GET   /a\?b +[\d.]+ ms  cpu +[\d.]+ ms  code\n`}},
		{"/throw", 500, []string{`500    GET   /throw .* code, exception\n +the handler threw: RangeError: too much\n +at [\w.]* ?\(?src/index.ts:5:\d+`, `> 5 \|   if \(path`}},
		{"/late", 200, []string{`error  uncaught Error: late  · GET /late\n +at [\w.]* ?\(?src/index.ts:6:\d+`}},
		{"/json", 500, []string{`the handler threw: SyntaxError: .*\n +at [\w.]* ?\(?src/index.ts:7:\d+`, `> 7 \|   if \(path`}},
		{"/printed", 200, []string{`error  Error: printed\n +at [\w.]* ?\(?src/index.ts:8:\d+\)?  · src/index.ts:8:\d+  · GET /printed\n`}},
		{"/dead", 502, []string{
			`warn   The option 'cf' .*  · src/index.ts:9:\d+  · GET /dead\n`,
			`502    GET   /dead .* code, 1 fetch, origin-refused\n +the handler threw: TypeError: fetch of http://127.0.0.1:1 failed: the origin 127.0.0.1:1 refuses connections; is it running\?: dial tcp`,
		}},
		{"/none/a", 502, []string{`502    GET   /none/a .* upstream:none, origin-refused\n`}},
	} {
		if status, body := get(t, url+test.path); status != test.status {
			t.Errorf("%s: %d %s, want %d", test.path, status, body, test.status)
		}
		for _, line := range test.lines {
			p.await(line)
		}
	}
}

func TestDevPortTaken(t *testing.T) {
	ln := takePort(t)
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": answers("here")})
	p := start(t, "dev", dir, "--listen", ln.Addr().String())
	url := p.url()
	p.await(fmt.Sprintf(`\(port %d is taken\)`, portOf(ln)))
	if strings.HasSuffix(url, fmt.Sprint(":", portOf(ln))) {
		t.Errorf("%s is the port that is taken", url)
	}
	wantGet(t, url, 200, "here")
}

func TestListen(t *testing.T) {
	ln := takePort(t)
	taken := ln.Addr().String()
	if _, err := listen("--listen", taken, "", 1); err == nil || !strings.Contains(err.Error(), "the port is taken; choose another one with --listen") {
		t.Errorf("a port that is taken: %v", err)
	}
	if _, err := listen("--listen", "192.0.2.1:0", "", 1); err == nil || !strings.Contains(err.Error(), "cannot listen on 192.0.2.1:0: ") {
		t.Errorf("an address of another machine: %v", err)
	}
	own, err := listen("--listen", "0", "127.0.0.1", 1)
	must(t, err)
	defer own.Close()
	if host, _, _ := net.SplitHostPort(own.Addr().String()); host != "127.0.0.1" {
		t.Errorf("a port alone is one of %s, want 127.0.0.1", host)
	}
}

func TestDevVars(t *testing.T) {
	dir := newApp(t, map[string]string{
		"hedge.toml": config + "[vars]\nA = \"a\"\nB = \"b\"\n",
		"main.js":    `export default { fetch(request, env) { return Response.json(env); } };`,
	})
	_, url := startDev(t, dir, "--var", "A=1", "--var=C=x=y")
	wantGet(t, url, 200, `{"A":"1","B":"b","C":"x=y"}`)
}

func TestDevNoWatch(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": answers("one")})
	p, url := startDev(t, dir, "--no-watch")
	p.await("nothing \\(--no-watch\\)")
	replace(t, filepath.Join(dir, "main.js"), answers("two"))
	wantGet(t, url, 200, "one")
}

func TestDevJSON(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": `export default { fetch() { console.log("hello"); return new Response("ok"); } };`})
	p, url := startDev(t, dir, "--json")
	wantGet(t, url+"/a", 200, "ok")
	p.await(`"event":"request"`)
	replace(t, filepath.Join(dir, "main.js"), "syntax error")
	p.await(`"event":"failed"`)
	replace(t, filepath.Join(dir, "main.js"), answers("two"))
	p.await(`"event":"reloaded"`)
	p.interrupt()
	var events []string
	for line := range strings.Lines(p.stdout.String()) {
		var object struct {
			Event, URL  string
			Diagnostics []struct{ File string }
		}
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if object.Event == "request" && object.URL != url+"/a" {
			t.Errorf("the request is for %q, want %q", object.URL, url+"/a")
		}
		if object.Event == "failed" && (len(object.Diagnostics) == 0 || object.Diagnostics[0].File != "main.js") {
			t.Errorf("the failure does not say where it is: %s", line)
		}
		events = append(events, object.Event)
	}
	if got, want := strings.Join(events, " "), "serving console request failed reloaded stopping"; got != want {
		t.Errorf("the events are %s, want %s", got, want)
	}
}

// The first signal waits for a request; the second one does not.
func TestDevSecondSignal(t *testing.T) {
	asked := make(chan struct{})
	origin := serveHTTP(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": `export default { fetch(request, env) { return fetch(env.ORIGIN); } };`})
	p, url := startDev(t, dir, "--var", "ORIGIN="+origin)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if res, err := http.Get(url); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-asked
	p.signals <- os.Interrupt
	p.await("stopping: requests under way may end")
	if code := p.interrupt(); code != exitInterrupted {
		t.Errorf("the exit code is %d, want %d", code, exitInterrupted)
	}
	<-ended
}
