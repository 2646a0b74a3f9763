package http3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"hedge/httpmsg"
)

func TestRequest(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		var content []byte
		if req.Body != nil {
			content, _ = io.ReadAll(req.Body)
		}
		text := fmt.Sprintf("%s %s %s %s %d %q cookie=%q %s", req.Method, req.URL(), req.Proto, req.Header.Get("x-a"), req.ContentLength, content, req.Header.Values("cookie"), req.TLS.ServerName)
		_, _ = out.Deliver(ctx, req, httpmsg.Text(201, text))
	})
	req := newRequest(t, "PUT", "/a?b=c", strings.NewReader("hello"))
	req.Header.Set("X-A", "b")
	req.Header.Set("Cookie", "a=b; c=d")
	res, body := do(t, r.client(t), req)
	want := `PUT https://a.example/a?b=c HTTP/3.0 b 5 "hello" cookie=["a=b; c=d"] a.example`
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
			got, err := io.ReadAll(res.Body)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d of %d bytes came back, and %v", len(got), len(content), err)
			}
		})
	}
	wait.Wait()
}

// What is in memory and larger than what is copied at once arrives whole.
func TestInMemory(t *testing.T) {
	for _, size := range []int{0, 1, joined, joined + 1, 3*streamRead + 5} {
		r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
			_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", bytes.Repeat([]byte{'x'}, size)))
		})
		if _, body := do(t, r.client(t), newRequest(t, "GET", "/", nil)); len(body) != size {
			t.Errorf("%d bytes became %d", size, len(body))
		}
	}
}

// A request without content is sent on without, which the head alone does not tell.
func TestWithoutContent(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, fmt.Sprint(req.Body == nil, req.ContentLength)))
	})
	for _, method := range []string{"GET", "POST", "DELETE"} {
		if _, body := do(t, r.client(t), newRequest(t, method, "/", nil)); body != "true 0" {
			t.Errorf("%s: got %s", method, body)
		}
	}
}

func TestAnswersWithoutContent(t *testing.T) {
	for _, c := range []struct {
		method string
		res    httpmsg.Response
		length string
	}{
		{"HEAD", httpmsg.Response{Status: 200, ContentLength: 12}, "12"},
		{"HEAD", httpmsg.Response{Status: 200, ContentLength: -1}, ""},
		{"GET", httpmsg.Response{Status: 204}, ""},
		{"GET", httpmsg.Response{Status: 304, ContentLength: 12}, ""},
		{"GET", httpmsg.Response{Status: 200}, "0"},
	} {
		r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
			_, _ = out.Deliver(ctx, req, &c.res)
		})
		if res, body := do(t, r.client(t), newRequest(t, c.method, "/", nil)); body != "" || res.StatusCode != c.res.Status || res.Header.Get("Content-Length") != c.length {
			t.Errorf("%s %d: got %d, %q and a length of %q", c.method, c.res.Status, res.StatusCode, body, res.Header.Get("Content-Length"))
		}
	}
}

// Interim answers come before the final one, as far as they are for the client.
func TestInterimAnswers(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		link := httpmsg.NewHeader("Link", "</a.css>", "Content-Length", "7", "Bad\nName", "x")
		out.Interim(101, &link)
		out.Interim(103, &link)
		echo(ctx, req, refusal, out)
		out.Interim(103, &link) // too late
	})
	var got []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		got = append(got, fmt.Sprint(code, " ", h))
		return nil
	}}
	req := newRequest(t, "GET", "/", nil)
	res, err := r.client(t).Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if want := "103 map[Link:[</a.css>]]"; strings.Join(got, ",") != want || string(body) != "GET /" || err != nil {
		t.Errorf("%q, then %q, %v; want %q", got, body, err, want)
	}
}

