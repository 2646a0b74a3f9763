package http2

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"hedge/httpmsg"
)

// heads are requests and what becomes of them: the status of the answer, or the code of
// the reset. None that is reset gets to a handler.
var heads = []struct {
	name   string
	fields []string
	status string
	reset  http2.ErrCode
}{
	{"plain", get(), "200", 0},
	{"tab in a value", get("x-a: a\tb"), "200", 0},
	{"beyond ASCII in a value", get("x-a: \xc3\xa4"), "200", 0},
	{"te: trailers", get("te: trailers"), "200", 0},
	{"host agrees", get("host: A.example"), "200", 0},
	{"host alone", []string{":method: GET", ":scheme: http", ":path: /", "host: a.example"}, "200", 0},
	{"asterisk", []string{":method: OPTIONS", ":scheme: http", ":authority: a.example", ":path: *"}, "200", 0},
	{"https claimed", []string{":method: GET", ":scheme: https", ":authority: a.example", ":path: /"}, "200", 0},
	{"CONNECT", []string{":method: CONNECT", ":authority: a.example:443"}, "200", 0}, // the handler refuses it

	{"LF in a value", get("x-a: b\nx-b: c"), "", http2.ErrCodeProtocol},
	{"CR in a value", get("x-a: b\rx-b: c"), "", http2.ErrCodeProtocol},
	{"NUL in a value", get("x-a: b\x00c"), "", http2.ErrCodeProtocol},
	{"DEL in a value", get("x-a: b\x7fc"), "", http2.ErrCodeProtocol},
	{"space before a value", get("x-a:  b"), "", http2.ErrCodeProtocol},
	{"space behind a value", get("x-a: b "), "", http2.ErrCodeProtocol},
	{"upper case", get("X-a: b"), "", http2.ErrCodeProtocol},
	{"LF in a name", get("x-a\nx-b: c"), "", http2.ErrCodeProtocol},
	{"colon in a name", get("x-a:x-b: c"), "", http2.ErrCodeProtocol},
	{"space in a name", get("x a: c"), "", http2.ErrCodeProtocol},
	{"connection", get("connection: close"), "", http2.ErrCodeProtocol},
	{"keep-alive", get("keep-alive: 5"), "", http2.ErrCodeProtocol},
	{"proxy-connection", get("proxy-connection: close"), "", http2.ErrCodeProtocol},
	{"upgrade", get("upgrade: h2c"), "", http2.ErrCodeProtocol},
	{"transfer-encoding", post("transfer-encoding: chunked"), "", http2.ErrCodeProtocol},
	{"te", get("te: trailers, deflate"), "", http2.ErrCodeProtocol},
	{"hosts disagree", get("host: b.example"), "", http2.ErrCodeProtocol},
	{"two hosts", get("host: a.example", "host: a.example"), "", http2.ErrCodeProtocol},
	{"no host", []string{":method: GET", ":scheme: http", ":path: /"}, "", http2.ErrCodeProtocol},
	{"user in the authority", []string{":method: GET", ":scheme: http", ":authority: u@a.example", ":path: /"}, "", http2.ErrCodeProtocol},
	{"path in the authority", []string{":method: GET", ":scheme: http", ":authority: a.example/b", ":path: /"}, "", http2.ErrCodeProtocol},
	{"space in the path", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: / HTTP/1.1"}, "", http2.ErrCodeProtocol},
	{"LF in the path", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: /\n"}, "", http2.ErrCodeProtocol},
	{"fragment in the path", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: /#a"}, "", http2.ErrCodeProtocol},
	{"absolute path", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: http://b.example/"}, "", http2.ErrCodeProtocol},
	{"empty path", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: "}, "", http2.ErrCodeProtocol},
	{"asterisk for GET", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: *"}, "", http2.ErrCodeProtocol},
	{"space in the method", []string{":method: GET /", ":scheme: http", ":authority: a.example", ":path: /"}, "", http2.ErrCodeProtocol},
	{"other scheme", []string{":method: GET", ":scheme: file", ":authority: a.example", ":path: /"}, "", http2.ErrCodeProtocol},
	{"two methods", get(":method: POST"), "", http2.ErrCodeProtocol},
	{"two paths", get(":path: /b"), "", http2.ErrCodeProtocol},
	{"pseudo-field behind", append(get("x-a: b"), ":path: /b"), "", http2.ErrCodeProtocol},
	{"unknown pseudo-field", get(":protocol: websocket"), "", http2.ErrCodeProtocol},
	{"CONNECT with a path", []string{":method: CONNECT", ":scheme: http", ":authority: a.example", ":path: /"}, "", http2.ErrCodeProtocol},
	{"two lengths", get("content-length: 0", "content-length: 0"), "", http2.ErrCodeProtocol},
	{"signed length", get("content-length: +0"), "", http2.ErrCodeProtocol},
	{"length without content", get("content-length: 5"), "", http2.ErrCodeProtocol},

	{"long target", []string{":method: GET", ":scheme: http", ":authority: a.example", ":path: /" + strings.Repeat("x", 16<<10)}, "414", 0},
	{"large head", get("x-a: " + strings.Repeat("x", 20<<10)), "200", 0},
	{"too large a head", get("x-a: "+strings.Repeat("x", 20<<10), "x-b: "+strings.Repeat("x", 20<<10)), "431", 0},
	{"too many fields", get(strings.Split(strings.Repeat("x-a: b\n", 101)[:101*7-1], "\n")...), "431", 0},
	{"other expectation", get("expect: magic"), "417", 0},
}

func TestHeads(t *testing.T) {
	var served atomic.Int32
	r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		served.Add(1)
		echo(ctx, req, refusal, out)
	})
	for _, test := range heads {
		c := r.connect(t)
		block := append([]byte(nil), c.encode(test.fields...)...)
		first := block[:min(len(block), 16<<10)]
		c.must(c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: first, EndStream: true, EndHeaders: len(first) == len(block)}))
		for block = block[len(first):]; len(block) > 0; block = block[min(len(block), 16<<10):] {
			c.must(c.WriteContinuation(1, len(block) <= 16<<10, block[:min(len(block), 16<<10)]))
		}
		status, content, reset := c.answer(1)
		if n := served.Swap(0); status != test.status || reset != test.reset || (n == 0) != (status == "") {
			t.Errorf("%s: got %q %q %v, by %d handlers", test.name, status, content, reset, n)
		}
		c.headers(3, true, get()...) // the connection goes on
		if status, _, _ := c.answer(3); status != "200" {
			t.Errorf("%s: then got %q", test.name, status)
		}
		served.Store(0)
		_ = c.Close()
	}
}

func TestCookiesAreJoined(t *testing.T) {
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Text(200, strings.Join(req.Header.Values("Cookie"), "|")))
	})
	c := r.connect(t)
	c.headers(1, true, get("cookie: a=b", "x-a: b", "cookie: c=d", "cookie: e=f")...)
	if _, content, _ := c.answer(1); content != "a=b; c=d; e=f" {
		t.Errorf("got %q", content)
	}
}

