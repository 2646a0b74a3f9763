package node

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// running is a node that serves on a real socket, with its access records.
type running struct {
	*Node
	addr   string
	access chan telemetry.Access
}

// start serves releases until the test ends. change may alter the node before.
func start(t *testing.T, cfg Config, change func(*Node), releases ...*hedge.Release) *running {
	t.Helper()
	r := &running{access: make(chan telemetry.Access, 1<<16)}
	if cfg.Origins == nil {
		cfg.Loops = NewLoops(nil)
		cfg.Origins = NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Loops: cfg.Loops, Clients: NewClients(DefaultClientConfig(), cfg.Loops, nil), Forwarding: cfg.Forwarding})
		t.Cleanup(cfg.Origins.Close)
	}
	cfg.Access = func(a telemetry.Access) { r.access <- a }
	var err error
	if r.Node, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r.Node)
	}
	for _, release := range releases {
		if err := r.Deploy(t.Context(), release); err != nil {
			t.Fatal(err)
		}
	}
	ln := listen(t)
	r.addr = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- r.Serve(context.Background(), ln) }() // ends with Shutdown
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = r.Shutdown(ended) // breaks off what a test has left open
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return r
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

// rawOrigin is an origin that handles connections by hand. It returns its URL.
func rawOrigin(t *testing.T, handle func(conn net.Conn, head *http.Request)) string {
	t.Helper()
	ln := listen(t)
	go func() { // ends with the listener
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if head, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					handle(conn, head)
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// says is an origin that answers everything with the same bytes, and hangs up.
func says(t *testing.T, bytes string) string {
	return rawOrigin(t, func(conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, bytes) })
}

// site is an origin of net/http's.
func site(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// toUpstream is an app that sends everything to one origin.
func toUpstream(target string) *hedge.Release {
	return &hedge.Release{
		Name:      "shop",
		Routes:    []hedge.Route{{Path: "/", Upstream: "site"}},
		Upstreams: map[string]hedge.Upstream{"site": {Targets: []string{target}}},
	}
}

// fakeCode is an app's code without JavaScript.
type fakeCode struct {
	answer  httpmsg.RoundTripperFunc
	drained chan struct{}
}

func newCode(answer httpmsg.RoundTripperFunc) *fakeCode {
	return &fakeCode{answer, make(chan struct{})}
}

func (c *fakeCode) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	res, err := c.answer(ctx, req)
	if req.Body != nil && (err != nil || res.Body == nil) {
		_ = req.Body.Close()
	}
	return res, err
}
func (c *fakeCode) Drain()                 { close(c.drained) }
func (c *fakeCode) Settle(context.Context) { close(c.drained) }
func (c *fakeCode) Close()                 {}
func (c *fakeCode) Excerpt(at hedge.Frame, _ int) string {
	return "  1 | const a = \"<b>\";\n> 2 | throw new Error(a);\n    |       ^\n"
}

// withCode makes a node load c for every release that has a Main.
func withCode(c code) func(*Node) {
	return func(n *Node) {
		n.load = func(context.Context, *hedge.Release) (code, error) { return c, nil }
	}
}

// codeApp is an app that is code alone.
func codeApp() *hedge.Release { return &hedge.Release{Name: "shop", Main: "index.js"} }

// raw sends bytes over a new connection and returns what comes back until the end
// of the connection.
func (r *running) raw(t *testing.T, request string) string {
	t.Helper()
	conn := r.dial(t, request)
	defer func() { _ = conn.Close() }()
	answer, _ := io.ReadAll(conn) // an error is a connection that was broken off
	return string(answer)
}

func (r *running) dial(t *testing.T, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

// get asks for a path; the body is what could be read of it.
func (r *running) get(t *testing.T, path string, fields ...string) (res *http.Response, body string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err = http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	return res, string(content), err
}
