package http3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"

	"hedge"
	"hedge/httpmsg"
)

// raw is a client that sends what it is told to.
type raw struct {
	t testing.TB
	*quic.Conn
}

func (r *running) raw(t testing.TB) *raw {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := quic.DialAddr(ctx, r.addr, clientTLS(protocol), &quic.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseWithError(0, "") })
	return &raw{t, conn}
}

// frame returns a frame.
func frame(kind uint64, content string) string {
	return string(appendFrame(nil, kind, len(content))) + content
}

// headers returns a frame with fields, each written as "name: value".
func headers(fields ...string) string {
	var out bytes.Buffer
	e := qpack.NewEncoder(&out)
	if len(fields) == 0 {
		return frame(frameHeaders, "\x00\x00")
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(strings.TrimPrefix(f, ":"), ": ")
		if f[0] == ':' {
			name = ":" + name
		}
		_ = e.WriteField(qpack.HeaderField{Name: name, Value: value})
	}
	return frame(frameHeaders, out.String())
}

// get returns the fields of a request.
func get(more ...string) []string {
	return append([]string{":method: GET", ":scheme: https", ":authority: a.example", ":path: /"}, more...)
}

func post(more ...string) []string {
	return append([]string{":method: POST", ":scheme: https", ":authority: a.example", ":path: /"}, more...)
}

// send opens a stream and sends all of it.
func (c *raw) send(content string) *quic.Stream {
	c.t.Helper()
	st := c.begin(content)
	_ = st.Close()
	return st
}

// begin opens a stream and sends what is not all of it.
func (c *raw) begin(content string) *quic.Stream {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	st, err := c.OpenStreamSync(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = st.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(st, content); err != nil {
		c.t.Log(err) // what the server does about it, is to be seen
	}
	return st
}

// say opens a stream in one direction. It goes on if ends is false.
func (c *raw) say(content string, ends bool) {
	c.t.Helper()
	st, err := c.OpenUniStream()
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = io.WriteString(st, content)
	if ends {
		_ = st.Close()
	}
}

// outcome returns the status of the answer on a stream, or the code that the stream or the
// connection ends with.
func outcome(st *quic.Stream) (status string, ended code) {
	all, err := io.ReadAll(st)
	var one *quic.StreamError
	var whole *quic.ApplicationError
	switch {
	case errors.As(err, &one):
		return "", code(one.ErrorCode)
	case errors.As(err, &whole):
		return "", code(whole.ErrorCode)
	case err != nil:
		return err.Error(), 0
	}
	in := bytes.NewReader(all)
	_, _ = quicvarint.Read(in)
	length, _ := quicvarint.Read(in)
	block := make([]byte, length)
	_, _ = io.ReadFull(in, block)
	f, _ := qpack.NewDecoder().Decode(block)()
	return f.Value, 0
}

// heads are requests and what becomes of them: the status of the answer, or the code of
// the reset. None that is reset gets to a handler. They are held to the rules of
// httpmsg.Section, of which these are some.
func TestHeads(t *testing.T) {
	var served atomic.Int32
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		served.Add(1)
		echo(ctx, req, refusal, out)
	})
	for _, test := range []struct {
		name   string
		fields []string
		status string
		code   code
	}{
		{"plain", get(), "200", 0},
		{"te: trailers", get("te: trailers"), "200", 0},
		{"host agrees", get("host: A.example"), "200", 0},
		{"asterisk", []string{":method: OPTIONS", ":scheme: https", ":authority: a.example", ":path: *"}, "200", 0},
		{"LF in a value", get("x-a: b\nx-b: c"), "", codeMessageError},
		{"NUL in a value", get("x-a: b\x00c"), "", codeMessageError},
		{"upper case", get("X-a: b"), "", codeMessageError},
		{"colon in a name", get("x-a:x-b: c"), "", codeMessageError},
		{"connection", get("connection: close"), "", codeMessageError},
		{"transfer-encoding", post("transfer-encoding: chunked"), "", codeMessageError},
		{"upgrade", get("upgrade: h2c"), "", codeMessageError},
		{"hosts disagree", get("host: b.example"), "", codeMessageError},
		{"no host", []string{":method: GET", ":scheme: https", ":path: /"}, "", codeMessageError},
		{"space in the path", []string{":method: GET", ":scheme: https", ":authority: a.example", ":path: / HTTP/1.1"}, "", codeMessageError},
		{"LF in the path", []string{":method: GET", ":scheme: https", ":authority: a.example", ":path: /\n"}, "", codeMessageError},
		{"empty path", []string{":method: GET", ":scheme: https", ":authority: a.example", ":path: "}, "", codeMessageError},
		{"space in the method", []string{":method: GET /", ":scheme: https", ":authority: a.example", ":path: /"}, "", codeMessageError},
		{"two methods", get(":method: POST"), "", codeMessageError},
		{"pseudo-field behind", append(get("x-a: b"), ":path: /b"), "", codeMessageError},
		{"two lengths", get("content-length: 0", "content-length: 0"), "", codeMessageError},
		{"signed length", get("content-length: +0"), "", codeMessageError},
		{"no fields", nil, "", codeMessageError},
		{"long target", []string{":method: GET", ":scheme: https", ":authority: a.example", ":path: /" + strings.Repeat("x", 16<<10)}, "414", 0},
		{"large head", get("x-a: " + strings.Repeat("x", 20<<10)), "200", 0},
		{"too large a head", get("x-a: " + strings.Repeat("x", 40<<10)), "431", 0},
		{"far too large a head", get("x-a: " + strings.Repeat("x", 200<<10)), "431", 0},
		{"too many fields", get(slices.Repeat([]string{"x-a: b"}, 101)...), "431", 0},
		{"other expectation", get("expect: magic"), "417", 0},
	} {
		before := served.Load()
		st := r.raw(t).send(headers(test.fields...))
		status, ended := outcome(st)
		if status != test.status || ended != test.code {
			t.Errorf("%s: got %q and %#x, want %q and %#x", test.name, status, ended, test.status, test.code)
		}
		if test.code != 0 && served.Load() != before {
			t.Errorf("%s: got to the handler", test.name)
		}
	}
}

