package http1

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// bodyOf is the body of a request of which this comes.
func bodyOf(length int64, from io.Reader) *body {
	c := newScripted(from)
	return &body{conn: c, content: contentOf(&c.in, framing{length: length}, c.server.Limits.HeadBytes)}
}

// rest is what follows the body.
func rest(b *body) string {
	in := &b.conn.in
	later, _ := io.ReadAll(in.from)
	return string(in.buf[in.r:in.w]) + string(later)
}

func TestBody(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	const malformed, broken = hedge.OutcomeBadRequest, hedge.OutcomeClientGone
	for _, c := range []struct {
		name    string
		length  int64
		raw     string
		want    string
		outcome hedge.Outcome // of the error it ends with; empty if it is whole
		rest    string        // what follows, if it is whole
	}{
		{"known length", 2, "hiGET", "hi", "", "GET"},
		{"long", int64(len(long)), long + "GET", long, "", "GET"},
		{"truncated", 3, "hi", "hi", broken, ""},
		{"nothing", 3, "", "", broken, ""},

		{"chunks", -1, "2\r\nhi\r\n3\r\n you\r\n0\r\n\r\nGET", "hi yo", malformed, ""},
		{"two chunks", -1, "2\r\nhi\r\n4\r\n you\r\n0\r\n\r\nGET", "hi you", "", "GET"},
		{"long chunk", -1, "2800\r\n" + long + "\r\n0\r\n\r\nGET", long, "", "GET"},
		{"no chunks", -1, "0\r\n\r\nGET", "", "", "GET"},
		{"zeros", -1, "000\r\n\r\n", "", "", ""},
		{"leading zeros", -1, "00002\r\nhi\r\n0\r\n\r\n", "hi", "", ""},
		{"either case", -1, "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", "", ""},
		{"extension", -1, "2;a=b;c=\"d\"\r\nhi\r\n0;e\r\n\r\n", "hi", "", ""},
		{"CR and LF as content", -1, "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", "", ""},

		{"no size", -1, "\r\nhi\r\n", "", malformed, ""},
		{"no digit", -1, "zz\r\n", "", malformed, ""},
		{"sign", -1, "+2\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"prefix", -1, "0x2\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"space before", -1, " 2\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"space behind", -1, "2 \r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"size beyond 64 bits", -1, "10000000000000002\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"bare LF behind the size", -1, "2\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"bare CR behind the size", -1, "2\rhi\r\n0\r\n\r\n", "", malformed, ""},
		{"bare LF in an extension", -1, "2;a\nb\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"bare CR in an extension", -1, "2;a\rb\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"NUL in an extension", -1, "2;\x00\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"long extension", -1, "2;" + long + "\r\nhi\r\n0\r\n\r\n", "", malformed, ""},
		{"bare LF behind the content", -1, "2\r\nhi\n0\r\n\r\n", "hi", malformed, ""},
		{"content longer than its size", -1, "2\r\nhi you\r\n0\r\n\r\n", "hi", malformed, ""},
		{"nothing between chunks", -1, "2\r\nhi2\r\nhi\r\n0\r\n\r\n", "hi", malformed, ""},
		{"bare LF at the end", -1, "2\r\nhi\r\n0\r\n\n", "hi", malformed, ""},

		{"truncated chunk", -1, "3\r\nhi", "hi", broken, ""},
		{"truncated size", -1, "2\r\nhi\r\n1", "hi", broken, ""},
		{"no last chunk", -1, "2\r\nhi\r\n", "hi", broken, ""},
		{"no end of the trailer", -1, "2\r\nhi\r\n0\r\n", "hi", broken, ""},

		{"trailer", -1, "0\r\nX-A: b\r\nX-C: d\r\n\r\nGET", "[X-A=b][X-C=d]", "", "GET"},
		{"trailer that frames", -1, "0\r\nContent-Length: 3\r\ntransfer-encoding: gzip\r\nHost: b\r\nX-A: b\r\n\r\n", "[X-A=b]", "", ""},
		{"trailer without a name", -1, "0\r\nX-B: c\r\n: b\r\n\r\n", "", malformed, ""},
		{"folded trailer", -1, "0\r\nX-A: b\r\n c\r\n\r\n", "", malformed, ""},
		{"many trailers", -1, "0\r\n" + strings.Repeat("X-A: b\r\n", 33) + "\r\n", "", malformed, ""},
		{"large trailers", -1, "0\r\n" + strings.Repeat("X-A: "+long+"\r\n", 4) + "\r\n", "", malformed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, from := range map[string]io.Reader{"at once": strings.NewReader(c.raw), "byte by byte": iotest.OneByteReader(strings.NewReader(c.raw))} {
				b := bodyOf(c.length, from)
				content, err := io.ReadAll(b)
				trailer := b.trailerFields()
				for _, f := range trailer.Fields() {
					content = append(content, "["+f.Name+"="+f.Value+"]"...)
				}
				var outcome hedge.Outcome
				if err != nil {
					outcome = hedge.OutcomeOf(err)
				}
				if string(content) != c.want || outcome != c.outcome {
					t.Errorf("%s: got %.40q, %v", name, content, err)
				}
				if finished := b.finished(); finished != (c.outcome == "") {
					t.Errorf("%s: finished is %v", name, finished)
				}
				if left := rest(b); c.outcome == "" && left != c.rest {
					t.Errorf("%s: %q is left", name, left)
				}
			}
		})
	}
}

