package http2

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// newTestClient makes a client that connects to whatever the origin says, and counts.
func newTestClient(t testing.TB, change func(*ClientConfig)) (c *Client, dials func() int) {
	t.Helper()
	var mu sync.Mutex // guards n
	n := 0
	cfg := ClientConfig{
		Dial: func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			mu.Lock()
			n++
			mu.Unlock()
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", to.Address)
			if err != nil || to.Scheme == "http" {
				return conn, err
			}
			secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
			return secure, secure.HandshakeContext(ctx)
		},
		HeadTimeout: 10 * time.Second, StreamIdleTimeout: patience, WriteTimeout: 10 * time.Second, IdleTimeout: 10 * time.Second, IdlePerOrigin: 64, Idle: 1024, HeadBytes: 16 << 10, Fields: 50,
	}
	if change != nil {
		change(&cfg)
	}
	c = NewClient(cfg)
	t.Cleanup(c.Close)
	return c, func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// site is an origin of net/http's that speaks HTTP/2 alone, over TLS or not.
func site(t testing.TB, secure bool, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	if secure {
		server.EnableHTTP2 = true
		server.Config.Protocols.SetHTTP2(true)
		server.StartTLS()
	} else {
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.URL
}

// to is a request to an origin, whose URL has no path.
func to(origin, method, target, body string, fields ...string) *httpmsg.Request {
	scheme, authority, _ := strings.Cut(origin, "://")
	req := &httpmsg.Request{Method: method, Scheme: scheme, Authority: authority, Target: target, Header: httpmsg.NewHeader(fields...)}
	if body != "" {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	return req
}

// fetch sends a request and reads the answer.
func fetch(t testing.TB, c *Client, req *httpmsg.Request) (res *httpmsg.Response, text string, err error) {
	t.Helper()
	res, err = c.RoundTrip(t.Context(), req)
	if err != nil {
		return nil, "", err
	}
	if res.Body != nil {
		content, problem := io.ReadAll(res.Body)
		res.CloseBody()
		return res, string(content), problem
	}
	return res, "", nil
}

func TestExchangesWithOrigins(t *testing.T) {
	for _, secure := range []bool{true, false} {
		origin := site(t, secure, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Saw", fmt.Sprintf("%s %s %s %d %s %v", r.Proto, r.Method, r.URL, r.ContentLength, r.Header.Get("X-A"), len(r.Trailer)))
			switch r.URL.Path {
			case "/none":
				w.WriteHeader(204)
			case "/head":
				w.Header().Set("Content-Length", "5")
				_, _ = io.WriteString(w, "hello")
			case "/trailer":
				w.Header().Set("Trailer", "X-End")
				_, _ = w.Write(body)
				w.Header().Set("X-End", "over")
			case "/large":
				_, _ = w.Write([]byte(strings.Repeat("x", 3<<20)))
			case "/early":
				w.WriteHeader(103)
				_, _ = io.WriteString(w, "late")
			default:
				_, _ = w.Write(body)
			}
		})
		c, dials := newTestClient(t, nil)
		large := strings.Repeat("y", 1<<20)
		for _, e := range []struct {
			method, target, body string
			status               int
			want                 string
			length               int64
			trailer              string
		}{
			{"GET", "/a?b", "", 200, "", 0, ""},
			{"POST", "/echo", "hello", 200, "hello", 5, ""},
			{"POST", "/large-echo", large, 200, large, -1, ""},
			{"GET", "/none", "", 204, "", 0, ""},
			{"HEAD", "/head", "", 200, "", 5, ""},
			{"POST", "/trailer", "hello", 200, "hello", 5, "over"},
			{"GET", "/large", "", 200, strings.Repeat("x", 3<<20), -1, ""},
			{"GET", "/early", "", 200, "late", 4, ""},
		} {
			res, text, err := fetch(t, c, to(origin, e.method, e.target, e.body, "X-A", "1", "Connection", "close", "TE", "trailers"))
			if err != nil || res.Status != e.status || text != e.want || res.ContentLength != e.length {
				t.Errorf("%s %s: %v, %v, %d bytes", e.method, e.target, err, res, len(text))
				continue
			}
			if saw := fmt.Sprintf("HTTP/2.0 %s %s %d 1 0", e.method, e.target, len(e.body)); res.Header.Get("X-Saw") != saw {
				t.Errorf("%s %s: the origin saw %q, want %q", e.method, e.target, res.Header.Get("X-Saw"), saw)
			}
			if e.trailer == "" {
				continue
			}
			if trailer := res.Trailer(); trailer.Len() != 1 || trailer.Get("X-End") != e.trailer {
				t.Errorf("%s %s: the trailer is %v", e.method, e.target, trailer)
			}
		}
		if dials() != 1 {
			t.Errorf("%d connections for requests one after the other", dials())
		}
	}
}

// Requests at one time share a connection, as many as the origin allows; no more are
// made than that takes.
func TestRequestsShareConnections(t *testing.T) {
	var all sync.WaitGroup
	all.Add(150)
	origin := site(t, false, func(w http.ResponseWriter, _ *http.Request) {
		all.Done()
		all.Wait() // until all are here
	})
	c, dials := newTestClient(t, nil)
	var over sync.WaitGroup
	for range 150 {
		over.Go(func() {
			if res, _, err := fetch(t, c, to(origin, "GET", "/", "")); err != nil || res.Status != 200 {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
	over.Wait()
	if n := dials(); n != 2 {
		t.Errorf("%d connections for 150 requests", n)
	}
}

// Both sides talk at the same time, and each piece arrives before the next is sent.
func TestBothSidesTalk(t *testing.T) {
	origin := site(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		_ = http.NewResponseController(w).Flush()
		buf := make([]byte, 16)
		for {
			n, err := r.Body.Read(buf)
			_, _ = w.Write(buf[:n])
			_ = http.NewResponseController(w).Flush()
			if err != nil {
				break
			}
		}
		w.Header().Set("Grpc-Status", r.Trailer.Get("X-Last"))
	})
	c, _ := newTestClient(t, nil)
	from, into := io.Pipe()
	req := to(origin, "POST", "/", "")
	req.Body, req.ContentLength = from, -1
	req.Trailer = func() httpmsg.Header { return httpmsg.NewHeader("X-Last", "7") }
	req.Header.Add("Trailer", "X-Last")
	res, err := c.RoundTrip(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	for _, word := range []string{"one", "two", "three"} {
		if _, err := io.WriteString(into, word); err != nil {
			t.Fatal(err)
		}
		if n, err := io.ReadFull(res.Body, buf[:len(word)]); err != nil || string(buf[:n]) != word {
			t.Errorf("%q, %v", buf[:n], err)
		}
	}
	_ = into.Close()
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
	trailer := res.Trailer()
	res.CloseBody()
	if trailer.Get("Grpc-Status") != "7" {
		t.Errorf("the trailer is %v", trailer)
	}
}

// A trailer becomes known at the end of the content, and not with its last byte. What comes
// instead of it is too much.
func TestTrailerBehindContentOfKnownLength(t *testing.T) {
	origin := site(t, false, func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %v %s", content, err, r.Trailer.Get("X-Last"))
	})
	c, _ := newTestClient(t, nil)
	for _, e := range []struct {
		more, want string
		outcome    hedge.Outcome
	}{{"", "hello <nil> 7", hedge.OutcomeOK}, {"!", "", hedge.OutcomeException}} {
		from, into := io.Pipe()
		req := to(origin, "POST", "/", "", "Trailer", "X-Last")
		req.Body, req.ContentLength = from, 5
		var trailer httpmsg.Header
		req.Trailer = func() httpmsg.Header { return trailer }
		go func() { // ends with the request
			_, _ = io.WriteString(into, "hello")
			_, _ = io.WriteString(into, e.more)
			trailer = httpmsg.NewHeader("X-Last", "7")
			_ = into.Close()
		}()
		if _, text, err := fetch(t, c, req); text != e.want || hedge.OutcomeOf(err) != e.outcome {
			t.Errorf("with %q: %q, %v", e.more, text, err)
		}
	}
}

// Who gives up ends the request at the origin, and leaves nothing behind.
func TestRequestsAreGivenUp(t *testing.T) {
	arrived, ended := make(chan struct{}), make(chan struct{})
	origin := site(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "a")
			_ = http.NewResponseController(w).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
		ended <- struct{}{}
	})
	c, dials := newTestClient(t, nil)
	for _, how := range []string{"head", "upload", "close", "read", "timeout"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		req := to(origin, "GET", "/"+map[bool]string{true: "body", false: "head"}[how == "close" || how == "read"], "")
		var into *io.PipeWriter
		if how == "upload" {
			req.Method, req.ContentLength = "POST", -1
			req.Body, into = io.Pipe()
		}
		go func() {
			<-arrived
			switch how {
			case "head", "upload":
				cancel(nil)
			case "timeout":
				cancel(hedge.Errorf(hedge.OutcomeOriginTimeout, "too late"))
			}
		}()
		res, err := c.RoundTrip(ctx, req)
		switch how {
		case "close":
			res.CloseBody()
		case "read":
			go cancel(nil)
			if _, err := io.ReadAll(res.Body); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
				t.Errorf("%s: %v", how, err)
			}
			res.CloseBody()
		case "timeout":
			if hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout {
				t.Errorf("%s: %v", how, err)
			}
		default:
			if hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
				t.Errorf("%s: %v", how, err)
			}
		}
		<-ended
		if into != nil {
			if _, err := into.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("the request's body is still read: %v", err)
			}
		}
		cancel(nil)
	}
	if dials() != 1 {
		t.Errorf("%d connections", dials())
	}
}

// A body that is read slowly holds up no other answer of its connection.
func TestSlowReadersHoldUpNobody(t *testing.T) {
	origin := site(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = w.Write(make([]byte, 4<<20))
		}
	})
	c, dials := newTestClient(t, nil)
	var slow []*httpmsg.Response
	for range 90 {
		res, err := c.RoundTrip(t.Context(), to(origin, "GET", "/large", ""))
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, res)
	}
	if res, _, err := fetch(t, c, to(origin, "GET", "/", "")); err != nil || res.Status != 200 {
		t.Errorf("%v, %v", res, err)
	}
	n, err := io.Copy(io.Discard, slow[7].Body)
	if err != nil || n != 4<<20 || dials() != 1 {
		t.Errorf("%d bytes, %v, over %d connections", n, err, dials())
	}
	for _, res := range slow {
		res.CloseBody()
	}
}