// Content that is not what was declared, and frames where they must not be.
func TestRequestStreams(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Body != nil {
			if _, err := io.ReadAll(req.Body); err != nil {
				return
			}
		}
		echo(ctx, req, refusal, out)
	})
	unknown := frame(0x21+31*5, "whatever")
	data := frame(frameData, "hello")
	for _, test := range []struct {
		name, content, status string
		code                  code
	}{
		{"content", headers(post("content-length: 5")...) + data, "200", 0},
		{"content in parts", headers(post()...) + frame(frameData, "he") + unknown + frame(frameData, "llo"), "200", 0},
		{"unknown frame before", unknown + headers(get()...), "200", 0},
		{"trailer", headers(post()...) + data + headers("x-sum: 7") + unknown, "200", 0},
		{"shorter than declared", headers(post("content-length: 6")...) + data, "", codeMessageError},
		{"longer than declared", headers(post("content-length: 4")...) + data, "", codeMessageError},
		{"declared, and none", headers(post("content-length: 4")...), "", codeMessageError},
		{"content, and none declared", headers(post("content-length: 0")...) + data, "", codeMessageError},
		{"none, as declared", headers(post("content-length: 0")...), "200", 0},
		{"empty content, and none declared", headers(post("content-length: 0")...) + frame(frameData, "") + headers("x-sum: 7"), "200", 0},
		{"pseudo-field in a trailer", headers(post()...) + data + headers(":path: /b"), "", codeMessageError},
		{"upper case in a trailer", headers(post()...) + headers("X-sum: 7"), "", codeMessageError},
		{"content behind a trailer", headers(post()...) + headers("x-sum: 7") + data, "", codeFrameUnexpected},
		{"two trailers", headers(post()...) + headers("x-sum: 7") + headers("x-sum: 7"), "", codeFrameUnexpected},
		{"content first", data + headers(get()...), "", codeFrameUnexpected},
		{"SETTINGS", headers(post()...) + frame(frameSettings, ""), "", codeFrameUnexpected},
		{"GOAWAY", frame(frameGoAway, "\x00"), "", codeFrameUnexpected},
		{"MAX_PUSH_ID", frame(frameMaxPushID, "\x00"), "", codeFrameUnexpected},
		{"PUSH_PROMISE", frame(framePushPromise, "\x00"), "", codeFrameUnexpected},
		{"CANCEL_PUSH", frame(frameCancelPush, "\x00"), "", codeFrameUnexpected},
		{"PING of HTTP/2", frame(0x06, "12345678"), "", codeFrameUnexpected},
		{"WINDOW_UPDATE of HTTP/2", headers(post()...) + frame(0x08, "1234"), "", codeFrameUnexpected},
		{"half a frame's head", headers(post()...) + "\x40", "", codeFrameError},
		{"half a head", headers(get()...)[:10], "", codeFrameError},
		{"half of the content", headers(post()...) + data[:4], "", codeFrameError},
		{"nothing", "", "", codeRequestIncomplete},
		{"an unknown frame alone", unknown, "", codeRequestIncomplete},
		{"a long unknown frame", frame(0x21, strings.Repeat("x", longestSkipped+1)), "", codeExcessiveLoad},
		{"a table", frame(frameHeaders, "\x01\x00\x80"), "", codeDecompressionFailed},
		{"beyond the static table", frame(frameHeaders, "\x00\x00\xff\x7f"), "", codeDecompressionFailed},
		{"half a field", frame(frameHeaders, "\x00\x00\x51\x7f"), "", codeDecompressionFailed},
	} {
		if status, ended := outcome(r.raw(t).send(test.content)); status != test.status || ended != test.code {
			t.Errorf("%s: got %q and %#x, want %q and %#x", test.name, status, ended, test.status, test.code)
		}
	}
}

