package http2

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"hedge/httpmsg"
)

// What asks for nothing ends the connection before it has cost much.
func TestFloods(t *testing.T) {
	bomb := strings.Repeat("x", 4000)
	for _, c := range []struct {
		name  string
		flood func(c *raw) func(i uint32) error
		code  http2.ErrCode
	}{
		{"SETTINGS", func(c *raw) func(uint32) error { return func(uint32) error { return c.WriteSettings() } }, http2.ErrCodeEnhanceYourCalm},
		{"SETTINGS acknowledged", func(c *raw) func(uint32) error { return func(uint32) error { return c.WriteSettingsAck() } }, http2.ErrCodeEnhanceYourCalm},
		{"PING", func(c *raw) func(uint32) error { return func(uint32) error { return c.WritePing(false, [8]byte{}) } }, http2.ErrCodeEnhanceYourCalm},
		{"PRIORITY", func(c *raw) func(uint32) error {
			return func(i uint32) error { return c.WritePriority(2*i+1, http2.PriorityParam{}) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"unknown frames", func(c *raw) func(uint32) error {
			return func(uint32) error { return c.WriteRawFrame(0xF0, 0, 0, nil) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"WINDOW_UPDATE", func(c *raw) func(uint32) error {
			return func(uint32) error { return c.WriteWindowUpdate(0, 1) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"rapid reset", func(c *raw) func(uint32) error {
			return func(i uint32) error {
				_ = c.send(2*i+1, true, get()...)
				return c.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
			}
		}, http2.ErrCodeEnhanceYourCalm},
		{"MadeYouReset by windows", func(c *raw) func(uint32) error {
			return func(i uint32) error {
				_ = c.send(2*i+1, true, get()...)
				return c.WriteWindowUpdate(2*i+1, 1<<31-1)
			}
		}, http2.ErrCodeEnhanceYourCalm},
		{"MadeYouReset by DATA", func(c *raw) func(uint32) error {
			return func(i uint32) error {
				_ = c.send(2*i+1, true, get()...)
				return c.WriteData(2*i+1, true, []byte("x"))
			}
		}, http2.ErrCodeEnhanceYourCalm},
		{"malformed requests", func(c *raw) func(uint32) error {
			return func(i uint32) error { return c.send(2*i+1, true, get("connection: close")...) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"more streams than allowed", func(c *raw) func(uint32) error {
			return func(i uint32) error { return c.send(2*i+1, true, get()...) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"empty DATA", func(c *raw) func(uint32) error {
			c.headers(1, false, post()...)
			return func(uint32) error { return c.WriteData(1, false, nil) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"padded empty DATA", func(c *raw) func(uint32) error {
			c.headers(1, false, post()...)
			return func(uint32) error { return c.WriteDataPadded(1, false, nil, make([]byte, 100)) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"CONTINUATION", func(c *raw) func(uint32) error {
			block := c.encode(get("x-a: " + bomb)...)
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block})
			fragment := append([]byte(nil), c.encode("x-b: "+bomb)...)
			return func(uint32) error { return c.WriteContinuation(1, false, fragment) }
		}, http2.ErrCodeEnhanceYourCalm},
		{"empty CONTINUATION", func(c *raw) func(uint32) error {
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.encode(get()...)})
			return func(uint32) error { return c.WriteContinuation(1, false, nil) }
		}, http2.ErrCodeEnhanceYourCalm},
	} {
		t.Run(c.name, func(t *testing.T) {
			var handlers atomic.Int32
			r := start(t, func(ctx context.Context, _ *httpmsg.Request, _ *httpmsg.Refusal, _ httpmsg.Outlet) {
				handlers.Add(1)
				<-ctx.Done() // as one that waits for an origin
			})
			before := heap()
			conn := r.connect(t)
			if code := conn.until(c.flood(conn)); code != c.code && code != http2.ErrCodeNo {
				t.Errorf("the connection ends with %v, want %v", code, c.code)
			}
			if n := handlers.Load(); n > int32(r.Limits.Resets+2*r.Limits.Streams) {
				t.Errorf("%d handlers have begun", n)
			}
			if after := heap(); after > before+32<<20 {
				t.Errorf("%d MiB more are in use", (after-before)>>20)
			}
		})
	}
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// One stream too many is refused, and another may follow when one has ended.
func TestTooManyStreams(t *testing.T) {
	limits := DefaultLimits()
	limits.Streams = 2
	proceed := make(chan struct{})
	r := serve(t, &Server{Limits: limits, Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		<-proceed
		echo(ctx, req, refusal, out)
	}})
	c := r.connect(t)
	for id := uint32(1); id <= 5; id += 2 {
		c.headers(id, true, get()...)
	}
	if _, _, reset := c.answer(5); reset != http2.ErrCodeRefusedStream {
		t.Errorf("got %v", reset)
	}
	close(proceed)
	for range 2 {
		for {
			if f, ok := c.next().(*http2.DataFrame); ok && f.StreamEnded() {
				break
			}
		}
	}
	c.headers(7, true, get()...)
	for {
		if f, ok := c.next().(*http2.DataFrame); ok && f.StreamID == 7 {
			break
		}
	}
}

// A client that cancels some of its requests keeps its connection.
func TestHonestResets(t *testing.T) {
	r := start(t, echo)
	c := r.connect(t)
	for i := uint32(0); i < 2000; i += 2 {
		c.headers(2*i+1, false, post()...)
		c.must(c.WriteRSTStream(2*i+1, http2.ErrCodeCancel))
		c.headers(2*i+3, true, get()...)
		if status, _, reset := c.answer(2*i + 3); status != "200" {
			t.Fatalf("%d: %q, %v", i, status, reset)
		}
	}
}

// Small references into the table do not become large heads.
func TestHPACKBomb(t *testing.T) {
	r := start(t, echo)
	c := r.connect(t)
	fields := get("x-bomb: " + strings.Repeat("x", 3900))
	for range 90 {
		fields = append(fields, "x-bomb: "+strings.Repeat("x", 3900))
	}
	c.headers(1, true, fields...)
	if status, content, _ := c.answer(1); status != "431" {
		t.Errorf("got %s %s", status, content)
	}
	c.headers(3, true, get()...) // the table is as it was
	if status, _, _ := c.answer(3); status != "200" {
		t.Errorf("got %s", status)
	}
}

// A client that does not read holds one connection's memory, and no other's time.
func TestSlowReader(t *testing.T) {
	large := strings.Repeat("x", 8<<20)
	var delivered atomic.Int32
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Target != "/large" {
			echo(ctx, req, refusal, out)
			return
		}
		body := io.NopCloser(strings.NewReader(large))
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Body: body, ContentLength: -1})
		delivered.Add(1)
	})
	before := heap()
	c := r.connect(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	c.must(c.WriteWindowUpdate(0, 1<<31-1-65535))
	for id := uint32(1); id < 200; id += 2 {
		c.headers(id, true, ":method: GET", ":scheme: http", ":authority: a.example", ":path: /large")
	}
	other := r.connect(t)
	other.headers(1, true, get()...)
	if status, _, _ := other.answer(1); status != "200" {
		t.Errorf("got %s", status)
	}
	if after := heap(); after > before+16<<20 {
		t.Errorf("%d MiB are in use", (after-before)>>20)
	}
	_ = c.Close()
	for delivered.Load() < 100 {
		runtime.Gosched()
	}
}

// Nor does one that asks for answers without content, and reads none of them.
func TestUnreadHeads(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 204, Header: httpmsg.NewHeader("X-Large", strings.Repeat("x", 4000))})
	})
	before := heap()
	c := r.connect(t)
	done := make(chan struct{})
	go func() { // ends with the connection, which the budget for refused streams ends
		defer close(done)
		for id := uint32(1); c.send(id, true, get()...) == nil; id += 2 {
		}
	}()
	<-done
	if after := heap(); after > before+32<<20 {
		t.Errorf("%d MiB are in use", (after-before)>>20)
	}
}

// talk sends some content, and returns when it has come back.
func (c *raw) talk(id uint32) {
	c.t.Helper()
	c.must(c.WriteData(id, false, []byte("hello")))
	for {
		switch f := c.next().(type) {
		case *http2.DataFrame:
			return
		case *http2.GoAwayFrame:
			c.t.Fatalf("the connection ends: %v %s", f.ErrCode, f.DebugData())
		}
	}
}

// repeat answers with the content of the request, piece by piece, and without if it has none.
func repeat(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
	res := &httpmsg.Response{Status: 204}
	if req.Body != nil {
		res = &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1}
	}
	_, _ = out.Deliver(ctx, req, res)
}

// A client that opens both windows for each piece of an answer, however short, keeps its
// connection.
func TestHonestUpdates(t *testing.T) {
	r := start(t, repeat)
	c := r.connect(t)
	c.headers(1, false, post()...)
	for range 3 * r.Limits.Controls {
		c.talk(1)
		c.must(c.WriteWindowUpdate(0, 5))
		c.must(c.WriteWindowUpdate(1, 5))
	}
}

// One that sends a PING for each piece of an answer, as clients of gRPC do, or for each
// answer, keeps it, too.
func TestHonestPings(t *testing.T) {
	r := start(t, repeat)
	c := r.connect(t)
	c.headers(1, false, post()...)
	for range 3 * r.Limits.Controls {
		c.talk(1)
		c.must(c.WritePing(false, [8]byte{}))
	}
	for i := range uint32(3 * r.Limits.Controls) {
		c.headers(2*i+3, true, get()...)
		if status, _, _ := c.answer(2*i + 3); status != "204" {
			t.Fatalf("got %s", status)
		}
		c.must(c.WritePing(false, [8]byte{}))
	}
}

// One that opens its window by single bytes makes a frame of each, and loses it.
func TestDribble(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", make([]byte, 1<<20)))
	})
	c := r.connect(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	c.headers(1, true, get()...)
	for range 3 * r.Limits.Controls {
		c.must(c.WriteWindowUpdate(1, 1))
		f := c.next()
		for f.Header().Type == http2.FrameHeaders {
			f = c.next()
		}
		if gone, ok := f.(*http2.GoAwayFrame); ok {
			if gone.ErrCode != http2.ErrCodeEnhanceYourCalm {
				t.Errorf("the connection ends with %v", gone.ErrCode)
			}
			return
		}
	}
	t.Error("the connection does not end")
}

// What was on its way when we have reset streams, their content and their trailers, is no
// abuse, however many streams there were.
func TestLateFramesOfStreamsThatWereReset(t *testing.T) {
	r := start(t, echo) // which answers before the content has come
	c := r.connect(t)
	most := uint32(r.Limits.Streams)
	for i := range most {
		c.headers(2*i+1, false, post()...)
	}
	for resets := uint32(0); resets < most; {
		switch f := c.next().(type) {
		case *http2.RSTStreamFrame:
			if resets++; f.ErrCode != http2.ErrCodeNo {
				t.Fatalf("reset with %v", f.ErrCode)
			}
		case *http2.GoAwayFrame:
			t.Fatalf("the connection ends: %v", f.ErrCode)
		}
	}
	for range 3 {
		for i := range most {
			c.must(c.WriteData(2*i+1, false, []byte("hello")))
		}
	}
	for i := range most {
		c.headers(2*i+1, true, "x-end: 1")
	}
	c.headers(2*most+1, true, get()...)
	if status, _, reset := c.answer(2*most + 1); status != "200" {
		t.Errorf("got %q, %v", status, reset)
	}
}