// Content that is not what was declared breaks the request off.
func TestContentLength(t *testing.T) {
	for _, c := range []struct {
		name, length string
		data         []string
		trailer      []string
		ok           bool
	}{
		{"right", "5", []string{"he", "llo"}, nil, true},
		{"right, with a trailer", "5", []string{"hello"}, []string{"x-a: b"}, true},
		{"too short", "5", []string{"he"}, nil, false},
		{"too short, with a trailer", "5", []string{"he"}, []string{"x-a: b"}, false},
		{"too long", "5", []string{"hello you"}, nil, false},
		{"too long by a frame", "5", []string{"hello", "GET / HTTP/1.1\r\n"}, nil, false},
		{"pseudo-field in the trailer", "5", []string{"hello"}, []string{":path: /b"}, false},
		{"upper case in the trailer", "5", []string{"hello"}, []string{"X-a: b"}, false},
	} {
		ended := make(chan error, 1)
		r := start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
			var err error
			for buf := make([]byte, 64); err == nil; {
				_, err = req.Body.Read(buf)
			}
			ended <- err
			echo(ctx, req, refusal, out)
		})
		conn := r.connect(t)
		conn.headers(1, false, post("content-length: "+c.length)...)
		for i, data := range c.data {
			conn.must(conn.WriteData(1, i == len(c.data)-1 && c.trailer == nil, []byte(data)))
		}
		if c.trailer != nil {
			conn.headers(1, true, c.trailer...)
		}
		status, _, reset := conn.answer(1)
		if err := <-ended; (status == "200") != c.ok || (reset == http2.ErrCodeProtocol) == c.ok || (err.Error() == "EOF") != c.ok {
			t.Errorf("%s: got %q %v, and the handler %v", c.name, status, reset, err)
		}
	}
}