// What a client says beside its requests.
func TestControlStreams(t *testing.T) {
	r := start(t, echo)
	settings := "\x00" + frame(frameSettings, "\x06\x40\x64")
	for _, test := range []struct {
		name    string
		streams []string
		ends    bool
		code    code // 0: all is well
	}{
		{"all three", []string{settings, "\x02", "\x03"}, false, 0},
		{"no room in the table", []string{settings, "\x02\x20"}, false, 0},
		{"stream cancellation", []string{settings, "\x03\x44\x7f\x80\x01"}, false, 0},
		{"GOAWAY and MAX_PUSH_ID", []string{settings + frame(frameGoAway, "\x00") + frame(frameMaxPushID, "\x00")}, false, 0},
		{"unknown frames and settings", []string{"\x00" + frame(frameSettings, "\x40\x21\x01") + frame(0x21, "x")}, false, 0},
		{"unknown stream", []string{settings, "\x21whatever"}, true, 0},
		{"empty stream", []string{settings, ""}, true, 0},
		{"two control streams", []string{settings, settings}, false, codeStreamCreation},
		{"two encoders", []string{"\x02", "\x02"}, false, codeStreamCreation},
		{"push", []string{"\x01\x00"}, false, codeStreamCreation},
		{"no SETTINGS", []string{"\x00" + frame(frameGoAway, "\x00")}, false, codeMissingSettings},
		{"SETTINGS twice", []string{settings + frame(frameSettings, "")}, false, codeFrameUnexpected},
		{"a setting twice", []string{"\x00" + frame(frameSettings, "\x06\x01\x06\x01")}, false, codeSettingsError},
		{"a setting of HTTP/2", []string{"\x00" + frame(frameSettings, "\x02\x01")}, false, codeSettingsError},
		{"half a setting", []string{"\x00" + frame(frameSettings, "\x06")}, false, codeFrameError},
		{"HEADERS", []string{settings + headers(get()...)}, false, codeFrameUnexpected},
		{"DATA", []string{settings + frame(frameData, "x")}, false, codeFrameUnexpected},
		{"PING of HTTP/2", []string{settings + frame(0x06, "12345678")}, false, codeFrameUnexpected},
		{"CANCEL_PUSH", []string{settings + frame(frameCancelPush, "\x00")}, false, codeIDError},
		{"control stream ends", []string{settings}, true, codeClosedCriticalStream},
		{"encoder ends", []string{"\x02"}, true, codeClosedCriticalStream},
		{"a table", []string{settings, "\x02\x3f\xe1\x1f"}, false, codeEncoderStream},
		{"an entry for the table", []string{settings, "\x02\xc0\x01x"}, false, codeEncoderStream},
		{"acknowledged what was not sent", []string{settings, "\x03\x84"}, false, codeDecoderStream},
	} {
		c := r.raw(t)
		for i, stream := range test.streams {
			c.say(stream, test.ends && i == len(test.streams)-1)
		}
		if test.code == 0 {
			if status, ended := outcome(c.send(headers(get()...))); status != "200" {
				t.Errorf("%s: got %q and %#x afterwards", test.name, status, ended)
			}
			continue
		}
		if got := c.ended(); got != test.code {
			t.Errorf("%s: got %#x, want %#x", test.name, got, test.code)
		}
	}
}

