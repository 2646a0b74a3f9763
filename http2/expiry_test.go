package http2

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// age lets the server's clock run, an hour at a time, until done is closed.
func (r *running) age(done <-chan struct{}) {
	for now := time.Now(); ; now = now.Add(time.Hour) {
		select {
		case <-done:
			return
		default:
			r.tick(now)
			r.expire()
			runtime.Gosched()
		}
	}
}

// What has begun has to go on, and what does nothing is ended.
func TestExpiry(t *testing.T) {
	for name, send := range map[string]string{
		"nothing":               "",
		"half a preface":        http2.ClientPreface[:5],
		"no SETTINGS":           http2.ClientPreface,
		"half a frame's head":   http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x00",
		"half a frame":          http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x00\x08\x06\x00\x00\x00\x00\x00abc",
		"half a header block":   http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x00\x01\x01\x01\x00\x00\x00\x01" + "\x82",
		"no request, only PING": http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x00\x08\x06\x00\x00\x00\x00\x00abcdefgh",
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, echo)
			nc, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			_ = nc.SetDeadline(time.Now().Add(patience))
			if _, err := io.WriteString(nc, send); err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() { // ends with the connection
				defer close(done)
				if _, err := io.Copy(io.Discard, nc); isTimeout(err) {
					t.Error("the connection does not end")
				}
			}()
			r.age(done)
		})
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

// A client without requests is told before its connection ends.
func TestIdleConnection(t *testing.T) {
	r := start(t, echo)
	c := r.connect(t)
	c.headers(1, true, get()...)
	if status, _, _ := c.answer(1); status != "200" {
		t.Fatal(status)
	}
	r.settle(0)
	r.tick(time.Now().Add(r.Limits.IdleTimeout + 2*time.Second))
	r.expire()
	if f, ok := c.next().(*http2.GoAwayFrame); !ok || f.ErrCode != http2.ErrCodeNo || f.LastStreamID != maxWindow {
		t.Errorf("got %v", f)
	}
	ping, ok := c.next().(*http2.PingFrame)
	if !ok {
		t.Fatal("there is no PING")
	}
	data := ping.Data
	c.headers(3, true, get()...) // it did not know yet
	c.must(c.WritePing(true, data))
	served := false
	for {
		f, err := c.ReadFrame()
		if err != nil {
			break
		}
		switch f := f.(type) {
		case *http2.GoAwayFrame:
			if f.LastStreamID != 3 {
				t.Errorf("got %v", f)
			}
		case *http2.HeadersFrame:
			served = f.StreamID == 3
		}
	}
	if !served {
		t.Error("a request that was under way at the end is lost")
	}
}

// settle waits until so many handlers run, and nothing is read or written.
func (r *running) settle(handlers int) {
	for _, c := range r.conns.List() {
		c.mu.Lock()
		for c.running != handlers {
			c.changed.Wait()
		}
		c.mu.Unlock()
		for c.awaited.Load() != 0 || c.writing.Load() != 0 {
			runtime.Gosched()
		}
	}
}

// Who is being answered is not idle, however long it takes.
func TestBusyDoesNotExpire(t *testing.T) {
	began, proceed := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		close(began)
		<-proceed
		echo(ctx, req, refusal, out)
	})
	c := r.connect(t)
	c.headers(1, true, get()...)
	<-began
	r.settle(1)
	r.tick(time.Now().Add(time.Hour))
	r.expire()
	close(proceed)
	if status, _, reset := c.answer(1); status != "200" {
		t.Errorf("got %q, %v", status, reset)
	}
}

// reading waits until somebody waits for content, or with false until nobody does.
func (r *running) reading(t *testing.T, somebody bool) {
	t.Helper()
	waits := func() (is bool) {
		for _, c := range r.conns.List() {
			c.mu.Lock()
			for _, st := range c.streams {
				is = is || st.body.due != 0
			}
			c.mu.Unlock()
		}
		return is
	}
	for end := time.Now().Add(patience); waits() != somebody; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("that does not happen")
		}
	}
}

// reads reads the request's content byte by byte, and answers with the outcome of that.
// Each Read is to be let by proceed.
func reads(proceed <-chan struct{}) httpmsg.Handler {
	return func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		var err error
		for buf := make([]byte, 1); err == nil; {
			<-proceed
			_, err = req.Body.Read(buf)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, string(hedge.OutcomeOf(err))))
	}
}

// Content that stalls does not hold a request for ever. There is an answer to that, and the
// connection goes on.
func TestBodyExpiry(t *testing.T) {
	proceed := make(chan struct{})
	r := start(t, reads(proceed))
	c := r.connect(t)
	c.headers(1, false, post()...)
	c.must(c.WriteData(1, false, []byte("x")))
	proceed <- struct{}{}
	proceed <- struct{}{}
	r.reading(t, true)
	r.settle(1)
	r.tick(time.Now().Add(r.Limits.BodyTimeout + 2*time.Second))
	r.expire()
	if status, content, _ := c.answer(1); status != "200" || content != "client-timeout" {
		t.Errorf("got %q, %q", status, content)
	}
	c.headers(3, false, post()...)
	c.must(c.WriteData(3, true, []byte("x")))
	proceed <- struct{}{}
	if status, content, _ := c.answer(3); status != "200" || content != "ok" {
		t.Errorf("got %q, %q", status, content)
	}
}

