package node

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"hedge"
	"hedge/http1"
	"hedge/http2"
	"hedge/httpmsg"
)

// fixed is an app that answers by itself.
func fixed() *hedge.Release {
	return &hedge.Release{Name: "shop", Routes: []hedge.Route{{Path: "/", Answer: &hedge.Answer{Status: 200, Body: "hello"}}}}
}

// ask sends a request over a connection, and returns the status of the answer; 0 if the
// connection has ended.
func ask(conn net.Conn) (status int, retry string) {
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header.Get("Retry-After")
}

// Near the ceiling idle connections go first; busy ones stay, new ones are told, and in
// the end hung up on.
func TestTooManyConnections(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	code := newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		begun <- struct{}{}
		<-end
		return httpmsg.Text(200, "hello"), nil
	})
	r := start(t, Config{Ceilings: Ceilings{Connections: 100}}, withCode(code), codeApp())
	var conns []net.Conn
	busy := func() {
		conns = append(conns, r.dial(t, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"))
		<-begun
	}
	idle := r.dial(t, "")
	for range 95 {
		busy()
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("the idle connection is still there")
	}
	for r.door.open() > 95 { // its end has been seen here before there
		runtime.Gosched()
	}
	for range 3 {
		busy()
	}
	for range 2 {
		if status, retry := ask(r.dial(t, "")); status != 503 || retry != "1" {
			t.Errorf("a connection that is too many gets %d, to come again after %q", status, retry)
		}
		if a := <-r.access; a.Status != 503 || a.Outcome != hedge.OutcomeShed {
			t.Errorf("the record is %d %s", a.Status, a.Outcome)
		}
	}
	if status, _ := ask(r.dial(t, "")); status != 0 {
		t.Errorf("a connection above the ceiling gets %d", status)
	}
	// Those that are there are served.
	close(end)
	for _, conn := range conns {
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != 200 {
			t.Fatalf("a connection that was there gets %v (%v)", res, err)
		}
	}
}

// Connections over QUIC count as well: idle ones go, and one that is too many is refused
// before its handshake, so that its client tries TCP.
func TestTooManyConnectionsOverQUIC(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	n := startTLS(t, Config{Ceilings: Ceilings{Connections: 20}}, func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Target == "/busy" {
			begun <- struct{}{}
			<-end
		}
		return httpmsg.Text(200, "hello"), nil
	})
	n.over = "QUIC"
	get := func(path string) (int, error) { // over a connection of its own
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://localhost"+path, nil)
		if err != nil {
			return 0, err
		}
		res, err := n.transport(t, &tls.Config{ServerName: "localhost", RootCAs: n.roots}).RoundTrip(req)
		if err != nil {
			return 0, err
		}
		defer func() { _ = res.Body.Close() }()
		_, err = io.Copy(io.Discard, res.Body)
		return res.StatusCode, err
	}
	if status, err := get("/"); status != 200 || err != nil {
		t.Fatalf("%d, %v", status, err)
	}
	var busy sync.WaitGroup
	for range 19 {
		busy.Go(func() {
			if status, err := get("/busy"); status != 200 || err != nil {
				t.Errorf("a connection that was there gets %d, %v", status, err)
			}
		})
		<-begun
	}
	for n.door.open() > 19 { // until the idle one has gone
		runtime.Gosched()
	}
	busy.Go(func() { _, _ = get("/busy") })
	<-begun
	var refused *quic.TransportError
	if status, err := get("/"); !errors.As(err, &refused) || refused.ErrorCode != quic.ConnectionRefused {
		t.Errorf("a connection that is too many gets %d, %v", status, err)
	}
	close(end)
	busy.Wait()
}

// Where memory is short, requests are refused, and are served again when it is not.
func TestMemoryIsShort(t *testing.T) {
	var used atomic.Int64
	looks := make(chan struct{})
	r := start(t, Config{Ceilings: Ceilings{Memory: 1000, InUse: func() int64 {
		looks <- struct{}{}
		return used.Load()
	}}}, nil, fixed())
	t.Cleanup(func() {
		go func() { // until the process ends, or the last look
			for range looks {
			}
		}()
	})
	for _, c := range []struct {
		used   int64
		status int
		retry  string
	}{{500, 200, ""}, {981, 503, "1"}, {955, 200, ""}} {
		used.Store(c.used)
		for range 3 { // the second look has seen it, and is over with the third
			<-looks
		}
		res, _, err := r.get(t, "/")
		if err != nil || res.StatusCode != c.status || res.Header.Get("Retry-After") != c.retry {
			t.Fatalf("with %d in use: %v (%v), want %d", c.used, res, err, c.status)
		}
		if a := <-r.access; (a.Outcome == hedge.OutcomeShed) != (c.status == 503) {
			t.Errorf("the outcome is %q", a.Outcome)
		}
	}
}

// slowClients are as many as there are to be, as far as there are descriptors for both ends
// of their connections.
func slowClients(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(min(5000, (limit.Cur-200)/2))
}