// ended waits for the end of the connection, and returns its code.
func (c *raw) ended() code {
	c.t.Helper()
	select {
	case <-c.Context().Done():
	case <-time.After(patience):
		c.t.Error("the connection goes on")
		return 0
	}
	var whole *quic.ApplicationError
	errors.As(context.Cause(c.Context()), &whole)
	if whole == nil {
		return 0
	}
	return code(whole.ErrorCode)
}

// A client may not make the server work for nothing for ever.
func TestFloods(t *testing.T) {
	limits := DefaultLimits()
	limits.Controls, limits.Resets = 50, 20
	r := serve(t, &Server{Limits: limits, Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if req.Body != nil {
			_, _ = io.ReadAll(req.Body)
		}
		echo(ctx, req, refusal, out)
	}})
	for name, flood := range map[string]func(*raw){
		"unknown frames on the control stream": func(c *raw) {
			c.say("\x00"+frame(frameSettings, "")+strings.Repeat(frame(0x21, ""), 1000), false)
		},
		"unknown frames before a request": func(c *raw) { c.begin(strings.Repeat(frame(0x21, ""), 1000)) },
		"empty DATA":                      func(c *raw) { c.begin(headers(post()...) + strings.Repeat(frame(frameData, ""), 1000)) },
		"unknown streams": func(c *raw) {
			for c.Context().Err() == nil {
				if st, err := c.OpenUniStreamSync(c.Context()); err == nil {
					_, _ = io.WriteString(st, "\x21")
					_ = st.Close()
				}
			}
		},
		"requests that are reset": func(c *raw) {
			for c.Context().Err() == nil {
				if st, err := c.OpenStreamSync(c.Context()); err == nil {
					_, _ = io.WriteString(st, headers(post()...)[:10])
					endStream(st, 0x10C)
				}
			}
		},
	} {
		c := r.raw(t)
		flood(c)
		if got := c.ended(); got != codeExcessiveLoad {
			t.Errorf("%s: got %#x", name, got)
		}
	}
}

// The client sends what it was asked for only.
func TestExpect(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if !httpmsg.Expects(req.Body) {
			t.Error("the client does not wait")
		}
		content, _ := io.ReadAll(req.Body)
		if httpmsg.Expects(req.Body) {
			t.Error("the client still waits")
		}
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", content))
	})
	st := r.raw(t).begin(headers(post("content-length: 5", "expect: 100-continue")...))
	interim := headers(":status: 100")
	got := make([]byte, len(interim))
	if _, err := io.ReadFull(st, got); err != nil || string(got) != interim {
		t.Fatalf("got %q, %v", got, err)
	}
	_, _ = io.WriteString(st, frame(frameData, "hello"))
	_ = st.Close()
	if rest, err := io.ReadAll(st); err != nil || !strings.HasSuffix(string(rest), frame(frameData, "hello")) {
		t.Errorf("got %q, %v", rest, err)
	}
}

