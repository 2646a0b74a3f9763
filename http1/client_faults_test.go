package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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

// An answer that comes before the request has been sent: the rest is not sent, and the
// connection is not used again.
func TestEarlyAnswer(t *testing.T) {
	for _, c := range []struct{ name, answer, want string }{
		{"no content", head("HTTP/1.1 413 Content Too Large", "Content-Length: 0"), "413 "},
		{"content", head("HTTP/1.1 401 Unauthorized", "Content-Length: 2") + "no", "401 no"},
		{"chunks", head("HTTP/1.1 401 Unauthorized", "Transfer-Encoding: chunked") + "2\r\nno\r\n0\r\n\r\n", "401 no"},
		{"success", ok("Content-Length: 2") + "hi", "200 hi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
				next() // and none of its content
				_, _ = io.WriteString(nc, c.answer)
				_, _ = nc.Read(make([]byte, 1))
			})
			client := testClient(t, nil)
			for range 2 {
				body := newWatchedBody()
				mustRead(t, c.want)(client.RoundTrip(t.Context(), posts(o, body, -1)))
				<-body.closed
			}
			if n := o.conns.Load(); n != 2 {
				t.Errorf("there were %d connections", n)
			}
		})
	}
}

// The origin reads nothing, so that the upload is stuck in the middle of a write.
func TestEarlyAnswerDuringAWrite(t *testing.T) {
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		next()
		_, _ = io.WriteString(nc, head("HTTP/1.1 413 Content Too Large", "Content-Length: 0"))
		buf := make([]byte, 1)
		for range 1 << 10 { // it lingers, and then has had enough
			_, _ = nc.Read(buf)
		}
	})
	mustRead(t, "413 ")(testClient(t, nil).RoundTrip(t.Context(), posts(o, endless{}, -1)))
}

// endless is content without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

// An origin may answer with success while it still reads, and both go on.
func TestBothWaysAtOnce(t *testing.T) {
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		for req := next(); req != nil; req = next() {
			_, _ = io.WriteString(nc, ok("Transfer-Encoding: chunked"))
			for buf := make([]byte, 4); ; {
				n, err := io.ReadFull(req.Body, buf)
				if n > 0 {
					_, _ = fmt.Fprintf(nc, "%x\r\n%s\r\n", n, buf[:n])
				}
				if err != nil {
					break
				}
			}
			_, _ = io.WriteString(nc, "0\r\n\r\n")
		}
	})
	client := testClient(t, nil)
	for range 2 {
		r, w := io.Pipe()
		res, err := client.RoundTrip(t.Context(), posts(o, r, -1))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"ping", "pong"} {
			_, _ = io.WriteString(w, word)
			got := make([]byte, 4)
			if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != word {
				t.Errorf("got %q (%v)", got, err)
			}
		}
		_ = w.Close()
		if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
			t.Errorf("got %q (%v)", rest, err)
		}
		res.CloseBody()
	}
	if n := o.conns.Load(); n != 1 {
		t.Errorf("there were %d connections: the whole request had been sent", n)
	}
}

// Content is held back until the origin wants it.
func TestExpectation(t *testing.T) {
	for _, c := range []struct {
		name, first, want string
		sent              bool
	}{
		{"wanted", head("HTTP/1.1 100 Continue"), "200 hello", true},
		{"refused", head("HTTP/1.1 417 Expectation Failed", "Content-Length: 0"), "417 ", false},
		{"never answered", "", "200 hello", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
				req := next()
				if req.Header.Get("Expect") != "100-continue" {
					t.Error("the origin sees no expectation")
				}
				_, _ = io.WriteString(nc, c.first)
				content, err := io.ReadAll(req.Body)
				if (err == nil) != c.sent {
					t.Errorf("the origin got %q (%v)", content, err)
				}
				_, _ = fmt.Fprintf(nc, "%s%s", ok(fmt.Sprint("Content-Length: ", len(content))), content)
			})
			req := posts(o, httpmsg.NewBytesBody([]byte("hello")), 5)
			req.Header.Add("Expect", "100-continue")
			mustRead(t, c.want)(testClient(t, nil).RoundTrip(t.Context(), req))
		})
	}
}

