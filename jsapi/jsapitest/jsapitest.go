// Package jsapitest runs apps in tests: a runtime with every built-in, one app
// made of a source text, and requests without a socket.
package jsapitest

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi"
	"hedge/jsapi/cache"
	"hedge/jsapi/fetch"
	"hedge/jsapi/image"
	"hedge/jsapi/route"
	"hedge/jsapi/websocket"
	"hedge/worker"
)

// Fixture is a runtime for tests. Its fields are set before Start.
type Fixture struct {
	testing.TB
	// Limits are those of the apps.
	Limits hedge.Limits
	// Client answers what apps fetch.
	Client httpmsg.RoundTripper
	// Origins answers what apps send on with hedge:route.
	Origins route.Origins
	// Caches is where apps keep what they keep with hedge:cache.
	Caches cache.Caches
	// Sockets is what WebSockets have in common.
	Sockets websocket.Config
	// Images does the jobs of hedge:image; nil: nobody does.
	Images image.Workers
	// Configure changes the runtime's configuration.
	Configure func(*worker.Config)

	Runtime *worker.Runtime
	Console Lines
}

// Lines collects what apps print.
type Lines struct {
	mu   sync.Mutex
	list []worker.Line
}

func (l *Lines) add(line worker.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, line)
}

// All returns the lines so far.
func (l *Lines) All() []worker.Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]worker.Line(nil), l.list...)
}

// Text returns the texts of the lines so far, one a line.
func (l *Lines) Text() string {
	var b strings.Builder
	for _, line := range l.All() {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

// New makes a fixture with limits that suit most tests.
func New(t testing.TB) *Fixture {
	limits := hedge.DefaultLimits()
	limits.Wall = 2 * time.Minute
	limits.CPU = 500 * time.Millisecond // the default may be too little for code that is cold on a busy machine
	return &Fixture{TB: t, Limits: limits, Sockets: websocket.DefaultConfig()}
}

// Start starts the runtime, which ends with the test.
func (f *Fixture) Start() *Fixture {
	f.Helper()
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Console = jsapi.Script, f.Console.add
	cfg.Modules = jsapi.All(jsapi.Services{
		Clients: fetch.ForAll{RoundTripper: f.Client}, Origins: f.Origins, Caches: f.Caches, Sockets: f.Sockets, Images: f.Images,
	})
	if InCordons() {
		cfg.Cordons = worker.DefaultCordons()
		cfg.Cordons.Spares = 1
	}
	if f.Configure != nil {
		f.Configure(&cfg)
	}
	rt, err := worker.New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Runtime = rt
	f.Cleanup(rt.Close)
	return f
}

// Release makes a release of one module.
func (f *Fixture) Release(source string) *hedge.Release {
	return &hedge.Release{
		Name: "test", Main: "main.js", Limits: f.Limits, Vars: map[string]string{"NAME": "value"},
		Modules: []hedge.Module{{Name: "main.js", Kind: hedge.ModuleJS, Source: []byte(source)}},
	}
}

// App loads an app of one module.
func (f *Fixture) App(source string) *worker.App {
	f.Helper()
	app, err := f.Runtime.Load(context.Background(), f.Release(source))
	if err != nil {
		f.Fatal(err)
	}
	return app
}

// Handler is the source of an app whose fetch handler has this body, with request,
// env and ctx in scope.
func Handler(body string) string {
	return "export default { async fetch(request, env, ctx) {\n" + body + "\n} };"
}

// Request makes a request without a body.
func Request(method, target string) *httpmsg.Request {
	return &httpmsg.Request{
		Method: method, Scheme: "http", Authority: "test.example", Target: target, Proto: "HTTP/1.1",
		Account: &hedge.Account{},
	}
}

// Post makes a request with a body.
func Post(target, body string) *httpmsg.Request {
	req := Request("POST", target)
	req.Body, req.ContentLength = httpmsg.NewBytesBody([]byte(body)), int64(len(body))
	return req
}

// Do sends a request and reads the answer. The outcome is OutcomeOK if there was a
// whole one; otherwise body may be the error's text.
func Do(t testing.TB, app httpmsg.RoundTripper, req *httpmsg.Request) (status int, body string, outcome hedge.Outcome) {
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

// Want fails the test unless the answer is a 200 with this body.
func Want(t testing.TB, app httpmsg.RoundTripper, req *httpmsg.Request, want string) {
	t.Helper()
	if status, body, outcome := Do(t, app, req); status != 200 || body != want || outcome != hedge.OutcomeOK {
		t.Errorf("%d %q (%s), want 200 %q", status, body, outcome, want)
	}
}

// Yield lets other goroutines run, in a test that waits for one of them.
func Yield() { runtime.Gosched() }

// patience is how long Eventually goes on before it gives up, which only a test
// that fails ever sees.
const patience = 30 * time.Second

// Eventually waits until something is so that another goroutine brings about.
func Eventually(t testing.TB, what string, isSo func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !isSo(); Yield() {
		if time.Now().After(end) {
			t.Fatalf("it never came about that %s", what)
		}
	}
}
