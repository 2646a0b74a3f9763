package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// talker is an origin that is scripted: talk has each connection in turn, numbered from
// 1, and a function that takes one request off it.
type talker struct {
	addr  string
	conns atomic.Int32 // have come
	ended chan int     // gets the number of each connection that has ended
}

func talks(t testing.TB, talk func(n int, nc *net.TCPConn, next func() *http.Request)) *talker {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &talker{addr: ln.Addr().String(), ended: make(chan int, 1000)}
	var talking sync.WaitGroup
	talking.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			n := int(o.conns.Add(1))
			talking.Go(func() {
				defer func() { o.ended <- n }()
				defer nc.Close()
				_ = nc.SetDeadline(time.Now().Add(patience))
				in := bufio.NewReader(nc)
				talk(n, nc.(*net.TCPConn), func() *http.Request {
					req, err := http.ReadRequest(in)
					if err != nil {
						return nil
					}
					return req
				})
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		talking.Wait()
	})
	return o
}

// always answers every request with the same bytes, after it has read its content.
func always(t testing.TB, answer string) *talker {
	return talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		for req := next(); req != nil; req = next() {
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(nc, answer)
		}
	})
}

func testConfig() ClientConfig {
	return ClientConfig{
		Dial: func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", to.Address)
		},
		HeadTimeout: patience, WriteTimeout: patience, StreamIdleTimeout: patience, IdleTimeout: patience,
		IdlePerOrigin: 8, Idle: 16, HeadBytes: 64 << 10, Fields: testFields,
	}
}

func testClient(t testing.TB, change func(*ClientConfig)) *Client {
	cfg := testConfig()
	if change != nil {
		change(&cfg)
	}
	c := NewClient(cfg)
	t.Cleanup(c.Close)
	return c
}

func asks(o *talker, method string) *httpmsg.Request {
	return &httpmsg.Request{Method: method, Scheme: "http", Authority: o.addr, Target: "/"}
}

func posts(o *talker, body io.ReadCloser, length int64) *httpmsg.Request {
	req := asks(o, "POST")
	req.Body, req.ContentLength = body, length
	return req
}

// read returns an answer as text, and the error that it ends with.
func read(res *httpmsg.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer res.CloseBody()
	var content []byte
	if res.Body != nil {
		content, err = io.ReadAll(res.Body)
	}
	return fmt.Sprint(res.Status, " ", string(content)), err
}

func mustRead(t testing.TB, want string) func(*httpmsg.Response, error) {
	return func(res *httpmsg.Response, err error) {
		t.Helper()
		if got, err := read(res, err); err != nil || got != want {
			t.Errorf("got %.100q (%v), want %.100q", got, err, want)
		}
	}
}

// Whether the connection that an answer came over is used for the next request.
func TestReuse(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for _, c := range []struct {
		name, method, answer, want string
		reused                     bool
	}{
		{"known length", "GET", ok("Content-Length: 2") + "hi", "200 hi", true},
		{"long", "GET", ok("Content-Length: 65536") + long, "200 " + long, true},
		{"no content", "GET", ok("Content-Length: 0"), "200 ", true},
		{"chunked", "GET", ok("Transfer-Encoding: chunked") + "2\r\nhi\r\n0\r\n\r\n", "200 hi", true},
		{"many chunks", "GET", ok("Transfer-Encoding: chunked") + strings.Repeat("2;a=b\r\nhi\r\n", 100) + "0\r\n\r\n", "200 " + strings.Repeat("hi", 100), true},
		{"empty chunks", "GET", ok("Transfer-Encoding: chunked") + "0\r\n\r\n", "200 ", true},
		{"an end inside a chunk", "GET", ok("Transfer-Encoding: chunked") + "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "200 0\r\n\r\n", true},
		{"trailer", "GET", ok("Transfer-Encoding: chunked") + "2\r\nhi\r\n0\r\nX: y\r\n\r\n", "200 hi", true},
		{"HEAD", "HEAD", ok("Content-Length: 2"), "200 ", true},
		{"HEAD, chunked", "HEAD", ok("Transfer-Encoding: chunked"), "200 ", true},
		{"204", "GET", head("HTTP/1.1 204 No Content"), "204 ", true},
		{"304", "GET", head("HTTP/1.1 304 Not Modified", "Content-Length: 2"), "304 ", true},
		{"interim answers", "GET", head("HTTP/1.1 103 Early Hints", "Link: </a>") + head("HTTP/1.1 102 Processing") + ok("Content-Length: 2") + "hi", "200 hi", true},
		{"HTTP/1.0 keep-alive", "GET", head("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 2") + "hi", "200 hi", true},

		{"close", "GET", ok("Content-Length: 2", "Connection: close") + "hi", "200 hi", false},
		{"HTTP/1.0", "GET", head("HTTP/1.0 200 OK", "Content-Length: 2") + "hi", "200 hi", false},
		{"bytes behind", "GET", ok("Content-Length: 2") + "hi!", "200 hi", false},
		{"an answer behind", "GET", ok("Content-Length: 2") + "hi" + ok("Content-Length: 4") + "evil", "200 hi", false},
		{"an answer behind the chunks", "GET", ok("Transfer-Encoding: chunked") + "2\r\nhi\r\n0\r\n\r\n" + ok("Content-Length: 4") + "evil", "200 hi", false},
		{"content of a HEAD", "HEAD", ok("Content-Length: 2") + "hi", "200 ", false},
		{"content of a 204", "GET", head("HTTP/1.1 204 No Content") + "hi", "204 ", false},
		{"204 that announces content", "GET", head("HTTP/1.1 204 No Content", "Content-Length: 2"), "204 ", false},
		{"content of a 304", "GET", head("HTTP/1.1 304 Not Modified", "Content-Length: 2") + "hi", "304 ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := always(t, c.answer)
			client := testClient(t, nil)
			for range 3 {
				mustRead(t, c.want)(client.RoundTrip(t.Context(), asks(o, c.method)))
			}
			if n := o.conns.Load(); (n == 1) != c.reused {
				t.Errorf("there were %d connections", n)
			}
		})
	}
}

