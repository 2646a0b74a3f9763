package http1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

func TestKeepAlive(t *testing.T) {
	r := start(t, echo)
	nc := r.dial(t, "")
	for i := range 3 {
		target := fmt.Sprint("/", i)
		_, _ = io.WriteString(nc, head("GET "+target+" HTTP/1.1", "Host: a"))
		expect(t, nc, ok200+"Content-Length: 6\r\n\r\nGET "+target)
	}
	_, _ = io.WriteString(nc, get("Connection: close"))
	expect(t, nc, ok200+"Content-Length: 5\r\n"+closes+"\r\nGET /")
	expectEnd(t, nc)
}

func TestHTTP10(t *testing.T) {
	r := start(t, echo)
	if got, want := r.talk(t, head("GET / HTTP/1.0")+get()), ok200+"Content-Length: 5\r\n"+closes+"\r\nGET /"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	nc := r.dial(t, head("GET / HTTP/1.0", "Connection: Keep-Alive")+get())
	expect(t, nc, ok200+"Content-Length: 5\r\nConnection: keep-alive\r\n\r\nGET /"+ok200+"Content-Length: 5\r\n\r\nGET /")
}

func TestPipelining(t *testing.T) {
	r := start(t, echo)
	var send, want strings.Builder
	for i := range 100 {
		target := fmt.Sprintf("/%03d", i)
		if i%2 == 0 {
			send.WriteString(head("PUT "+target+" HTTP/1.1", "Host: a", "Content-Length: 5") + "GET /")
		} else {
			send.WriteString(head("PUT "+target+" HTTP/1.1", "Host: a"))
		}
		want.WriteString(ok200 + "Content-Length: 8\r\n\r\nPUT " + target)
	}
	expect(t, r.dial(t, send.String()), want.String())
}

// A refused request is the last of its connection, whatever follows it.
func TestNothingIsSmuggled(t *testing.T) {
	var served atomic.Int32
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if refusal == nil {
			served.Add(1)
		}
		echo(ctx, req, refusal, out)
	})
	for _, c := range requests {
		if len(c.want) != len("400") {
			continue
		}
		got := r.talk(t, c.raw+head("GET /smuggled HTTP/1.1", "Host: a"))
		if served.Swap(0) != 0 || !strings.HasPrefix(got, "HTTP/1.1 "+c.want+" ") || strings.Count(got, "Content-Length: ") != 1 || !strings.Contains(got, closes) {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

func TestHeadIsRefusedWithoutContent(t *testing.T) {
	got := start(t, echo).talk(t, head("HEAD / HTTP/1.1", "Host: a", "Host: b"))
	if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.HasSuffix(got, "\r\n\r\n") {
		t.Errorf("got %q", got)
	}
}

// What is on the wire, byte by byte. Each connection ends, some without a warning.
func TestDeliver(t *testing.T) {
	broken := hedge.Errorf(hedge.OutcomeOriginReset, "broke off")
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		name, method, proto string
		res                 *httpmsg.Response
		want                string
		sent                int64
		fails               bool
	}{
		{"in memory", "GET", "1.1", httpmsg.Bytes(200, "", []byte("hi")), ok200 + "Content-Length: 2\r\n" + closes + "\r\nhi", 2, false},
		{"large", "GET", "1.1", httpmsg.Bytes(200, "", []byte(long)), ok200 + "Content-Length: 1048576\r\n" + closes + "\r\n" + long, 1 << 20, false},
		{"close once", "GET", "1.1", &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Connection", "close", "Connection", "keep-alive")}, ok200 + "Content-Length: 0\r\n" + closes + "\r\n", 0, false},
		{"own reason", "GET", "1.1", &httpmsg.Response{Status: 299, Reason: "Fine"}, "HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n" + closes + "\r\n", 0, false},
		{"reason that splits", "GET", "1.1", &httpmsg.Response{Status: 200, Reason: "OK\r\nX: y"}, ok200 + "Content-Length: 0\r\n" + closes + "\r\n", 0, false},
		{"HEAD", "HEAD", "1.1", httpmsg.Bytes(200, "", []byte("hi")), ok200 + "Content-Length: 2\r\n" + closes + "\r\n", 0, false},
		{"HEAD of a stream", "HEAD", "1.1", stream(-1, io.EOF, "hi"), ok200 + closes + "\r\n", 0, false},
		{"204 with content", "GET", "1.1", &httpmsg.Response{Status: 204, Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 2}, "HTTP/1.1 204 No Content\r\n" + closes + "\r\n", 0, false},
		{"304 with content", "GET", "1.1", &httpmsg.Response{Status: 304, Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 2}, "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n" + closes + "\r\n", 0, false},
		{"stream", "GET", "1.1", stream(-1, io.EOF, "hi", " you"), ok200 + "Transfer-Encoding: chunked\r\n" + closes + "\r\n2\r\nhi\r\n4\r\n you\r\n0\r\n\r\n", 6, false},
		{"stream of known length", "GET", "1.1", stream(6, io.EOF, "hi", " you"), ok200 + "Content-Length: 6\r\n" + closes + "\r\nhi you", 6, false},
		{"stream to HTTP/1.0", "GET", "1.0", stream(-1, io.EOF, "hi", " you"), ok200 + closes + "\r\nhi you", 6, false},

		{"broken stream", "GET", "1.1", stream(-1, broken, "hi"), ok200 + "Transfer-Encoding: chunked\r\n" + closes + "\r\n2\r\nhi\r\n", 2, true},
		{"broken stream to HTTP/1.0", "GET", "1.0", stream(-1, broken, "hi"), ok200 + closes + "\r\nhi", 2, true},
		{"too short", "GET", "1.1", stream(3, io.EOF, "hi"), ok200 + "Content-Length: 3\r\n" + closes + "\r\nhi", 2, true},
		{"too long", "GET", "1.1", stream(3, io.EOF, "hi", " you"), ok200 + "Content-Length: 3\r\n" + closes + "\r\nhi", 2, true},
		{"in memory and too short", "GET", "1.1", &httpmsg.Response{Status: 200, Body: httpmsg.NewBytesBody([]byte("hi")), ContentLength: 3}, "", 0, true},
		{"value that splits", "GET", "1.1", &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("X-A", "b\r\nX-B: c")}, "", 0, true},
		{"name that splits", "GET", "1.1", &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("X-A: b\r\nX-B", "c")}, "", 0, true},
		{"interim status", "GET", "1.1", &httpmsg.Response{Status: 101}, "", 0, true},
		{"status of four digits", "GET", "1.1", &httpmsg.Response{Status: 2000}, "", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			type result struct {
				sent int64
				err  error
			}
			delivered := make(chan result, 1)
			r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
				n, err := out.Deliver(ctx, req, c.res)
				delivered <- result{n, err}
			})
			nc := r.dial(t, head(c.method+" / HTTP/"+c.proto, "Host: a", "Connection: close"))
			if c.want != "" {
				expect(t, nc, c.want)
			}
			if got := <-delivered; got.sent != c.sent || (got.err != nil) != c.fails {
				t.Errorf("got %+v", got)
			}
			expectEnd(t, nc)
		})
	}
}

