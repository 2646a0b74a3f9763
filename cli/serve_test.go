package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func appFor(t *testing.T, name, text string, hosts ...string) string {
	t.Helper()
	toml := "name = \"" + name + "\"\nmain = \"main.js\"\n"
	if len(hosts) > 0 {
		toml += `hosts = ["` + strings.Join(hosts, `", "`) + `"]` + "\n"
	}
	return newApp(t, map[string]string{"hedge.toml": toml, "main.js": answers(text)})
}

func TestServeByHost(t *testing.T) {
	release := filepath.Join(t.TempDir(), "blog.hedge")
	if code, _, stderr := run(t, "build", appFor(t, "blog", "the blog", "blog.example.com"), "-o", release); code != 0 {
		t.Fatal(stderr)
	}
	shop := appFor(t, "shop", "the shop", "shop.example.com", "www.example.com")
	p := start(t, "serve", release, shop, "--listen", "127.0.0.1:0")
	p.await(`app +blog for blog.example.com\n +app +shop for shop.example.com, www.example.com\n`)
	url := p.url()
	for host, want := range map[string]string{
		"blog.example.com": "the blog", "shop.example.com": "the shop", "WWW.example.com:80": "the shop",
	} {
		if status, body := getFrom(t, url+"/cart", host); status != 200 || body != want {
			t.Errorf("%s: %d %q, want %q", host, status, body, want)
		}
	}
	if status, body := getFrom(t, url, "other.example.com"); status != 404 || strings.Contains(body, "other.example.com") {
		t.Errorf("other.example.com: %d %q, want 404 without internals", status, body)
	}
	p.await(`200    GET   blog.example.com/cart|200    GET   shop.example.com/cart`)
	if code := p.interrupt(); code != 0 {
		t.Errorf("the exit code is %d, want 0", code)
	}
}

func TestServeHidesInternals(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": `export default { fetch() { throw new Error("the password is 1234"); } };`})
	p := start(t, "serve", dir, "--json", "--listen", "127.0.0.1:0")
	status, body := get(t, p.url())
	if status != 500 || strings.Contains(body, "1234") || strings.Contains(body, "main.js") {
		t.Errorf("%d %s: want 500 without internals", status, body)
	}
	line := p.await(`(\{"event":"request".*\n)`)
	var object struct {
		App, Outcome, Error string
		Status              int
		Exception           struct {
			Message string
			Stack   []string
		}
	}
	must(t, json.Unmarshal([]byte(line), &object))
	if object.App != "shop" || object.Status != 500 || object.Outcome != "exception" || object.Exception.Message != "the password is 1234" || len(object.Exception.Stack) != 1 {
		t.Errorf("the access log says %s", line)
	}
}

// What an app throws while it loads is told with the app, its place and the line.
func TestFailsToLoad(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": "export default { fetch() {} };\nlet prices;\nprices.first();\n"})
	code, _, stderr := run(t, "serve", dir, "--listen", "127.0.0.1:0")
	want := "hedge: " + dir + ": the app failed to load: TypeError: Cannot read properties of undefined (reading 'first')\n" +
		"    at main.js:3:8\n\n  3 | prices.first();\n    |        ^\n"
	if code != 1 || stderr != want {
		t.Errorf("%d\n%s\nwant\n%s", code, stderr, want)
	}
	p := start(t, "dev", dir, "--json", "--listen", "127.0.0.1:0")
	var object struct {
		Outcome   string
		Exception struct {
			Name  string
			Stack []string
		}
	}
	line := p.await(`(\{"event":"failed".*\n)`)
	must(t, json.Unmarshal([]byte(line), &object))
	if object.Outcome != "startup-failed" || object.Exception.Name != "TypeError" || len(object.Exception.Stack) != 1 || object.Exception.Stack[0] != "main.js:3:8" {
		t.Errorf("hedge dev --json says %s", line)
	}
}

func TestServeConflicts(t *testing.T) {
	shop, blog := appFor(t, "shop", "", "www.example.com", "shop.example.com"), appFor(t, "blog", "", "blog.example.com", "www.example.com")
	free, open := appFor(t, "free", ""), appFor(t, "open", "")
	again := appFor(t, "shop", "", "again.example.com")
	ln := takePort(t) // listening would fail, too, but comes later
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"one host", []string{shop, blog}, "shop (" + shop + ") and blog (" + blog + ") both claim the host www.example.com"},
		{"no hosts", []string{free, shop, open}, "free (" + free + ") and open (" + open + ") both have no hosts"},
		{"one name", []string{shop, again}, shop + " and " + again + ` are both called "shop"`},
		{"port", []string{shop}, "cannot listen on " + ln.Addr().String() + ": the port is taken"},
	}
	for _, test := range tests {
		code, stdout, stderr := run(t, append([]string{"serve", "--listen", ln.Addr().String()}, test.args...)...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit code %d, %q, %q; want 1 and %q", test.name, code, stdout, stderr, test.want)
		}
	}
}

func TestServeStartFails(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config, "main.js": "export default 1;"})
	code, _, stderr := run(t, "serve", dir, "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(stderr, dir+": ") || !strings.Contains(stderr, "exports no handler") {
		t.Errorf("exit code %d, %q; want 1 and what is wrong", code, stderr)
	}
}

// Building the same source makes the same file, under any name, and replaces what
// was there.
func TestBuildRoundTrip(t *testing.T) {
	dir, out := appFor(t, "shop", "hello"), t.TempDir()
	one, two := filepath.Join(out, "one.hedge"), filepath.Join(out, "two.hedge")
	write(t, two, "something else")
	var ids []string
	for _, file := range []string{one, two} {
		code, stdout, stderr := run(t, "build", dir, "-o", file, "--json")
		var result struct {
			Name, ID, File string
			Bytes          int64
			Modules        int
		}
		if err := json.Unmarshal([]byte(stdout), &result); err != nil || code != 0 {
			t.Fatal(code, stdout, stderr, err)
		}
		info, err := os.Stat(file)
		must(t, err)
		if result.Name != "shop" || result.File != file || result.Modules != 1 || result.Bytes != info.Size() || info.Mode().Perm() != 0o644 {
			t.Errorf("%s has %d bytes and the mode %v", stdout, info.Size(), info.Mode())
		}
		ids = append(ids, result.ID)
	}
	first, err := os.ReadFile(one)
	must(t, err)
	second, err := os.ReadFile(two)
	must(t, err)
	if ids[0] != ids[1] || string(first) != string(second) {
		t.Error("two builds of one source differ")
	}
	left, err := os.ReadDir(out)
	must(t, err)
	if len(left) != 2 {
		t.Errorf("%v are left behind, want two files", left)
	}
	p := start(t, "serve", one, "--listen", "127.0.0.1:0")
	wantGet(t, p.url(), 200, "hello")
}

func TestVersion(t *testing.T) {
	code, stdout, _ := run(t, "version")
	if code != 0 || !strings.Contains(stdout, "hedge ") || !strings.Contains(stdout, "\nV8    13.6.") {
		t.Errorf("%d %s", code, stdout)
	}
	_, stdout, _ = run(t, "--version", "--json")
	var v map[string]string
	must(t, json.Unmarshal([]byte(stdout), &v))
	for _, key := range []string{"hedge", "v8", "go", "os", "arch"} {
		if v[key] == "" {
			t.Errorf("%s lacks %q", stdout, key)
		}
	}
}
