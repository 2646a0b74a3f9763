package worker_test

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/fetch"
	"hedge/worker"
)

// lines collects what apps print.
type lines struct {
	mu   sync.Mutex
	list []worker.Line
}

func (l *lines) add(line worker.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, line)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, line := range l.list {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

// fixture is a runtime with one app.
type fixture struct {
	testing.TB
	rt      *worker.Runtime
	console *lines
	limits  hedge.Limits
	client  httpmsg.RoundTripper
	configs []func(*worker.Config)
}

func newFixture(t testing.TB) *fixture {
	limits := hedge.DefaultLimits()
	limits.Wall = 20 * time.Second
	return &fixture{TB: t, console: &lines{}, limits: limits}
}

// start makes the runtime with what has been set so far.
func (f *fixture) start() *fixture {
	f.Helper()
	script, err := os.ReadFile("../jsapi/runtime.gen.js")
	if err != nil {
		f.Fatalf("%v: run go generate ./... first", err)
	}
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Modules, cfg.Console = script, []worker.Module{fetch.Module(f.client)}, f.console.add
	for _, change := range f.configs {
		change(&cfg)
	}
	if f.rt, err = worker.New(cfg); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(f.rt.Close)
	return f
}

func (f *fixture) release(source string) *hedge.Release {
	return &hedge.Release{
		Name: "test", Main: "main.js", Limits: f.limits, Vars: map[string]string{"NAME": "value"},
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: []byte(source)}},
	}
}

func (f *fixture) app(source string) *worker.App {
	f.Helper()
	app, err := f.rt.Load(context.Background(), f.release(source))
	if err != nil {
		f.Fatal(err)
	}
	return app
}

// handler is the source of an app whose handler has this body.
func handler(body string) string {
	return "export default { async fetch(request, env, ctx) {\n" + body + "\n} };"
}

func newRequest(method, target string) *httpmsg.Request {
	return &httpmsg.Request{
		Method: method, Scheme: "http", Authority: "test.example", Target: target, Proto: "HTTP/1.1",
		Account: &hedge.Account{},
	}
}

func withBody(req *httpmsg.Request, body io.ReadCloser, length int64) *httpmsg.Request {
	req.Body, req.ContentLength = body, length
	return req
}

// do sends a request and reads the answer; outcome is OutcomeOK if there was one.
func do(t testing.TB, app *worker.App, req *httpmsg.Request) (status int, body string, outcome hedge.Outcome) {
	t.Helper()
	res, err := app.RoundTrip(context.Background(), req)
	if err != nil {
		return 0, err.Error(), hedge.OutcomeOf(err)
	}
	defer res.CloseBody()
	if res.Body == nil {
		return res.Status, "", hedge.OutcomeOK
	}
	data, err := io.ReadAll(res.Body)
	return res.Status, string(data), hedge.OutcomeOf(err)
}

func wantText(t testing.TB, app *worker.App, req *httpmsg.Request, want string) {
	t.Helper()
	if status, body, outcome := do(t, app, req); status != 200 || body != want || outcome != hedge.OutcomeOK {
		t.Errorf("%d %q (%s), want 200 %q", status, body, outcome, want)
	}
}