func TestBodyAfterClose(t *testing.T) {
	b := bodyOf(2, strings.NewReader("hi"))
	for range 2 {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if n, err := b.Read(make([]byte, 2)); n != 0 || !errors.Is(err, httpmsg.ErrBodyClosed) {
		t.Errorf("got %d, %v", n, err)
	}
}

const (
	ok200   = "HTTP/1.1 200 OK\r\n"
	closes  = "Connection: close\r\n"
	goAhead = "HTTP/1.1 100 Continue\r\n\r\n"
)

// What is left of a request that is answered before it has been read.
func TestUnreadBody(t *testing.T) {
	r := start(t, echo)
	long := strings.Repeat("x", 64<<10)
	second := head("GET /2 HTTP/1.1", "Host: a", "Connection: close")
	const both = ok200 + "Content-Length: 6\r\n\r\nGET /1" + ok200 + "Content-Length: 6\r\n" + closes + "\r\nGET /2"
	const one = ok200 + "Content-Length: 6\r\n" + closes + "\r\nGET /1"
	for _, c := range []struct{ name, fields, content, want string }{
		{"there already", "Content-Length: 2", "hi", both},
		{"longer than what is there", "Content-Length: 65536", long, one},
		{"chunked", "Transfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n", one},
		{"a request in it", "Content-Length: 65536", strings.Repeat(second, 2000)[:65536], one},
		{"expectation that was not met", "Content-Length: 2\r\nExpect: 100-continue", "hi", one},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := r.talk(t, head("GET /1 HTTP/1.1", "Host: a", c.fields)+c.content+second); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// 100 (Continue) goes out when the body is first read.
func TestContinue(t *testing.T) {
	mayRead := make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		<-mayRead
		content, _ := io.ReadAll(req.Body)
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", content))
	})
	nc := r.dial(t, head("PUT / HTTP/1.1", "Host: a", "Content-Length: 2", "Expect: 100-continue"))
	close(mayRead)
	expect(t, nc, goAhead)
	_, _ = io.WriteString(nc, "hi")
	expect(t, nc, ok200+"Content-Length: 2\r\n\r\nhi")
}

// It does not get into an answer that has begun, and the connection ends with that.
func TestNoContinueInsideTheAnswer(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1})
	})
	nc := r.dial(t, head("PUT / HTTP/1.1", "Host: a", "Content-Length: 2", "Expect: 100-continue"))
	expect(t, nc, ok200+"Transfer-Encoding: chunked\r\n"+closes+"\r\n")
	_, _ = io.WriteString(nc, "hi")
	expect(t, nc, "2\r\nhi\r\n0\r\n\r\n")
	expectEnd(t, nc)
}

// Closing from several goroutines ends a Read that waits, and leaves no deadline.
func TestCloseEndsARead(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		reading, ended := make(chan struct{}), make(chan error)
		go func() {
			_, _ = req.Body.Read(make([]byte, 1))
			close(reading)
			_, err := req.Body.Read(make([]byte, 1))
			ended <- err
		}()
		<-reading
		for range 4 {
			go func() { _ = req.Body.Close() }()
		}
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, (<-ended).Error()))
	})
	got := r.talk(t, head("PUT / HTTP/1.1", "Host: a", "Content-Length: 9")+"x")
	if !strings.Contains(got, httpmsg.ErrBodyClosed.Error()) {
		t.Errorf("got %q", got)
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
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", []byte(hedge.OutcomeOf(err))))
	}
}