func TestTrailers(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		content, _ := io.ReadAll(req.Body)
		got := req.Trailer()
		var header httpmsg.Header
		header.Add("Grpc-Status", got.Get("x-sum"))
		header.Add("Content-Length", "5") // frames the message, and so comes too late
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{
			Status: 200, ContentLength: -1, Body: io.NopCloser(bytes.NewReader(content)),
			Trailer: func() httpmsg.Header { return header },
		})
	})
	req := newRequest(t, "POST", "/", io.MultiReader(strings.NewReader("hello")))
	req.Trailer = http.Header{"X-Sum": {"7"}}
	res, body := do(t, r.client(t), req)
	if body != "hello" || res.Trailer.Get("Grpc-Status") != "7" || len(res.Trailer) != 1 {
		t.Errorf("got %q and the trailer %v", body, res.Trailer)
	}
}

// Answers that are not what they say they are do not arrive as whole ones.
func TestBrokenAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		length int64
		body   io.ReadCloser
	}{
		"too short":        {10, io.NopCloser(strings.NewReader("hello"))},
		"too long":         {3, io.NopCloser(strings.NewReader("hello"))},
		"breaks off":       {-1, io.NopCloser(io.MultiReader(strings.NewReader("hello"), broken{}))},
		"memory too short": {10, httpmsg.NewBytesBody([]byte("hello"))},
	} {
		t.Run(name, func(t *testing.T) {
			delivered := make(chan error, 1)
			r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
				_, err := out.Deliver(ctx, req, &httpmsg.Response{Status: 200, ContentLength: c.length, Body: c.body})
				delivered <- err
			})
			res, err := r.client(t).Do(newRequest(t, "GET", "/", nil))
			if err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			if err == nil {
				t.Error("the client takes it for whole")
			}
			if err := <-delivered; err == nil {
				t.Error("nobody was told")
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

// A client that goes away ends the context of its request.
func TestClientGone(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		close(began)
		<-ctx.Done()
		close(ended)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	if _, err := r.client(t).Do(newRequest(t, "GET", "/", nil).WithContext(ctx)); err == nil {
		t.Error("there is an answer")
	}
	<-ended
}

// Who answers without reading everything gets the answer through.
func TestEarlyAnswer(t *testing.T) {
	r := start(t, echo)
	client := r.client(t)
	for range 3 {
		body := bytes.NewReader(make([]byte, 4<<20))
		res, err := client.Do(newRequest(t, "POST", "/", body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(res.Body); string(got) != "POST /" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		_ = res.Body.Close()
	}
}

// A panic ends its own request alone.
func TestPanic(t *testing.T) {
	reasons := make(chan any, 1)
	r := serve(t, &Server{
		Limits:   DefaultLimits(),
		Panicked: func(reason any, _ []byte) { reasons <- reason },
		Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
			if req.Target == "/panic" {
				panic("oh")
			}
			echo(ctx, req, refusal, out)
		},
	})
	client := r.client(t)
	if _, err := client.Do(newRequest(t, "GET", "/panic", nil)); err == nil {
		t.Error("there is an answer")
	}
	if reason := <-reasons; reason != "oh" {
		t.Errorf("got %v", reason)
	}
	if _, body := do(t, client, newRequest(t, "GET", "/", nil)); body != "GET /" {
		t.Errorf("got %q", body)
	}
}

func TestShutdownDrains(t *testing.T) {
	began, proceed := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		close(began)
		<-proceed
		echo(ctx, req, refusal, out)
	})
	answers := make(chan string, 1)
	client := r.client(t)
	go func() {
		_, body := do(t, client, newRequest(t, "GET", "/wait", nil))
		answers <- body
	}()
	<-began
	ended := make(chan error, 1)
	go func() { ended <- r.Shutdown(context.Background()) }()
	close(proceed)
	if body := <-answers; body != "GET /wait" {
		t.Errorf("got %q", body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if pc, err := net.ListenPacket("udp", r.addr); err != nil {
		t.Errorf("the socket is still open: %v", err)
	} else {
		_ = pc.Close()
	}
}

func TestShutdownGivesUp(t *testing.T) {
	began, proceed := make(chan struct{}), make(chan struct{})
	r := start(t, func(context.Context, *httpmsg.Request, *httpmsg.Refusal, httpmsg.Outlet) {
		close(began)
		<-proceed
	})
	go func() {
		_, err := r.client(t).Do(newRequest(t, "GET", "/", nil))
		if err == nil {
			t.Error("there is an answer")
		}
	}()
	<-began
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(proceed)
}
