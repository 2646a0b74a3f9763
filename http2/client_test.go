package http2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"hedge/httpmsg"
)

// client is net/http's, with prior knowledge of HTTP/2.
func (r *running) client(t testing.TB) *http.Client {
	t.Helper()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{
		Protocols: &protocols,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, r.addr)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (r *running) do(t testing.TB, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := r.client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func newRequest(t testing.TB, method, target string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://a.example"+target, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestRequest(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		var content []byte
		if req.Body != nil {
			content, _ = io.ReadAll(req.Body)
		}
		text := fmt.Sprintf("%s %s %s %s %d %q cookie=%q", req.Method, req.URL(), req.Proto, req.Header.Get("x-a"), req.ContentLength, content, req.Header.Values("cookie"))
		_, _ = out.Deliver(ctx, req, httpmsg.Text(201, text))
	})
	req := newRequest(t, "PUT", "/a?b=c", strings.NewReader("hello"))
	req.Header.Set("X-A", "b")
	req.Header.Set("Cookie", "a=b; c=d")
	res, body := r.do(t, req)
	want := `PUT http://a.example/a?b=c HTTP/2.0 b 5 "hello" cookie=["a=b; c=d"]`
	if res.StatusCode != 201 || body != want || res.Header.Get("Date") == "" || res.Header.Get("Content-Length") != fmt.Sprint(len(want)) {
		t.Errorf("got %d %q %v, want %q", res.StatusCode, body, res.Header, want)
	}
}

// Bodies that are larger than all windows go through in both directions.
func TestLargeBodies(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: req.ContentLength})
	})
	content := bytes.Repeat([]byte("0123456789abcdef"), 256<<10)
	client := r.client(t)
	var wait sync.WaitGroup
	for _, known := range []bool{true, false, true, false} {
		wait.Go(func() {
			var body io.Reader = bytes.NewReader(content)
			if !known {
				body = io.MultiReader(body)
			}
			res, err := client.Do(newRequest(t, "POST", "/", body))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }()
			if got, err := io.ReadAll(res.Body); err != nil || !bytes.Equal(got, content) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
	wait.Wait()
}

func TestLargeAnswerInMemory(t *testing.T) {
	content := bytes.Repeat([]byte("x"), 3<<20)
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		if n, err := out.Deliver(ctx, req, httpmsg.Bytes(200, "", content)); n != int64(len(content)) || err != nil {
			t.Errorf("delivered %d, %v", n, err)
		}
	})
	if _, body := r.do(t, newRequest(t, "GET", "/", nil)); body != string(content) {
		t.Errorf("got %d bytes", len(body))
	}
}

// Trailers go through in both directions, as gRPC needs them.
func TestTrailers(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		got := req.Trailer()
		res := &httpmsg.Response{Status: 200, Body: io.NopCloser(bytes.NewReader(content)), ContentLength: -1}
		res.Trailer = func() httpmsg.Header {
			return httpmsg.NewHeader("Grpc-Status", "0", "X-Sent", got.Get("x-sent"), "Content-Length", "7", "Connection", "close")
		}
		_, _ = out.Deliver(ctx, req, res)
	})
	req := newRequest(t, "POST", "/", io.MultiReader(strings.NewReader("hi")))
	req.Trailer = http.Header{"X-Sent": {"yes"}}
	res, body := r.do(t, req)
	if want := (http.Header{"Grpc-Status": {"0"}, "X-Sent": {"yes"}}); body != "hi" || fmt.Sprint(res.Trailer) != fmt.Sprint(want) {
		t.Errorf("got %q, %v", body, res.Trailer)
	}
}

// The client sends what it was asked for only.
func TestExpectContinue(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		if !httpmsg.Expects(req.Body) {
			t.Error("the client does not wait")
		}
		content, _ := io.ReadAll(req.Body)
		if httpmsg.Expects(req.Body) {
			t.Error("the client still waits")
		}
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", content))
	})
	c := r.connect(t)
	c.headers(1, false, post("expect: 100-continue")...)
	f, ok := c.next().(*http2.HeadersFrame)
	if !ok || f.StreamEnded() {
		t.Fatalf("got %v", f)
	}
	if fields, err := c.dec.DecodeFull(f.HeaderBlockFragment()); err != nil || fields[0].Value != "100" {
		t.Fatalf("got %v, %v", fields, err)
	}
	c.must(c.WriteData(1, true, []byte("hi")))
	if status, content, _ := c.answer(1); status != "200" || content != "hi" {
		t.Errorf("got %s %q", status, content)
	}
}

// A request whose stream ends behind its head, in a frame without content, is one without
// content; one of which nothing follows is not waited for for ever.
func TestWithoutContent(t *testing.T) {
	says := func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, fmt.Sprint(req.Body == nil, req.Trailer == nil, req.ContentLength)))
	}
	for _, c := range []struct {
		name, method, length, content string
		stays                         bool // the stream does not end
		want                          string
	}{
		{"GET", "GET", "", "", false, "true true 0"},
		{"DELETE", "DELETE", "", "", false, "true true 0"},
		{"a length of 0", "POST", "0", "", false, "true true 0"},
		{"GET with content", "GET", "", "x", false, "false false -1"},
		{"GET of which nothing follows", "GET", "", "", true, "false false -1"},
		{"POST of which nothing follows", "POST", "", "", true, "false false -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits := DefaultLimits()
			if c.stays {
				limits.HeadTimeout = time.Millisecond
			}
			r := serve(t, &Server{Limits: limits, Handler: says})
			client := r.connect(t)
			fields := []string{":method: " + c.method, ":scheme: http", ":authority: a.example", ":path: /"}
			if c.length != "" {
				fields = append(fields, "content-length: "+c.length)
			}
			client.headers(1, false, fields...)
			if !c.stays {
				client.must(client.WriteData(1, true, []byte(c.content)))
			}
			if status, got, _ := client.answer(1); status != "200" || got != c.want {
				t.Errorf("got %s %q, want %q", status, got, c.want)
			}
		})
	}
}