// A connection that the origin has sent something over since, or ended, is not used.
func TestIdleConnectionThatIsNotClean(t *testing.T) {
	for name, spoil := range map[string]func(*net.TCPConn){
		"bytes":  func(nc *net.TCPConn) { _, _ = io.WriteString(nc, ok("Content-Length: 4")+"evil") },
		"end":    func(nc *net.TCPConn) { _ = nc.CloseWrite() },
		"reset":  func(nc *net.TCPConn) { _ = nc.SetLinger(0); _ = nc.Close() },
		"closed": func(nc *net.TCPConn) { _ = nc.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			now := make(chan struct{})
			o := talks(t, func(n int, nc *net.TCPConn, next func() *http.Request) {
				for req := next(); req != nil; req = next() {
					_, _ = fmt.Fprintf(nc, "%s%d", ok("Content-Length: 1"), n)
					if n == 1 {
						<-now
						spoil(nc)
						now <- struct{}{}
					}
				}
			})
			client := testClient(t, nil)
			mustRead(t, "200 1")(client.RoundTrip(t.Context(), asks(o, "POST")))
			now <- struct{}{}
			<-now
			for conn := range client.conns { // what was sent is there when the system says so
				for conn.peek.quiet() {
					if t.Context().Err() != nil {
						return
					}
				}
			}
			mustRead(t, "200 2")(client.RoundTrip(t.Context(), asks(o, "POST")))
		})
	}
}

// A kept connection that dies with the next request on it: what may be repeated is, once,
// and over a new connection.
func TestDeadConnection(t *testing.T) {
	for _, c := range []struct {
		name, method, body string
		fails              int // so many connections die with their second request, or the first
		say                string
		want               string // empty: origin-reset
	}{
		{"GET", "GET", "", 1, "", "200 GET "},
		{"PUT", "PUT", "hello", 1, "", "200 PUT hello"},
		{"large PUT", "PUT", strings.Repeat("x", 100<<10), 1, "", "200 PUT " + strings.Repeat("x", 100<<10)},
		{"POST", "POST", "hello", 1, "", ""},
		{"twice", "GET", "", 2, "", ""},
		{"a byte of an answer", "GET", "", 1, "H", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := talks(t, func(n int, nc *net.TCPConn, next func() *http.Request) {
				for i := 0; ; i++ {
					req := next()
					if req == nil {
						return
					}
					content, _ := io.ReadAll(req.Body)
					if n <= c.fails && i == 1 || n > 1 && n <= c.fails {
						_, _ = io.WriteString(nc, c.say)
						return
					}
					content = append([]byte(req.Method+" "), content...)
					_, _ = fmt.Fprintf(nc, "%s%s", ok(fmt.Sprintf("Content-Length: %d", len(content))), content)
				}
			})
			client := testClient(t, nil)
			mustRead(t, "200 GET ")(client.RoundTrip(t.Context(), asks(o, "GET")))
			req := asks(o, c.method)
			if c.body != "" {
				req.Body, req.ContentLength = httpmsg.NewBytesBody([]byte(c.body)), int64(len(c.body))
			}
			got, err := read(client.RoundTrip(t.Context(), req))
			if got != c.want || (c.want == "") != (hedge.OutcomeOf(err) == hedge.OutcomeOriginReset) {
				t.Errorf("got %.40q (%v), want %.40q", got, err, c.want)
			}
		})
	}
}

