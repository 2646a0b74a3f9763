package node

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// request is a request to an origin, whose URL has no path.
func request(origin, target string, fields ...string) *httpmsg.Request {
	scheme, authority, _ := strings.Cut(origin, "://")
	return &httpmsg.Request{Method: "GET", Scheme: scheme, Authority: authority, Target: target, Header: httpmsg.NewHeader(fields...)}
}

func newTestClient(t *testing.T, change func(*ClientConfig)) *Client {
	cfg := DefaultClientConfig()
	if change != nil {
		change(&cfg)
	}
	c := NewClient(cfg)
	t.Cleanup(c.Close)
	return c
}

// closedPort is the URL of an origin that refuses connections.
func closedPort(t *testing.T) string {
	ln := listen(t)
	_ = ln.Close()
	return "http://" + ln.Addr().String()
}

// An app says how long it waits for an answer's head, and may say more than a connection would
// wait by itself: its timeouts, not that, are what ends a slow answer.
func TestAppsHavePatience(t *testing.T) {
	base := DefaultClientConfig()
	base.HeadTimeout = 20 * time.Millisecond
	const long = time.Minute
	upstream := func(u hedge.Upstream) func(*testing.T, *Origins, string) httpmsg.RoundTripper {
		return func(t *testing.T, o *Origins, origin string) httpmsg.RoundTripper {
			release := toUpstream(origin)
			u.Targets = []string{origin}
			release.Upstreams["site"] = u
			opened, err := o.open(release)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { o.forget(release) })
			return opened.pools["site"]
		}
	}
	code := func(limits hedge.Limits) func(*testing.T, *Origins, string) httpmsg.RoundTripper {
		return func(t *testing.T, o *Origins, _ string) httpmsg.RoundTripper {
			release := &hedge.Release{Name: "code", Limits: limits}
			if _, err := o.open(release); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { o.forget(release) })
			client, err := o.cfg.Clients.Client(release)
			if err != nil {
				t.Fatal(err)
			}
			return client
		}
	}
	for _, c := range []struct {
		name string
		make func(*testing.T, *Origins, string) httpmsg.RoundTripper
	}{
		{"upstream's timeout", upstream(hedge.Upstream{Timeout: long})},
		{"target's timeout", upstream(hedge.Upstream{Retry: hedge.Retry{Timeout: long}})},
		{"over HTTP/2", upstream(hedge.Upstream{Timeout: long, Protocol: hedge.ProtocolH2C})},
		{"code's wall time", code(hedge.Limits{Wall: long})},
		{"work behind the answer", code(hedge.Limits{WaitUntil: long})},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked, answer := make(chan struct{}), make(chan struct{})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/slow" {
					close(asked)
					<-answer
				} else {
					<-req.Context().Done()
				}
			}))
			server.Config.Protocols = new(http.Protocols)
			server.Config.Protocols.SetHTTP1(true)
			server.Config.Protocols.SetUnencryptedHTTP2(true)
			server.Start()
			t.Cleanup(server.Close)
			o := NewOrigins(OriginsConfig{Client: base, Clients: NewClients(base, nil, nil)})
			t.Cleanup(o.Close)
			address := strings.TrimPrefix(server.URL, "http://")
			got := make(chan error, 1)
			slow := c.make(t, o, server.URL)
			go func() { // ends with the answer
				_, err := slow.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Scheme: "http", Authority: address, Target: "/slow"})
				got <- err
			}()
			<-asked
			// Those that say nothing of it do not wait, one after the other.
			hasty := upstream(hedge.Upstream{Retry: hedge.Retry{Tries: -1}, Outlier: hedge.Outlier{Errors: -1}})(t, o, server.URL)
			for range 3 {
				_, err := hasty.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Scheme: "http", Authority: address, Target: "/never"})
				if hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout {
					t.Errorf("who does not say how long to wait got %v, want %s", err, hedge.OutcomeOriginTimeout)
				}
			}
			close(answer)
			if err := <-got; err != nil {
				t.Errorf("who waits for %v got %v", long, err)
			}
		})
	}
}