// Thousands of clients that send a head byte by byte, or do not read what they have asked
// for, cost others nothing.
func TestSlowClients(t *testing.T) {
	large := strings.Repeat("x", 8<<20)
	r := start(t, Config{}, nil, &hedge.Release{Name: "shop", Routes: []hedge.Route{
		{Path: "/large", Answer: &hedge.Answer{Status: 200, Body: large}},
		{Path: "/", Answer: &hedge.Answer{Status: 200, Body: "hello"}},
	}})
	for i := range slowClients(t) {
		switch {
		case i%50 == 0:
			r.dial(t, "GET /large HTTP/1.1\r\nHost: shop.example\r\n\r\n")
		case i%2 == 0:
			r.dial(t, "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100\r\n\r\nx")
		default:
			r.dial(t, "GET / HTTP/1.1\r\nHost: shop.exa")
		}
	}
	for range 500 {
		if res, body, err := r.get(t, "/"); err != nil || res.StatusCode != 200 || body != "hello" {
			t.Fatalf("another client gets %v %q (%v)", res, body, err)
		}
	}
}

// impatient gives clients a second for the next bytes of their content.
func impatient(n *Node) {
	n.door.main.http1.(*http1.Server).Limits.BodyTimeout = time.Second
	n.door.main.http2.(*http2.Server).Limits.BodyTimeout = time.Second
}

// A client whose content stalls on its way to an origin holds neither its connection nor
// that with the origin, nor a place among the connections of the upstream. It is told why.
func TestStalledContent(t *testing.T) {
	let := make(chan struct{}, 1)
	origin := rawOrigin(t, func(conn net.Conn, head *http.Request) {
		if head.Method == http.MethodGet {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
			return
		}
		_, _ = io.Copy(io.Discard, conn)
		let <- struct{}{}
	})
	release := toUpstream(origin)
	release.Upstreams["site"] = hedge.Upstream{Targets: []string{origin}, MaxConnections: 1}
	r := start(t, Config{}, impatient, release)
	var plain http.Protocols
	plain.SetUnencryptedHTTP2(true)
	for name, status := range map[string]func() int{
		"HTTP/1.1": func() int {
			answer := r.raw(t, "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100\r\n\r\nx")
			res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
			if err != nil || !res.Close {
				t.Fatalf("%q does not end the connection (%v)", answer, err)
			}
			return res.StatusCode
		},
		"HTTP/2": func() int {
			transport := &http.Transport{Protocols: &plain}
			defer transport.CloseIdleConnections()
			from, say := io.Pipe()
			defer say.Close()
			go func() { _, _ = io.WriteString(say, "x") }() // ends when it is read, or with the request
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+"/", from)
			if err != nil {
				t.Fatal(err)
			}
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			return res.StatusCode
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := status(); got != 408 {
				t.Errorf("the status is %d", got)
			}
			if a := <-r.access; a.Outcome != hedge.OutcomeClientTimeout || a.Status != 408 {
				t.Errorf("the log has %+v", a)
			}
			<-let
			if res, body, err := r.get(t, "/"); err != nil || res.StatusCode != 200 || body != "hello" {
				t.Errorf("another client gets %v %q (%v)", res, body, err)
			}
			<-r.access
		})
	}
}

// An origin that stalls amid its answer is let go, and the client with it.
func TestStalledAnswers(t *testing.T) {
	origin := rawOrigin(t, func(conn net.Conn, _ *http.Request) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
		_, _ = io.Copy(io.Discard, conn) // until it is let go
	})
	release := toUpstream(origin)
	release.Upstreams["site"] = hedge.Upstream{Targets: []string{origin}, IdleTimeout: 20 * time.Millisecond}
	r := start(t, Config{}, nil, release)
	if _, body, err := r.get(t, "/"); err == nil || body != "hello" {
		t.Errorf("got %q (%v)", body, err)
	}
	if a := <-r.access; a.Outcome != hedge.OutcomeOriginTimeout || !a.Broken {
		t.Errorf("the log has %+v", a)
	}
}

// An app's head that nobody could take is refused as a whole.
func TestAnswerHeadIsBounded(t *testing.T) {
	for _, size := range []int{100 << 10, 200 << 10, 10 << 20} {
		code := newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
			res := httpmsg.Text(200, "hello")
			for i := range size / 1000 {
				res.Header.Add(fmt.Sprint("X-", i), strings.Repeat("x", 990))
			}
			return res, nil
		})
		r := start(t, Config{}, withCode(code), codeApp())
		answer := r.raw(t, "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")
		a := <-r.access
		if large := size > maxAnswerHead; large && (a.Outcome != hedge.OutcomeExceededSize || !strings.HasPrefix(answer, "HTTP/1.1 500 ") || len(answer) > 10000) ||
			!large && !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") {
			t.Errorf("%d bytes: %s, %d bytes beginning with %.20q", size, a.Outcome, len(answer), answer)
		}
	}
}