// The content of a stream is gone with the connection.
func TestStreamIsNotRepeated(t *testing.T) {
	o := talks(t, func(n int, nc *net.TCPConn, next func() *http.Request) {
		if req := next(); req != nil {
			_, _ = io.WriteString(nc, ok("Content-Length: 0"))
			next()
		}
	})
	client := testClient(t, nil)
	mustRead(t, "200 ")(client.RoundTrip(t.Context(), asks(o, "GET")))
	req := posts(o, io.NopCloser(strings.NewReader("hello")), -1)
	req.Method = "PUT"
	if _, err := client.RoundTrip(t.Context(), req); hedge.OutcomeOf(err) != hedge.OutcomeOriginReset {
		t.Errorf("got %v", err)
	}
}

// What goes over the wire is what the request says, in the order in which it says it.
func TestRequestOnTheWire(t *testing.T) {
	trailer := func() httpmsg.Header {
		return httpmsg.NewHeader("X-Sum", "1", "Content-Length", "3", "Connection", "x")
	}
	for _, c := range []struct {
		name string
		req  httpmsg.Request
		want string
	}{
		{"fields", httpmsg.Request{Method: "GET", Header: httpmsg.NewHeader("x-b", "1", "X-A", "\xFC", "x-b", "2")}, "GET / HTTP/1.1\r\nHost: o\r\nx-b: 1\r\nX-A: \xFC\r\nx-b: 2\r\n\r\n"},
		{"what is not the caller's", httpmsg.Request{Method: "GET", Header: httpmsg.NewHeader("Host", "x", "connection", "close", "Content-Length", "9", "Transfer-Encoding", "gzip", "Upgrade", "h2c", "Keep-Alive", "x", "Trailer", "x", "Expect", "100-continue")}, "GET / HTTP/1.1\r\nHost: o\r\n\r\n"},
		{"trailers", httpmsg.Request{Method: "GET", Header: httpmsg.NewHeader("TE", "trailers")}, "GET / HTTP/1.1\r\nHost: o\r\nTE: trailers\r\nConnection: TE\r\n\r\n"},
		{"no content", httpmsg.Request{Method: "PATCH"}, "PATCH / HTTP/1.1\r\nHost: o\r\nContent-Length: 0\r\n\r\n"},
		{"empty content", httpmsg.Request{Method: "PUT", Body: httpmsg.NewBytesBody(nil)}, "PUT / HTTP/1.1\r\nHost: o\r\nContent-Length: 0\r\n\r\n"},
		{"content in memory", httpmsg.Request{Method: "POST", Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 2}, "POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 2\r\n\r\nhi"},
		{"content of a known length", httpmsg.Request{Method: "POST", Body: io.NopCloser(strings.NewReader("hi and more")), ContentLength: 2}, "POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 2\r\n\r\nhi"},
		{"chunks", httpmsg.Request{Method: "POST", Body: io.NopCloser(strings.NewReader("hi")), ContentLength: -1, Trailer: trailer}, "POST / HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"},
		{"an announced trailer", httpmsg.Request{Method: "POST", Header: httpmsg.NewHeader("Trailer", "X-Sum"), Body: io.NopCloser(strings.NewReader("hi")), ContentLength: -1, Trailer: trailer}, "POST / HTTP/1.1\r\nHost: o\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"},
		{"an announced trailer that has no place", httpmsg.Request{Method: "POST", Header: httpmsg.NewHeader("Trailer", "X-Sum"), Body: io.NopCloser(strings.NewReader("hi")), ContentLength: 2, Trailer: trailer}, "POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 2\r\n\r\nhi"},
		{"content of a GET", httpmsg.Request{Method: "GET", Body: io.NopCloser(strings.NewReader("hi")), ContentLength: -1}, "GET / HTTP/1.1\r\nHost: o\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := make(chan string, 1)
			o := talks(t, func(_ int, nc *net.TCPConn, _ func() *http.Request) {
				seen := make([]byte, len(c.want))
				n, _ := io.ReadFull(nc, seen)
				_, _ = io.WriteString(nc, head("HTTP/1.1 204 No Content"))
				rest, _ := io.ReadAll(nc)
				got <- string(seen[:n]) + string(rest)
			})
			client := testClient(t, nil)
			req := c.req
			req.Scheme, req.Authority, req.Endpoint, req.Target = "http", "o", o.addr, "/"
			mustRead(t, "204 ")(client.RoundTrip(t.Context(), &req))
			client.Close()
			if seen := <-got; seen != c.want {
				t.Errorf("got\n%q\nwant\n%q", seen, c.want)
			}
		})
	}
}

