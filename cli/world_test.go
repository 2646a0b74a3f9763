package cli

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is a command that runs in the test's own process.
type process struct {
	t              testing.TB
	stdout, stderr *output
	signals        chan os.Signal
	control        chan os.Signal
	code           chan int
}

// start runs a command in a World of its own. It is interrupted when the test ends.
func start(t testing.TB, args ...string) *process {
	t.Helper()
	return startIn(t, func(string) string { return "" }, args...)
}

// startIn is start with an environment.
func startIn(t testing.TB, getenv func(string) string, args ...string) *process {
	t.Helper()
	p := &process{t: t, stdout: newOutput(), stderr: newOutput(), signals: make(chan os.Signal, 2), control: make(chan os.Signal), code: make(chan int, 1)}
	w := World{
		Stdout: Stream{Writer: p.stdout}, Stderr: Stream{Writer: p.stderr},
		Signals: p.signals, Control: func() <-chan os.Signal { return p.control }, Getenv: getenv, Now: time.Now,
	}
	go func() {
		p.code <- Main(args, w)
		p.stdout.end()
		p.stderr.end()
	}()
	t.Cleanup(func() {
		p.signals <- os.Interrupt
		<-p.code
	})
	return p
}

// run runs a command to its end.
func run(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	p := start(t, args...)
	code = p.wait()
	return code, p.stdout.String(), p.stderr.String()
}

// wait waits for the end of the command.
func (p *process) wait() int {
	code := <-p.code
	p.code <- code // for the next one who asks
	return code
}

// interrupt tells the command to end, and waits until it has.
func (p *process) interrupt() int {
	p.signals <- os.Interrupt
	return p.wait()
}

// await waits until the output has, behind what was awaited before, something that
// matches, and returns its first group, or all of it.
func (p *process) await(pattern string) string {
	p.t.Helper()
	found := p.stdout.await(regexp.MustCompile(pattern))
	if found == nil {
		p.t.Fatalf("the command has not printed %q, but\n%s%s", pattern, p.stdout, p.stderr)
	}
	return found[len(found)-1]
}

// url waits until the command serves, and returns where.
func (p *process) url() string {
	p.t.Helper()
	return strings.Replace(p.await(`(http://localhost:\d+)`), "localhost", "127.0.0.1", 1)
}

// output is a stream that can be waited on.
type output struct {
	mu      sync.Mutex // guards what follows
	changed *sync.Cond // on mu
	text    bytes.Buffer
	seen    int
	ended   bool
}

func newOutput() *output {
	o := &output{}
	o.changed = sync.NewCond(&o.mu)
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.changed.Broadcast()
	return o.text.Write(p)
}

func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.changed.Broadcast()
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await returns nil if the output ends without a match, or nothing has come of it for
// so long that the test should say what it has seen instead.
func (o *output) await(pattern *regexp.Regexp) []string {
	overdue := false
	timer := time.AfterFunc(30*time.Second, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		overdue = true
		o.changed.Broadcast()
	})
	defer timer.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		text := o.text.String()[o.seen:]
		if at := pattern.FindStringSubmatchIndex(text); at != nil {
			o.seen += at[1]
			return pattern.FindStringSubmatch(text)
		}
		if o.ended || overdue {
			return nil
		}
		o.changed.Wait()
	}
}

// newApp makes an app's folder out of the contents of its files.
func newApp(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replace writes a file as many editors do, so that nobody sees a part of it.
func replace(t testing.TB, path, content string) {
	t.Helper()
	write(t, path+"~", content)
	must(t, os.Rename(path+"~", path))
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answers is the code of an app that always answers with a text.
func answers(text string) string {
	return `export default { fetch() { return new Response("` + text + `"); } };` + "\n"
}

const config = "name = \"shop\"\nmain = \"main.js\"\n"

// get returns the status and the body of an answer.
func get(t testing.TB, url string) (status int, body string) {
	t.Helper()
	return getFrom(t, url, "")
}

// getFrom asks for a URL with another host's name.
func getFrom(t testing.TB, url, host string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	must(t, err)
	req.Host = host
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(text)
}

func wantGet(t testing.TB, url string, status int, body string) {
	t.Helper()
	gotStatus, got := get(t, url)
	if gotStatus != status || got != body {
		t.Errorf("GET %s: %d %q, want %d %q", url, gotStatus, got, status, body)
	}
}

// takePort listens on any port until the test ends.
func takePort(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}