// More requests than are allowed wait until others have ended, however the client ends
// its side of them.
func TestConcurrentRequests(t *testing.T) {
	const most = 4
	var running, highest atomic.Int32
	limits := DefaultLimits()
	limits.Streams = most
	r := serve(t, &Server{
		Limits: limits,
		Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
			now := running.Add(1)
			for old := highest.Load(); now > old && !highest.CompareAndSwap(old, now); old = highest.Load() {
			}
			<-ctx.Done()
			running.Add(-1)
		},
	})
	c := r.raw(t)
	for range 5 * most {
		st := c.begin(headers(get()...))
		endStream(st, 0x10C)
	}
	if got := highest.Load(); got > most {
		t.Errorf("%d at once", got)
	}
}

// A connection without requests is ended, and one with a request is not.
func TestExpiry(t *testing.T) {
	began, proceed := make(chan struct{}), make(chan struct{})
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		close(began)
		<-proceed
		echo(ctx, req, refusal, out)
	})
	idle, busy := r.raw(t), r.raw(t)
	st := busy.send(headers(get()...))
	<-began
	for at := time.Now(); idle.Context().Err() == nil; at = at.Add(time.Hour) { // its waiting may begin later than the clock moves
		r.tick(at)
		r.expire()
		runtime.Gosched()
	}
	if got := idle.ended(); got != codeNoError {
		t.Errorf("got %#x", got)
	}
	close(proceed)
	if status, ended := outcome(st); status != "200" {
		t.Errorf("got %q and %#x", status, ended)
	}
}

// Content that stalls does not hold a request for ever, and there is an answer to that. Once
// the answer has begun, there is another time for it.
func TestBodyExpiry(t *testing.T) {
	const moment = 10 * time.Millisecond
	for _, c := range []struct {
		name, content string
		body, idle    time.Duration
		echoes        bool
		status        string
		ended         code
	}{
		{"no content", "", moment, time.Hour, false, "408", 0},
		{"a part of it", frame(frameData, "x"), moment, time.Hour, false, "408", 0},
		{"half a frame", frame(frameData, "xyz")[:3], moment, time.Hour, false, "408", 0},
		{"beside the answer", frame(frameData, "x"), time.Hour, moment, true, "", codeInternalError},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits := DefaultLimits()
			limits.BodyTimeout, limits.StreamIdleTimeout = c.body, c.idle
			ended := make(chan error, 1)
			r := serve(t, &Server{Limits: limits, Handler: func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
				if c.echoes {
					_, err := out.Deliver(ctx, req, &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1})
					ended <- err
					return
				}
				_, err := io.Copy(io.Discard, req.Body)
				ended <- err
				_, _ = out.Deliver(ctx, req, httpmsg.Text(408, ""))
			}})
			st := r.raw(t).begin(headers(post()...) + c.content)
			if status, code := outcome(st); status != c.status || code != c.ended {
				t.Errorf("got %q and %#x", status, code)
			}
			if err := <-ended; hedge.OutcomeOf(err) != hedge.OutcomeClientTimeout {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzRequestStream has the server read anything; what gets to the handler is sound.
func FuzzRequestStream(f *testing.F) {
	f.Add([]byte(headers(get()...)))
	f.Add([]byte(headers(post("content-length: 5")...) + frame(frameData, "hello") + headers("x-sum: 7")))
	f.Add([]byte(frame(0x21, "x") + headers(get("cookie: a=b", "cookie: c=d")...)))
	r := start(f, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		if refusal == nil && (!httpmsg.IsToken(req.Method) || req.Target == "" || req.Authority == "" || strings.ContainsAny(req.Target+req.Authority, " \r\n\x00")) {
			f.Errorf("got %+v", req)
		}
		echo(ctx, req, refusal, out)
	})
	f.Fuzz(func(t *testing.T, content []byte) {
		c := r.raw(t)
		_, _ = outcome(c.send(string(content)))
	})
}