// pieces is a body that comes in pieces and ends with an error.
type pieces struct {
	list []string
	end  error
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.list) == 0 {
		return 0, p.end
	}
	n := copy(b, p.list[0])
	p.list = p.list[1:]
	return n, nil
}
func (p *pieces) Close() error { return nil }

func stream(length int64, end error, list ...string) *httpmsg.Response {
	return &httpmsg.Response{Status: 200, Body: &pieces{list, end}, ContentLength: length}
}

// Each read goes out before the next.
func TestStreamIsNotHeldBack(t *testing.T) {
	from, to := io.Pipe()
	r := start(t, answering(func() *httpmsg.Response {
		return &httpmsg.Response{Status: 200, Body: from, ContentLength: -1}
	}))
	nc := r.dial(t, get())
	expect(t, nc, ok200+"Transfer-Encoding: chunked\r\n\r\n")
	for range 3 {
		_, _ = io.WriteString(to, "hi")
		expect(t, nc, "2\r\nhi\r\n")
	}
	_ = to.Close()
	expect(t, nc, "0\r\n\r\n")
}

func TestNothingDelivered(t *testing.T) {
	r := start(t, func(context.Context, *httpmsg.Request, *httpmsg.Refusal, httpmsg.Outlet) {})
	expectEnd(t, r.dial(t, get()+get()))
	expectEnd(t, r.dial(t, "nonsense\r\n\r\n"))
}

// A panic ends its own connection only, and is reported.
func TestPanic(t *testing.T) {
	reported := make(chan string, 1)
	s := &Server{Limits: DefaultLimits(), Panicked: func(reason any, stack []byte) { reported <- fmt.Sprintf("%v %t", reason, len(stack) > 0) }}
	s.Handler = func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Target == "/panic" {
			panic("oh")
		}
		echo(ctx, req, refusal, out)
	}
	r := serve(t, s)
	other := r.dial(t, get())
	expect(t, other, ok200+"Content-Length: 5\r\n\r\nGET /")
	expectEnd(t, r.dial(t, head("PUT /panic HTTP/1.1", "Host: a", "Content-Length: 9")))
	if got := <-reported; got != "oh true" {
		t.Errorf("reported %q", got)
	}
	_, _ = io.WriteString(other, get())
	expect(t, other, ok200+"Content-Length: 5\r\n\r\nGET /")
}

// waiting is a handler that says when it has begun, and goes on when it is told.
func waiting() (handler httpmsg.Handler, began chan struct{}, proceed chan struct{}) {
	began, proceed = make(chan struct{}), make(chan struct{})
	return func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Target == "/wait" {
			began <- struct{}{}
			<-proceed
		}
		echo(ctx, req, refusal, out)
	}, began, proceed
}