// Answers that are none, and those that end too early.
func TestOriginFaults(t *testing.T) {
	const reset, malformed = hedge.OutcomeOriginReset, hedge.OutcomeOriginMalformed
	for _, c := range []struct {
		name, answer, got string
		want              hedge.Outcome
	}{
		{"nothing", "", "", reset},
		{"half a head", "HTTP/1.1 200 OK\r\nX: ", "", reset},
		{"length", ok("Content-Length: 5") + "hi", "200 hi", reset},
		{"chunk", ok("Transfer-Encoding: chunked") + "5\r\nhi", "200 hi", reset},
		{"chunks", ok("Transfer-Encoding: chunked") + "2\r\nhi\r\n", "200 hi", reset},
		{"trailer", ok("Transfer-Encoding: chunked") + "2\r\nhi\r\n0\r\nX: y\r\n", "200 hi", reset},
		{"interim answer alone", head("HTTP/1.1 100 Continue"), "", reset},

		{"no HTTP", "220 mail ready\r\n", "", malformed},
		{"both framings", ok("Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n", "", malformed},
		{"chunk size", ok("Transfer-Encoding: chunked") + "2\r\nhi\r\nxx\r\n", "200 hi", malformed},
		{"chunk extension", ok("Transfer-Encoding: chunked") + "2;\x00\r\nhi\r\n0\r\n\r\n", "200 ", malformed},
		{"chunk size with a sign", ok("Transfer-Encoding: chunked") + "+2\r\nhi\r\n0\r\n\r\n", "200 ", malformed},
		{"chunk longer than its size", ok("Transfer-Encoding: chunked") + "2\r\nhi!\r\n0\r\n\r\n", "200 hi", malformed},
		{"bare LF behind a chunk", ok("Transfer-Encoding: chunked") + "2\r\nhi\n0\r\n\r\n", "200 hi", malformed},
		{"status beyond 599", head("HTTP/1.1 999 No", "Content-Length: 0"), "", malformed},
		{"switched protocols", head("HTTP/1.1 101 Switching Protocols", "Upgrade: x"), "", malformed},
		{"interim answer with content", head("HTTP/1.1 103 Early Hints", "Content-Length: 2") + "hi", "", malformed},
		{"endless interim answers", strings.Repeat(head("HTTP/1.1 102 Processing"), 100), "", malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
				next()
				_, _ = io.WriteString(nc, c.answer)
			})
			client := testClient(t, nil)
			got, err := read(client.RoundTrip(t.Context(), asks(o, "GET")))
			if got != c.got || hedge.OutcomeOf(err) != c.want {
				t.Errorf("got %q, %v", got, err)
			}
			if len(client.conns) > 0 || len(client.pools) > 0 {
				t.Error("a connection is kept")
			}
		})
	}
}

// Time is what expire is told.
func TestTimeouts(t *testing.T) {
	began, halt := make(chan struct{}, 1), make(chan struct{})
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		next()
		began <- struct{}{}
		<-halt
	})
	t.Cleanup(func() { close(halt) })
	for _, c := range []struct {
		name   string
		req    *httpmsg.Request
		change func(*ClientConfig)
		says   string
	}{
		{"no head", asks(o, "GET"), func(cfg *ClientConfig) { cfg.HeadTimeout = time.Hour }, "did not answer within 1h0m0s"},
		{"an upload that gets nowhere", posts(o, endless{}, -1), func(cfg *ClientConfig) { cfg.WriteTimeout = time.Hour }, "has taken nothing of the request for 1h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := testClient(t, func(cfg *ClientConfig) {
				cfg.HeadTimeout, cfg.WriteTimeout = 1000*time.Hour, 1000*time.Hour
				c.change(cfg)
			})
			ended := make(chan error)
			go func() {
				_, err := client.RoundTrip(t.Context(), c.req)
				ended <- err
			}()
			<-began
			client.expire(time.Now().Add(59 * time.Minute))
			select {
			case err := <-ended:
				t.Fatalf("ended too early, with %v", err)
			default:
			}
			// The wait may begin only now, at the clock's time: the upload has to fill the
			// system's buffers first. So time goes on with each look.
			for now := time.Now().Add(2 * time.Hour); ; now = now.Add(2 * time.Hour) {
				client.expire(now)
				select {
				case err := <-ended:
					if hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout || !strings.Contains(err.Error(), c.says) {
						t.Errorf("got %v, want that it %s", err, c.says)
					}
					return
				default:
					runtime.Gosched()
				}
			}
		})
	}
}