// What a handler takes its time for is not the client's fault, nor what it cannot send
// because nobody reads what it has sent.
func TestSlowHandlerIsNotTheClientsFault(t *testing.T) {
	proceed := make(chan struct{})
	limits := DefaultLimits()
	limits.ConnWindow = limits.StreamWindow
	r := serve(t, &Server{Limits: limits, Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Target != "/unread" {
			reads(proceed)(ctx, req, refusal, out)
			return
		}
		<-proceed
		echo(ctx, req, refusal, out)
	}})
	c := r.connect(t)
	c.headers(1, false, post()...)
	c.must(c.WriteData(1, false, []byte("x")))
	proceed <- struct{}{}
	r.reading(t, false)
	r.settle(1)
	r.tick(time.Now().Add(2 * limits.StreamIdleTimeout))
	r.expire() // nobody reads
	proceed <- struct{}{}
	r.reading(t, true)

	c.headers(3, false, ":method: POST", ":scheme: http", ":authority: a.example", ":path: /unread")
	for left := limits.ConnWindow - 1; left > 0; { // of the window, of which one byte is used up
		n := min(left, maxFrame)
		c.must(c.WriteData(3, false, make([]byte, n)))
		left -= n
	}
	r.exhausted(t)
	r.tick(time.Now().Add(4 * limits.StreamIdleTimeout))
	r.expire() // nobody can send
	proceed <- struct{}{}
	if status, _, _ := c.answer(3); status != "200" {
		t.Errorf("got %q", status)
	}
	c.must(c.WriteData(1, true, nil))
	if status, content, _ := c.answer(1); status != "200" || content != "ok" {
		t.Errorf("got %q, %q", status, content)
	}
}

// exhausted waits until the window of the connection is used up.
func (r *running) exhausted(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); ; runtime.Gosched() {
		for _, c := range r.conns.List() {
			c.mu.Lock()
			left := c.receive
			c.mu.Unlock()
			if left == 0 && c.awaited.Load() == 0 {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatal("the window is not used up")
		}
	}
}

// Once the answer has begun, client and server may talk by turns, and take their time. What
// moves neither way is ended all the same.
func TestContentBesideTheAnswer(t *testing.T) {
	ended := make(chan error, 1)
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, err := out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1})
		ended <- err
	})
	c := r.connect(t)
	c.headers(1, false, post()...)
	if f, ok := c.next().(*http2.HeadersFrame); !ok {
		t.Fatalf("got %v", f)
	}
	r.reading(t, true)
	r.settle(1)
	r.tick(time.Now().Add(r.Limits.StreamIdleTimeout / 2))
	r.expire()
	c.must(c.WriteData(1, false, []byte("x")))
	if f, ok := c.next().(*http2.DataFrame); !ok || string(f.Data()) != "x" {
		t.Fatalf("got %v", f)
	}
	r.reading(t, true)
	r.settle(1)
	r.tick(time.Now().Add(3 * r.Limits.StreamIdleTimeout))
	r.expire()
	if err := <-ended; hedge.OutcomeOf(err) != hedge.OutcomeClientTimeout {
		t.Errorf("got %v", err)
	}
	if _, _, reset := c.answer(1); reset != http2.ErrCodeInternal {
		t.Errorf("got %v", reset)
	}
}

// A client that never opens its window does not hold an answer for ever.
func TestClosedWindow(t *testing.T) {
	limits := DefaultLimits()
	limits.WriteTimeout = 10 * time.Millisecond
	failed := make(chan error, 1)
	r := serve(t, &Server{Limits: limits, Handler: func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, err := out.Deliver(ctx, req, httpmsg.Text(200, "hello"))
		failed <- err
	}})
	c := r.connect(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	c.headers(1, true, get()...)
	if err := <-failed; err == nil {
		t.Error("the answer is delivered")
	}
	if _, _, reset := c.answer(1); reset != http2.ErrCodeInternal {
		t.Errorf("got %v", reset)
	}
}

// A window of one byte at a time is enough, and so is one that was negative.
func TestSmallWindows(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, "hello"))
	})
	c := r.connect(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2})
	c.headers(1, true, get()...)
	var got strings.Builder
	for got.Len() < 2 {
		if f, ok := c.next().(*http2.DataFrame); ok {
			got.Write(f.Data())
		}
	}
	c.must(c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})) // makes it -2
	for range 2 + len("llo") {
		c.must(c.WriteWindowUpdate(1, 1))
	}
	for got.Len() < 5 {
		if f, ok := c.next().(*http2.DataFrame); ok {
			got.Write(f.Data())
		}
	}
	if got.String() != "hello" {
		t.Errorf("got %q", &got)
	}
}

// Graceful ends serve what was sent before the client knew.
func TestDrainServesWhatWasSent(t *testing.T) {
	began, proceed := make(chan struct{}, 2), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		began <- struct{}{}
		<-proceed
		echo(ctx, req, refusal, out)
	})
	c := r.connect(t)
	c.headers(1, true, get()...)
	<-began
	go func() { _ = r.Shutdown(context.Background()) }() // ends with the connection
	if f, ok := c.next().(*http2.GoAwayFrame); !ok || f.LastStreamID != maxWindow {
		t.Fatalf("got %v", f)
	}
	ping, ok := c.next().(*http2.PingFrame)
	if !ok {
		t.Fatal("there is no PING")
	}
	data := ping.Data
	c.headers(3, true, get()...)
	<-began
	c.must(c.WritePing(true, data))
	if f, ok := c.next().(*http2.GoAwayFrame); !ok || f.LastStreamID != 3 {
		t.Fatalf("got %v", f)
	}
	c.headers(5, true, get()...) // is for another connection
	close(proceed)
	answered := map[uint32]bool{}
	for {
		f, err := c.ReadFrame()
		if err != nil {
			break
		}
		if f, ok := f.(*http2.HeadersFrame); ok {
			answered[f.StreamID] = true
		}
	}
	if !answered[1] || !answered[3] || answered[5] {
		t.Errorf("answered %v", answered)
	}
}