func TestShutdownDrains(t *testing.T) {
	handler, began, proceed := waiting()
	r := start(t, handler)
	idle := r.dial(t, get())
	expect(t, idle, ok200+"Content-Length: 5\r\n\r\nGET /")
	busy := r.dial(t, head("GET /wait HTTP/1.1", "Host: a")+get())
	<-began
	ended := make(chan error, 2)
	for range 2 { // stopping twice is the same
		go func() { ended <- r.Shutdown(context.Background()) }()
	}
	expectEnd(t, idle)
	for !r.conns.Stopping() { // one Shutdown is there, or both
		runtime.Gosched()
	}
	select {
	case err := <-ended:
		t.Fatalf("Shutdown has not waited: %v", err)
	default:
	}
	proceed <- struct{}{}
	expect(t, busy, ok200+"Content-Length: 9\r\n"+closes+"\r\nGET /wait")
	expectEnd(t, busy)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestShutdownGivesUp(t *testing.T) {
	handler, began, proceed := waiting()
	r := start(t, handler)
	r.dial(t, head("GET /wait HTTP/1.1", "Host: a"))
	<-began
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(proceed)
}

// Close ends the context of what goes on.
func TestCloseCancels(t *testing.T) {
	began := make(chan struct{})
	ended := make(chan struct{})
	r := start(t, func(ctx context.Context, _ *httpmsg.Request, _ *httpmsg.Refusal, _ httpmsg.Outlet) {
		close(began)
		<-ctx.Done()
		close(ended)
	})
	r.dial(t, get())
	<-began
	_ = r.Close()
	<-ended
}

func TestServerNeverServed(t *testing.T) {
	s := &Server{Limits: DefaultLimits()}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	client, nc := net.Pipe()
	s.ServeConn(nc, nil)
	expectEnd(t, client)
}

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

func TestExpiry(t *testing.T) {
	r := start(t, echo)
	for name, send := range map[string]string{
		"never a request": "", "half a head": "GET / HT", "only an empty line": "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			nc := r.dial(t, send)
			done := make(chan struct{})
			go func() {
				defer close(done)
				expectEnd(t, nc)
			}()
			r.age(done)
		})
	}
}

func TestIdleExpiry(t *testing.T) {
	r := start(t, echo)
	nc := r.dial(t, get())
	expect(t, nc, ok200+"Content-Length: 5\r\n\r\nGET /")
	done := make(chan struct{})
	go func() {
		defer close(done)
		expectEnd(t, nc)
	}()
	r.age(done)
}

// Who is being answered is not idle, however long it takes.
func TestBusyDoesNotExpire(t *testing.T) {
	handler, began, proceed := waiting()
	r := start(t, handler)
	nc := r.dial(t, head("GET /wait HTTP/1.1", "Host: a", "Connection: close"))
	<-began
	r.tick(time.Now().Add(time.Hour))
	r.expire()
	proceed <- struct{}{}
	expect(t, nc, ok200+"Content-Length: 9\r\n"+closes+"\r\nGET /wait")
}

// A client that does not take its answer does not hold it for ever.
func TestWriteExpiry(t *testing.T) {
	began, done := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		defer close(done)
		close(began)
		_, err := out.Deliver(ctx, req, httpmsg.Bytes(200, "", make([]byte, 64<<20)))
		if hedge.OutcomeOf(err) != hedge.OutcomeClientGone || ctx.Err() == nil {
			t.Errorf("got %v, %v", err, ctx.Err())
		}
	})
	r.dial(t, get())
	<-began
	r.age(done)
}

func TestConnectionsLeaveNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("server", func(t *testing.T) {
		r := start(t, echo)
		for i := range 1000 {
			nc := r.dial(t, get())
			if i%2 == 0 {
				expect(t, nc, ok200+"Content-Length: 5\r\n\r\nGET /")
			}
			_ = nc.Close()
		}
	})
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines instead of %d", runtime.NumGoroutine(), before)
		}
	}
}

// With a time for it, a connection that carries nothing when the end begins learns of
// the end by the answer to its next request.
func TestDrainIdle(t *testing.T) {
	s := &Server{Handler: echo, Limits: DefaultLimits()}
	s.Limits.DrainIdleTimeout = time.Minute
	r := serve(t, s)
	c := r.dial(t, get())
	expect(t, c, ok200+"Content-Length: 5\r\n\r\nGET /")
	ended := make(chan error, 1)
	go func() { ended <- r.Shutdown(context.Background()) }() // ends with the connection
	for !r.conns.Stopping() {
		runtime.Gosched()
	}
	if _, err := io.WriteString(c, get()); err != nil {
		t.Fatal(err)
	}
	expect(t, c, ok200+"Content-Length: 5\r\n"+closes+"\r\nGET /")
	expectEnd(t, c)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