func TestRequestThatIsNotSent(t *testing.T) {
	for _, req := range []httpmsg.Request{
		{Method: "G T", Scheme: "http", Authority: "o", Target: "/"},
		{Method: "", Scheme: "http", Authority: "o", Target: "/"},
		{Method: "CONNECT", Scheme: "http", Authority: "o", Target: "/"},
		{Method: "GET", Scheme: "ftp", Authority: "o", Target: "/"},
		{Method: "GET", Scheme: "http", Authority: "", Target: "/"},
		{Method: "GET", Scheme: "http", Authority: "o\r\nX: y", Target: "/"},
		{Method: "GET", Scheme: "http", Authority: "o x", Target: "/"},
		{Method: "GET", Scheme: "http", Authority: "o", Target: ""},
		{Method: "GET", Scheme: "http", Authority: "o", Target: "a"},
		{Method: "GET", Scheme: "http", Authority: "o", Target: "/ HTTP/1.1\r\nX: y"},
		{Method: "GET", Scheme: "http", Authority: "o", Target: "/#a"},
		{Method: "GET", Scheme: "http", Authority: "o", Target: "/", Header: httpmsg.NewHeader("X", "a\r\nY: b")},
		{Method: "GET", Scheme: "http", Authority: "o", Target: "/", Header: httpmsg.NewHeader("X", "a\nY: b")},
		{Method: "GET", Scheme: "http", Authority: "o", Target: "/", Header: httpmsg.NewHeader("X: a\r\nY", "b")},
	} {
		body := &watchedBody{closed: make(chan struct{})}
		req.Body = body
		if _, err := testClient(t, nil).RoundTrip(t.Context(), &req); hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
			t.Errorf("%q %q: %v", req.Method, req.Target, err)
		}
		<-body.closed
	}
}

// watchedBody is content of which nothing comes until it is closed.
type watchedBody struct {
	once   sync.Once
	closed chan struct{}
}

func newWatchedBody() *watchedBody { return &watchedBody{closed: make(chan struct{})} }

func (b *watchedBody) Read([]byte) (int, error) {
	<-b.closed
	return 0, httpmsg.ErrBodyClosed
}

func (b *watchedBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// brokenBody is content that breaks off behind its first part.
func brokenBody(first string, err error) io.ReadCloser {
	return io.NopCloser(io.MultiReader(strings.NewReader(first), readerFunc(func([]byte) (int, error) { return 0, err })))
}

// The origin does not take a part for the whole, and the error is that of the body.
func TestUploadThatBreaksOff(t *testing.T) {
	gone := hedge.Errorf(hedge.OutcomeClientGone, "gone")
	for _, c := range []struct {
		name   string
		body   io.ReadCloser
		length int64
		want   hedge.Outcome
	}{
		{"in chunks", brokenBody("hi", gone), -1, hedge.OutcomeClientGone},
		{"of a known length", brokenBody("hi", gone), 10, hedge.OutcomeClientGone},
		{"for an unknown reason", brokenBody("hi", errors.New("why")), -1, hedge.OutcomeException},
		{"too short", io.NopCloser(strings.NewReader("hi")), 10, hedge.OutcomeException},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := make(chan error, 1)
			o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
				_, err := io.Copy(io.Discard, next().Body)
				whole <- err
			})
			_, err := testClient(t, nil).RoundTrip(t.Context(), posts(o, c.body, c.length))
			if hedge.OutcomeOf(err) != c.want {
				t.Errorf("got %v", err)
			}
			if <-whole == nil {
				t.Error("the origin takes what came for the whole")
			}
		})
	}
}