// Content that stalls does not hold a request for ever, and there is an answer to that.
func TestBodyExpiry(t *testing.T) {
	const known, chunked = "Content-Length: 9", "Transfer-Encoding: chunked"
	for _, c := range []struct {
		name, fields, content string
		reads                 int // of which the last one waits
	}{
		{"no content", known, "", 1},
		{"a part of it", known, "x", 2},
		{"half a size", chunked, "1", 1},
		{"half a chunk", chunked, "2\r\nx", 2},
		{"half a trailer", chunked, "0\r\nX: y\r\n", 1},
		{"no content in spite of 100", known + "\r\nExpect: 100-continue", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			proceed := make(chan struct{})
			r := start(t, reads(proceed))
			nc := r.dial(t, head("PUT / HTTP/1.1", "Host: a", c.fields)+c.content)
			for range c.reads {
				proceed <- struct{}{} // the Read before has returned
			}
			r.reading(t, true)
			r.tick(time.Now().Add(r.Limits.BodyTimeout + 2*time.Second))
			r.expire()
			want := ok200 + "Content-Length: 14\r\n" + closes + "\r\nclient-timeout"
			if strings.Contains(c.fields, "Expect") {
				want = goAhead + want
			}
			expect(t, nc, want)
			expectEnd(t, nc)
		})
	}
}

// reading waits until somebody waits for content, or with false until nobody does.
func (r *running) reading(t *testing.T, somebody bool) {
	t.Helper()
	waits := func(c *conn) bool { return c.due.Load() != 0 }
	for end := time.Now().Add(patience); slices.ContainsFunc(r.conns.List(), waits) != somebody; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("that does not happen")
		}
	}
}

// What a handler takes its time for is not the client's fault.
func TestSlowHandlerIsNotTheClientsFault(t *testing.T) {
	proceed := make(chan struct{})
	r := start(t, reads(proceed))
	nc := r.dial(t, head("PUT / HTTP/1.1", "Host: a", "Content-Length: 2", "Connection: close"))
	proceed <- struct{}{}
	r.reading(t, true)
	if _, err := io.WriteString(nc, "x"); err != nil {
		t.Fatal(err)
	}
	r.reading(t, false)
	r.tick(time.Now().Add(2 * r.Limits.StreamIdleTimeout))
	r.expire() // nobody reads
	if _, err := io.WriteString(nc, "y"); err != nil {
		t.Fatal(err)
	}
	proceed <- struct{}{}
	expect(t, nc, ok200+"Content-Length: 2\r\n"+closes+"\r\nok")
}

// Once the answer has begun, client and server may talk by turns, and take their time. What
// moves neither way is ended all the same.
func TestContentBesideTheAnswer(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, err := out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1})
		if hedge.OutcomeOf(err) != hedge.OutcomeClientTimeout {
			t.Errorf("got %v", err)
		}
	})
	nc := r.dial(t, head("PUT / HTTP/1.1", "Host: a", "Content-Length: 9"))
	expect(t, nc, ok200+"Transfer-Encoding: chunked\r\n\r\n")
	r.reading(t, true)
	r.tick(time.Now().Add(r.Limits.StreamIdleTimeout / 2))
	r.expire()
	if _, err := io.WriteString(nc, "x"); err != nil {
		t.Fatal(err)
	}
	expect(t, nc, "1\r\nx\r\n")
	r.reading(t, true)
	r.tick(time.Now().Add(3 * r.Limits.StreamIdleTimeout))
	r.expire()
	expectEnd(t, nc)
}

// Chunks do not panic, and what is accepted is what net/http reads.
func FuzzChunked(f *testing.F) {
	f.Add("2;a=b\r\nhi\r\n4\r\n you\r\n0\r\nX-A: b\r\n\r\nGET")
	f.Add("0\r\n\r\n")
	f.Add("2\nhi\r\n0\r\n\r\n")
	f.Add("ffffffffffffffff\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		b := bodyOf(-1, strings.NewReader(raw))
		ours, err := io.ReadAll(b)
		if err != nil {
			return
		}
		if !b.finished() {
			t.Error("the body is whole, but not finished")
		}
		ourRest := rest(b)
		theirReader := bufio.NewReader(strings.NewReader(ok200 + "Transfer-Encoding: chunked\r\n\r\n" + raw))
		res, err := http.ReadResponse(theirReader, nil)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := io.ReadAll(res.Body)
		if err == nil && string(theirs) != string(ours) {
			t.Errorf("net/http has %q, and we have %q", theirs, ours)
		}
		if theirRest, _ := io.ReadAll(theirReader); err == nil && string(theirRest) != ourRest {
			t.Errorf("net/http leaves %q, and we leave %q", theirRest, ourRest)
		}
	})
}