func TestOriginsThatFail(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	stall := rawOrigin(t, func(conn net.Conn, _ *http.Request) { _, _ = conn.Read(make([]byte, 1)) })
	for _, c := range []struct {
		name, origin string
		outcome      hedge.Outcome
		inBody       bool // the head arrives, the body fails
	}{
		{"refused", closedPort(t), hedge.OutcomeOriginRefused, false},
		{"unresolved", "http://origin.invalid", hedge.OutcomeOriginUnknown, false},
		{"stall", stall, hedge.OutcomeOriginTimeout, false},
		{"no answer", says(t, ""), hedge.OutcomeOriginReset, false},
		{"half a head", says(t, ok+"Server: x\r\n"), hedge.OutcomeOriginReset, false},
		{"no HTTP", says(t, "SSH-2.0-OpenSSH_9.2\r\n"), hedge.OutcomeOriginMalformed, false},
		{"malformed field", says(t, ok+"no colon\r\n\r\n"), hedge.OutcomeOriginMalformed, false},
		{"malformed length", says(t, ok+"Content-Length: x\r\n\r\n"), hedge.OutcomeOriginMalformed, false},
		{"odd status", says(t, "HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"), hedge.OutcomeOriginMalformed, false},
		{"huge head", says(t, ok+"X: "+strings.Repeat("x", 100<<10)+"\r\n\r\n"), hedge.OutcomeOriginMalformed, false},
		{"body too short", says(t, ok+"Content-Length: 10\r\n\r\nabc"), hedge.OutcomeOriginReset, true},
		{"chunks without an end", says(t, ok+"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), hedge.OutcomeOriginReset, true},
		{"malformed chunk", says(t, ok+"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), hedge.OutcomeOriginMalformed, true},
		{"no TLS", strings.Replace(says(t, ok+"\r\n"), "http:", "https:", 1), hedge.OutcomeOriginTLS, false},
		{"silence instead of TLS", "https://" + listen(t).Addr().String(), hedge.OutcomeOriginTLS, false},
		{"unknown certificate", tlsOrigin(t).URL, hedge.OutcomeOriginTLS, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newTestClient(t, func(cfg *ClientConfig) {
				switch c.name {
				case "stall":
					cfg.HeadTimeout = 20 * time.Millisecond
				case "silence instead of TLS":
					cfg.ConnectTimeout = 20 * time.Millisecond
				}
			})
			res, err := client.RoundTrip(t.Context(), request(c.origin, "/secret"))
			if c.inBody {
				if err != nil {
					t.Fatal(err)
				}
				_, err = io.ReadAll(res.Body)
				res.CloseBody()
			}
			if got := hedge.OutcomeOf(err); got != c.outcome {
				t.Fatalf("got %s (%v), want %s", got, err, c.outcome)
			}
			var known *hedge.Error
			_, address, _ := strings.Cut(c.origin, "://")
			if !errors.As(err, &known) || !strings.Contains(known.Message, address) || strings.Contains(err.Error(), "secret") {
				t.Errorf("the message is %q; it has to name the origin and nothing else", err)
			}
		})
	}
}

func tlsOrigin(t *testing.T) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+" "+r.Host+" "+r.TLS.ServerName)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// The certificate is checked for the endpoint, and the Host is another.
func TestEndpoint(t *testing.T) {
	server := tlsOrigin(t)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := newTestClient(t, func(cfg *ClientConfig) { cfg.TLS = &tls.Config{RootCAs: roots} })
	req := request(server.URL, "/")
	req.Endpoint, req.Authority = req.Authority, "shop.example.com"
	res, err := client.RoundTrip(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	if body, _ := io.ReadAll(res.Body); string(body) != "HTTP/1.1 shop.example.com " {
		t.Errorf("the origin saw %q", body)
	}
}

// What goes over the wire is what the request says.
func TestRequestsGoOut(t *testing.T) {
	for _, c := range []struct {
		req  *httpmsg.Request
		want string
	}{
		{request("", "/a%2fb/%zz?x=|&y", "x-a", "1"), "GET /a%2fb/%zz?x=|&y HTTP/1.1\r\nHost: ADDR\r\nx-a: 1\r\n\r\n"},
		{request("", "//a.example/b%2F?"), "GET //a.example/b%2F? HTTP/1.1\r\nHost: ADDR\r\n\r\n"},
		{request("", "/", "Accept-Encoding", "br", "User-Agent", "me", "Host", "x", "Content-Length", "9"), "GET / HTTP/1.1\r\nHost: ADDR\r\nAccept-Encoding: br\r\nUser-Agent: me\r\n\r\n"},
		{&httpmsg.Request{Method: "OPTIONS", Target: "*"}, "OPTIONS * HTTP/1.1\r\nHost: ADDR\r\n\r\n"},
		{&httpmsg.Request{Method: "POST", Target: "/"}, "POST / HTTP/1.1\r\nHost: ADDR\r\nContent-Length: 0\r\n\r\n"},
		{&httpmsg.Request{Method: "POST", Target: "/", Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 2}, "POST / HTTP/1.1\r\nHost: ADDR\r\nContent-Length: 2\r\n\r\nhi"},
		{&httpmsg.Request{Method: "PUT", Target: "/", Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: -1}, "PUT / HTTP/1.1\r\nHost: ADDR\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"},
	} {
		ln := listen(t)
		got := make(chan string, 1)
		go func() { // ends with the one connection
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			want := make([]byte, len(strings.Replace(c.want, "ADDR", ln.Addr().String(), 1)))
			n, _ := io.ReadFull(conn, want)
			got <- string(want[:n])
			_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}()
		c.req.Scheme, c.req.Authority = "http", ln.Addr().String()
		if _, err := newTestClient(t, nil).RoundTrip(t.Context(), c.req); err != nil {
			t.Errorf("%s: %v", c.req.Target, err)
		}
		if seen := strings.Replace(<-got, ln.Addr().String(), "ADDR", 1); seen != c.want {
			t.Errorf("got\n%q\nwant\n%q", seen, c.want)
		}
	}
}

func TestRequestsThatCannotBeSent(t *testing.T) {
	for _, req := range []*httpmsg.Request{
		request("http://a.example", "relative"),
		request("http://a.example", "/a b"),
		request("http://a.example", "/\r\n"),
		request("http://", "/"),
		request("ftp://a.example", "/"),
		request("http://a.example", "/", "A", "x\r\nB: y"),
		request("http://a.example", "/", "A B", "x"),
	} {
		if _, err := newTestClient(t, nil).RoundTrip(t.Context(), req); hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
			t.Errorf("%s: got %v", req.URL(), err)
		}
	}
}

// waitingBody is a request's body that never comes to an end.
type waitingBody struct {
	once    sync.Once
	started chan struct{}
	closed  chan struct{}
}

func (b *waitingBody) Read([]byte) (int, error) {
	close(b.started)
	<-b.closed
	return 0, httpmsg.ErrBodyClosed
}

func (b *waitingBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// An origin answers before it has the whole request: the exchange ends all the same.
func TestAnswerBeforeTheRequestIsOver(t *testing.T) {
	origin := says(t, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
	body := &waitingBody{started: make(chan struct{}), closed: make(chan struct{})}
	req := request(origin, "/")
	req.Method, req.Body, req.ContentLength = "POST", body, -1
	res, err := newTestClient(t, nil).RoundTrip(t.Context(), req)
	if err != nil || res.Status != 413 || res.Body != nil {
		t.Fatalf("got %+v, %v", res, err)
	}
	<-body.closed
}

func TestCancelledRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	origin := rawOrigin(t, func(conn net.Conn, _ *http.Request) {
		cancel()
		_, _ = conn.Read(make([]byte, 1))
	})
	_, err := newTestClient(t, nil).RoundTrip(ctx, request(origin, "/"))
	if hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
		t.Errorf("got %v", err)
	}
}

func TestCancelledBody(t *testing.T) {
	origin := rawOrigin(t, func(conn net.Conn, _ *http.Request) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
		_, _ = conn.Read(make([]byte, 1))
	})
	ctx, cancel := context.WithCancel(t.Context())
	res, err := newTestClient(t, nil).RoundTrip(ctx, request(origin, "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	if _, err := io.ReadFull(res.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := res.Body.Read(make([]byte, 1)); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
		t.Errorf("got %v", err)
	}
}

func TestTrailerOfAnAnswer(t *testing.T) {
	origin := says(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Grpc-Status\r\n\r\n1\r\na\r\n0\r\nGrpc-Status: 7\r\n\r\n")
	res, err := newTestClient(t, nil).RoundTrip(t.Context(), request(origin, "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	before := res.Trailer()
	_, err = io.ReadAll(res.Body)
	after := res.Trailer()
	if err != nil || before.Len() != 0 || after.Get("Grpc-Status") != "7" {
		t.Errorf("got %v, then %v (%v)", before, after, err)
	}
}

// Bodies that nobody reads leave neither goroutines nor connections behind.
func TestUnreadBodiesLeaveNothingBehind(t *testing.T) {
	var connections sync.WaitGroup
	before := runtime.NumGoroutine()
	large := strings.Repeat("x", 1<<20)
	ln := listen(t)
	connections.Go(func() { // ends with the listener
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { // ends when the client closes the connection
				defer func() { _ = conn.Close() }()
				reader := bufio.NewReader(conn)
				for {
					if _, err := http.ReadRequest(reader); err != nil {
						return
					}
					if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"+large); err != nil {
						return
					}
				}
			})
		}
	})
	client := NewClient(DefaultClientConfig())
	origin := "http://" + ln.Addr().String()
	for range 250 {
		res, err := client.RoundTrip(t.Context(), request(origin, "/"))
		if err != nil {
			t.Fatal(err)
		}
		res.CloseBody()
	}
	client.Close()
	_ = ln.Close()
	connections.Wait() // so no descriptor is left
	for runtime.NumGoroutine() > before {
		if t.Context().Err() != nil {
			return
		}
		runtime.Gosched()
	}
}