// An answer that stalls does not hold a connection for ever. Who does not read is not waited
// for, and what is sent meanwhile gives the answer its time anew.
func TestStalledAnswer(t *testing.T) {
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		next()
		_, _ = io.WriteString(nc, ok("Content-Length: 5")+"hi")
		_, _ = io.Copy(io.Discard, nc) // until the client ends it
	})
	for _, c := range []struct {
		name string
		req  *httpmsg.Request
	}{{"without content", asks(o, "GET")}, {"with an upload", posts(o, newWatchedBody(), -1)}} {
		t.Run(c.name, func(t *testing.T) {
			client := testClient(t, func(cfg *ClientConfig) { cfg.StreamIdleTimeout = time.Hour })
			res, err := client.RoundTrip(t.Context(), c.req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(res.Body, make([]byte, 2)); err != nil {
				t.Fatal(err)
			}
			now := time.Now().Add(2 * time.Hour)
			client.expire(now) // nobody reads
			ended := make(chan error)
			go func() {
				_, err := res.Body.Read(make([]byte, 1))
				ended <- err
			}()
			conn := res.Body.(*answerBody).trip.conn
			for conn.reading.Load() == 0 {
				runtime.Gosched()
			}
			conn.reading.Store(client.clock.At(now)) // whatever the patrol has made of the clock
			client.expire(now.Add(50 * time.Minute))
			conn.moved()
			client.expire(now.Add(100 * time.Minute))
			if cause := conn.cause.Load(); cause != causeNone {
				t.Fatalf("ended too early, with %d", cause)
			}
			client.expire(now.Add(200 * time.Minute))
			if err := <-ended; hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout {
				t.Errorf("got %v", err)
			}
			res.CloseBody()
			<-o.ended
		})
	}
}

func TestCancellation(t *testing.T) {
	began := make(chan struct{}, 1)
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		next()
		began <- struct{}{}
		_, _ = io.Copy(io.Discard, nc) // until the client ends it
	})
	for name, req := range map[string]*httpmsg.Request{"waiting": asks(o, "GET"), "sending": posts(o, endless{}, -1), "reading": posts(o, newWatchedBody(), -1)} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-began
				cancel()
			}()
			if _, err := testClient(t, nil).RoundTrip(ctx, req); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
				t.Errorf("got %v", err)
			}
			<-o.ended
		})
	}
}

func TestDeadline(t *testing.T) {
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		next()
		_, _ = io.WriteString(nc, ok("Content-Length: 5")+"hi")
		_, _ = io.Copy(io.Discard, nc)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := read(testClient(t, nil).RoundTrip(ctx, asks(o, "GET"))); hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout {
		t.Errorf("got %v", err)
	}
}

// A body that is closed ends its Read and its connection.
func TestClosedAnswer(t *testing.T) {
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		next()
		_, _ = io.WriteString(nc, ok("Content-Length: 5")+"hi")
		_, _ = io.Copy(io.Discard, nc)
	})
	res, err := testClient(t, nil).RoundTrip(t.Context(), asks(o, "GET"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := res.Body.Read(make([]byte, 1))
		ended <- err
	}()
	for range 4 {
		go res.CloseBody()
	}
	if err := <-ended; !errors.Is(err, httpmsg.ErrBodyClosed) {
		t.Errorf("got %v", err)
	}
	<-o.ended
}

// streamed is an answer that keeps its connection until its body has been read: it has a
// trailer.
const streamed = ok200 + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n"

// fill has n requests under way at once, so that there are n connections.
func fill(t *testing.T, client *Client, o *talker, n int) {
	t.Helper()
	var bodies []*httpmsg.Response
	for range n {
		res, err := client.RoundTrip(t.Context(), asks(o, "GET"))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, res)
	}
	for _, res := range bodies {
		mustRead(t, "200 hi")(res, nil)
	}
}

func TestLimitsOfThePool(t *testing.T) {
	one, two := always(t, streamed), always(t, streamed)
	client := testClient(t, func(cfg *ClientConfig) { cfg.IdlePerOrigin, cfg.Idle = 3, 4 })
	fill(t, client, one, 5)
	if client.idle != 3 || len(client.conns) != 3 {
		t.Errorf("%d are idle of %d, want 3 per origin", client.idle, len(client.conns))
	}
	client.expire(time.Now().Add(time.Second))
	fill(t, client, two, 2)
	if client.idle != 4 || len(client.conns) != 4 || len(client.pools[httpmsg.Origin{Scheme: "http", Address: two.addr}].idle) != 2 {
		t.Errorf("%d are idle of %d, want 4 in all, and the oldest gone", client.idle, len(client.conns))
	}
	client.expire(time.Now().Add(patience / 2))
	if client.idle != 4 {
		t.Errorf("%d are idle before their time is up", client.idle)
	}
	client.expire(time.Now().Add(2 * patience))
	if client.idle != 0 || len(client.conns) != 0 || len(client.pools) != 0 {
		t.Errorf("%d are idle of %d after their time is up", client.idle, len(client.conns))
	}
}