func TestAnswersWithoutContent(t *testing.T) {
	for _, c := range []struct {
		method string
		res    *httpmsg.Response
		length string
	}{
		{"HEAD", httpmsg.Bytes(200, "", []byte("hi")), "2"},
		{"HEAD", &httpmsg.Response{Status: 200, Body: io.NopCloser(strings.NewReader("hi")), ContentLength: -1}, ""},
		{"GET", &httpmsg.Response{Status: 200}, "0"},
		{"GET", &httpmsg.Response{Status: 204, Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 2}, ""},
		{"GET", &httpmsg.Response{Status: 304, Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 2}, ""},
	} {
		r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
			if n, err := out.Deliver(ctx, req, c.res); n != 0 || err != nil {
				t.Errorf("%s: %d, %v", c.method, n, err)
			}
		})
		if res, body := r.do(t, newRequest(t, c.method, "/", nil)); body != "" || res.StatusCode != c.res.Status || res.Header.Get("Content-Length") != c.length {
			t.Errorf("%s %d: got %q with %v", c.method, c.res.Status, body, res.Header)
		}
	}
}

// An answer that cannot be given, or breaks off, is reset, so that nobody takes it for whole.
func TestBrokenAnswers(t *testing.T) {
	for name, res := range map[string]*httpmsg.Response{
		"too long":         {Status: 200, Body: io.NopCloser(strings.NewReader("hello")), ContentLength: 2},
		"too short":        {Status: 200, Body: io.NopCloser(strings.NewReader("hello")), ContentLength: 7},
		"breaks off":       {Status: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader("hello"), brokenReader{})), ContentLength: -1},
		"memory too short": {Status: 200, Body: httpmsg.NewBytesBody([]byte("hello")), ContentLength: 7},
		"splits":           {Status: 200, Header: httpmsg.NewHeader("X-A", "b\r\nX-B: c")},
		"bad name":         {Status: 200, Header: httpmsg.NewHeader("X A", "b")},
		"interim":          {Status: 101},
	} {
		r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
			if _, err := out.Deliver(ctx, req, res); err == nil {
				t.Errorf("%s: is no error", name)
			}
		})
		got, err := r.client(t).Do(newRequest(t, "GET", "/", nil))
		if err == nil {
			_, err = io.ReadAll(got.Body)
			_ = got.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A head that is larger than a frame goes out in several.
func TestLargeHead(t *testing.T) {
	value := strings.Repeat("x", 40<<10)
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("X-Large", value)})
	})
	if res, _ := r.do(t, newRequest(t, "GET", "/", nil)); res.Header.Get("X-Large") != value {
		t.Errorf("got %d bytes", len(res.Header.Get("X-Large")))
	}
}

func TestPanic(t *testing.T) {
	told := make(chan any, 1)
	r := serve(t, &Server{
		Limits: DefaultLimits(), Panicked: func(reason any, _ []byte) { told <- reason },
		Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
			if req.Target == "/panic" {
				panic("oh")
			}
			echo(ctx, req, refusal, out)
		},
	})
	client := r.client(t)
	if _, err := client.Do(newRequest(t, "GET", "/panic", nil)); err == nil {
		t.Error("the client gets an answer")
	}
	if reason := <-told; reason != "oh" {
		t.Errorf("told of %v", reason)
	}
	res, err := client.Do(newRequest(t, "GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
}

// The requests under way end, and what comes later goes elsewhere.
func TestShutdown(t *testing.T) {
	began, proceed := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		began <- struct{}{}
		<-proceed
		echo(ctx, req, refusal, out)
	})
	answered := make(chan error, 1)
	client := r.client(t)
	go func() { // ends with the answer
		res, err := client.Do(newRequest(t, "GET", "/", nil))
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		answered <- err
	}()
	<-began
	ended := make(chan error, 1)
	go func() { ended <- r.Shutdown(context.Background()) }() // ends with the answer
	for !r.conns.Stopping() {
		runtime.Gosched()
	}
	close(proceed)
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	client2, nc := net.Pipe()
	r.ServeConn(nc, nil)
	if _, err := client2.Read(make([]byte, 1)); err == nil {
		t.Error("a connection is served after the end")
	}
}

// Shutdown ends connections that have nothing to do, and gives up with its context.
func TestShutdownIdle(t *testing.T) {
	r := start(t, echo)
	r.do(t, newRequest(t, "GET", "/", nil))
	if err := r.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestShutdownGivesUp(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, _ *httpmsg.Request, _ *httpmsg.Refusal, _ httpmsg.Outlet) {
		close(began)
		<-ctx.Done()
		close(ended)
	})
	go func() { // ends with Close
		if res, err := r.client(t).Do(newRequest(t, "GET", "/", nil)); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-began
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_ = r.Close()
	<-ended
}

// A client that gives a request up ends the handler's context, and its reads.
func TestClientGivesUp(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 2)
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, _ httpmsg.Outlet) {
		close(began)
		_, err := io.ReadAll(req.Body)
		ended <- err
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		<-derived.Done()
		ended <- ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	go func() { // ends with ctx
		if res, err := r.client(t).Do(newRequest(t, "POST", "/", reader).WithContext(ctx)); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-began
	cancel()
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("the request goes on")
		}
	}
}
