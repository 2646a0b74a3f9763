// Package smuggling holds a corpus of requests and answers that two servers could read in
// two ways, and throws it at an edge as `hedge serve` runs it. Behind it is an origin that
// writes down each byte. No case may reach the origin as another number of requests
// than the edge has let through, whoever reads what was sent to it, and no answer may
// get to anybody but the one who asked.
package smuggling

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"hedge/cli"
)

// overdue is when a test that waits for something stops. It is no measure of speed.
const overdue = 20 * time.Second

// The hosts of the edge's two apps: one is a route to the origin, the other code that
// passes on what it is asked.
const (
	byRoute = "route.example"
	byCode  = "code.example"
)

// serve runs `hedge serve` with both apps until the test ends, and returns where.
func serve(t testing.TB, origin string) string {
	t.Helper()
	route := app(t, byRoute, fmt.Sprintf("[[route]]\nmatch = \"/*\"\nto = \"upstream:origin\"\n[upstream.origin]\ntargets = [%q]\nretry = { tries = 1 }\n", "http://"+origin), "")
	code := app(t, byCode, "", fmt.Sprintf(`export default { async fetch(request) {
		const url = new URL(request.url);
		return fetch(new Request("http://%s" + url.pathname + url.search, request));
	} };`, origin))
	out, signals, ended := &output{changed: make(chan struct{}, 1)}, make(chan os.Signal, 2), make(chan int, 1)
	w := cli.World{
		Stdout: cli.Stream{Writer: out}, Stderr: cli.Stream{Writer: out},
		Signals: signals, Getenv: func(string) string { return "" }, Now: time.Now,
	}
	args := []string{"serve", "--isolation", "none", "--allow-egress", "127.0.0.0/8", "--listen", "127.0.0.1:0", "--drain-timeout", "0s", route, code}
	go func() { ended <- cli.Main(args, w) }() // ends with the signals
	t.Cleanup(func() {
		signals <- os.Interrupt
		signals <- os.Interrupt
		<-ended
	})
	return "127.0.0.1:" + out.await(t, `http://localhost:(\d+)`)
}

// app writes the folder of an app.
func app(t testing.TB, host, config, main string) string {
	t.Helper()
	dir := t.TempDir()
	toml := fmt.Sprintf("name = %q\nhosts = [%q]\n", host[:len(host)-len(".example")], host)
	if main != "" {
		toml += "main = \"main.js\"\n"
		must(t, os.WriteFile(filepath.Join(dir, "main.js"), []byte(main), 0o644))
	}
	must(t, os.WriteFile(filepath.Join(dir, "hedge.toml"), []byte(toml+config), 0o644))
	return dir
}

// output is what the command prints.
type output struct {
	mu      sync.Mutex // guards text
	text    bytes.Buffer
	changed chan struct{} // has something when text may have grown
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

// await waits for something that matches, and returns its first group.
func (o *output) await(t testing.TB, pattern string) string {
	t.Helper()
	late := time.After(overdue)
	for {
		o.mu.Lock()
		found, text := regexp.MustCompile(pattern).FindSubmatch(o.text.Bytes()), o.text.String()
		o.mu.Unlock()
		if found != nil {
			return string(found[1])
		}
		select {
		case <-o.changed:
		case <-late:
			t.Fatalf("the edge has not printed %q, but\n%s", pattern, text)
		}
	}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