// A connection that is busy while the client is closed is not kept, until it is used again.
func TestClientClosed(t *testing.T) {
	o := always(t, streamed)
	client := testClient(t, nil)
	res, err := client.RoundTrip(t.Context(), asks(o, "GET"))
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	mustRead(t, "200 hi")(res, nil)
	if len(client.conns) != 0 {
		t.Error("a connection is kept")
	}
	mustRead(t, "200 hi")(client.RoundTrip(t.Context(), asks(o, "GET")))
	if client.idle != 1 {
		t.Error("no connection is kept")
	}
}

// The same over TLS: connections are kept, but not with an answer in store.
func TestReuseOverTLS(t *testing.T) {
	origin := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hi") }))
	origin.StartTLS()
	t.Cleanup(origin.Close)
	conns := 0
	client := testClient(t, func(cfg *ClientConfig) {
		cfg.Dial = func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			conns++
			return (&tls.Dialer{Config: &tls.Config{RootCAs: origin.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}).DialContext(ctx, "tcp", to.Address)
		}
	})
	req := &httpmsg.Request{Method: "GET", Scheme: "https", Authority: origin.Listener.Addr().String(), Target: "/"}
	for range 3 {
		mustRead(t, "200 hi")(client.RoundTrip(t.Context(), req))
	}
	if conns != 1 {
		t.Errorf("there were %d connections", conns)
	}
}

func TestStrayBytesBelowTLS(t *testing.T) {
	// The first answer fills the buffer that is read into, and not a byte is left there.
	first := ok("Content-Length: 2000", "X: "+strings.Repeat("x", initialBuffer-2000-len(ok("Content-Length: 2000", "X: "))))
	content := strings.Repeat("c", 2000)
	evil := ok("Content-Length: 4") + "evil"
	for name, records := range map[string][]string{"in the same record": {first + content + evil}, "in the next": {first + content, evil}} {
		t.Run(name, func(t *testing.T) {
			plain := httptest.NewUnstartedServer(nil)
			plain.StartTLS()
			defer plain.Close()
			mine, theirs := tcpPair(t)
			go func() {
				cfg := plain.TLS.Clone()
				cfg.DynamicRecordSizingDisabled = true
				server := tls.Server(theirs, cfg)
				_, _ = server.Read(make([]byte, 1000))
				for _, record := range records {
					_, _ = io.WriteString(server, record)
				}
				_, _ = server.Read(make([]byte, 1))
			}()
			client := testClient(t, func(cfg *ClientConfig) {
				cfg.Dial = func(context.Context, httpmsg.Origin) (net.Conn, error) {
					return tls.Client(mine, &tls.Config{InsecureSkipVerify: true}), nil
				}
			})
			mustRead(t, "200 "+content)(client.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Scheme: "https", Authority: "o", Target: "/"}))
			if client.idle != 1 {
				t.Fatal("the connection is not kept, which it would be for want of knowledge")
			}
			for conn := range client.conns { // what was sent arrives at some time
				for conn.clean() && t.Context().Err() == nil {
					runtime.Gosched()
				}
			}
		})
	}
}

func tcpPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if a, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

// Many requests of all kinds at once, many of them given up, leave nothing behind.
func TestClientLeavesNothing(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	o := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		for i := 0; ; i++ {
			req := next()
			if req == nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			if i%7 == 6 {
				return
			}
			if _, err := io.WriteString(nc, ok("Content-Length: 102400")+long); err != nil {
				return
			}
		}
	})
	goroutines := runtime.NumGoroutine()
	client := NewClient(testConfig())
	var visits sync.WaitGroup
	for worker := range 8 {
		visits.Go(func() {
			for i := range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				req := asks(o, "GET")
				if i%3 == 0 {
					req = posts(o, io.NopCloser(strings.NewReader(long)), -1)
				}
				res, err := client.RoundTrip(ctx, req)
				if err == nil {
					_, _ = io.CopyN(io.Discard, res.Body, int64((worker*i*1000)%(110<<10)))
					if i%2 == 0 {
						cancel()
					}
					res.CloseBody()
				}
				cancel()
			}
		})
	}
	visits.Wait()
	client.Close()
	client.mu.Lock()
	if len(client.conns) != 0 || client.idle != 0 || len(client.pools) != 0 {
		t.Errorf("%d connections are left, %d of them idle, in %d pools", len(client.conns), client.idle, len(client.pools))
	}
	client.mu.Unlock()
	for range o.conns.Load() {
		<-o.ended // so that no descriptor is left
	}
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines instead of %d", runtime.NumGoroutine(), goroutines)
		}
	}
}
