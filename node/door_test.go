package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// What the door makes of a request, as the code sees it.
func TestRequestsComeIn(t *testing.T) {
	for _, c := range []struct {
		name, request string
		want          string // what the code sees, or the status line
	}{
		{"plain", "GET /a?b=c HTTP/1.1\r\nHost: Shop.Example.COM:080\r\n", "GET http://shop.example.com/a?b=c HTTP/1.1 [] 0"},
		{"normal path", "GET /a%2fb/../%7ec?x=%zz HTTP/1.1\r\nHost: a\r\n", "GET http://a/~c?x=%zz HTTP/1.1 [] 0"},
		{"beyond ASCII", "GET /ä?ö HTTP/1.1\r\nHost: a\r\n", "GET http://a/%C3%A4?%C3%B6 HTTP/1.1 [] 0"},
		{"empty segments", "GET //a//b HTTP/1.1\r\nHost: a\r\n", "GET http://a//a//b HTTP/1.1 [] 0"},
		{"absolute form", "GET http://b.example/x?y HTTP/1.1\r\nHost: b.example\r\n", "GET http://b.example/x?y HTTP/1.1 [] 0"},
		{"absolute form of another host", "GET http://b.example/ HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 400 Bad Request"},
		{"absolute form without a path", "GET http://b.example?y HTTP/1.1\r\nHost: b.example\r\n", "GET http://b.example/?y HTTP/1.1 [] 0"},
		{"fields", "GET / HTTP/1.1\r\nHost: a\r\nx-b: 2\r\nX-A: 1\r\nX-B: 3\r\n", "GET http://a/ HTTP/1.1 [x-b: 2 X-A: 1 X-B: 3] 0"},
		{"hop by hop", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-b, close\r\nX-B: 2\r\nUpgrade: h2c\r\nTE: gzip\r\n", "GET http://a/ HTTP/1.1 [] 0"},
		{"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n", "GET http://ADDR/ HTTP/1.0 [] 0"},
		{"known length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "POST http://a/ HTTP/1.1 [Content-Length: 2] 2 hi"},
		{"chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", "POST http://a/ HTTP/1.1 [] -1 hi []"},
		{"trailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 9\r\n", "POST http://a/ HTTP/1.1 [Trailer: X-Sum] -1 hi [X-Sum: 9]"},
		{"no host", "GET / HTTP/1.1\r\n", "HTTP/1.1 400 Bad Request"},
		{"bad host", "GET / HTTP/1.1\r\nHost: a..b\r\n", "HTTP/1.1 400 Bad Request"},
		{"number as a host", "GET / HTTP/1.1\r\nHost: 127.1\r\n", "HTTP/1.1 400 Bad Request"},
		{"bad path", "GET /a/..;/b HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 400 Bad Request"},
		{"CONNECT", "CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n", "HTTP/1.1 405 Method Not Allowed"},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 405 Method Not Allowed"},
		{"asterisk", "GET * HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 400 Bad Request"},
		{"options", "OPTIONS * HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 200 OK"},
		{"huge head", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("x", 40<<10) + "\r\n", "HTTP/1.1 431 Request Header Fields Too Large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := make(chan string, 1)
			r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
				told <- describe(req)
				return httpmsg.Text(200, ""), nil
			})), codeApp())
			head, body, _ := strings.Cut(c.request+"\r\n", "\r\n\r\n")
			answer := r.raw(t, head+"\r\nConnection: close\r\n\r\n"+body)
			seen := ""
			if len(told) > 0 {
				seen = <-told
			}
			if strings.HasPrefix(c.want, "HTTP/") {
				if line, _, _ := strings.Cut(answer, "\r\n"); line != c.want || seen != "" || strings.Contains(line, " 405 ") && !strings.Contains(answer, "Allow: "+httpmsg.AllowedMethods) {
					t.Errorf("got %q and the code saw %q, want %q", line, seen, c.want)
				}
				return
			}
			if want := strings.Replace(c.want, "ADDR", r.addr, 1); seen != want {
				t.Errorf("the code saw\n%s\nwant\n%s\nthe answer is %q", seen, want, answer)
			}
		})
	}
}

// What asks about the server as a whole is a request as others are: it is in the log and
// the metrics, whatever host it names, and refused where there is no room.
func TestOptionsOfTheServer(t *testing.T) {
	m := telemetry.NewRegistry()
	r := start(t, Config{Metrics: m, RedirectPort: "443"}, nil, toUpstream("http://origin.example"))
	for _, c := range []struct {
		short  bool
		host   string
		status int
	}{{false, "a", 200}, {false, "a..b", 400}, {true, "a", 503}} {
		r.door.overload.short.Store(c.short)
		answer := r.raw(t, "OPTIONS * HTTP/1.1\r\nHost: "+c.host+"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
		if !strings.HasPrefix(answer, fmt.Sprintf("HTTP/1.1 %d ", c.status)) {
			t.Errorf("%+v: got %q", c, answer)
		}
		select {
		case a := <-r.access:
			if a.Method != "OPTIONS" || a.Status != c.status || c.status == 200 && (a.Path != "*" || a.Host != "a" || a.URL != "http://a") {
				t.Errorf("%+v: the log has %+v", c, a)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%+v: the log has nothing", c)
		}
	}
	for _, want := range []string{`hedge_requests_total{app="",route="none",code="2xx"} 1`, `hedge_request_outcomes_total{app="",outcome="shed"} 1`} {
		if text := string(m.Text()); !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s:\n%s", want, text)
		}
	}
}

func describe(req *httpmsg.Request) string {
	req = req.Clone()
	req.Header.DelFunc(func(f httpmsg.Field) bool { return strings.HasPrefix(f.Name, "X-Forwarded-") || f.Name == "X-Real-IP" }) // see TestCodeKnowsTheClient
	var b strings.Builder
	fields := func(h httpmsg.Header) {
		var list []string
		for _, f := range h.Fields() {
			if f.Name != "Connection" {
				list = append(list, f.Name+": "+f.Value)
			}
		}
		b.WriteString("[" + strings.Join(list, " ") + "]")
	}
	b.WriteString(req.Method + " " + req.URL() + " " + req.Proto + " ")
	fields(req.Header)
	b.WriteString(" " + map[bool]string{true: "-1"}[req.ContentLength < 0])
	if req.ContentLength >= 0 {
		b.WriteString(string(rune('0' + req.ContentLength)))
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		b.WriteString(" " + string(body))
		if err != nil {
			b.WriteString(" " + string(hedge.OutcomeOf(err)))
		}
	}
	if req.Trailer != nil {
		b.WriteString(" ")
		fields(req.Trailer())
	}
	return b.String()
}

// pieces is a body that comes in pieces, and ends with an error or io.EOF.
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

// What the door makes of an answer, byte by byte but for Date.
func TestAnswersGoOut(t *testing.T) {
	broken := hedge.Errorf(hedge.OutcomeOriginReset, "broke off")
	for _, c := range []struct {
		name, method string
		res          *httpmsg.Response
		want         string
		outcome      hedge.Outcome
	}{
		{"in memory", "GET", httpmsg.Text(200, "hi"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi", ""},
		{"empty", "GET", &httpmsg.Response{Status: 404}, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ""},
		{"no type is guessed", "GET", httpmsg.Bytes(200, "", []byte("<html>")), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", ""},
		{
			"hop by hop", "GET", &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Connection", "x-a", "X-A", "1", "Upgrade", "h2c", "Transfer-Encoding", "gzip", "Content-Length", "7")},
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "",
		},
		{"cookies", "GET", &httpmsg.Response{Status: 204, Header: httpmsg.NewHeader("set-cookie", "a=b", "Set-Cookie", "c=d")}, "HTTP/1.1 204 No Content\r\nset-cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n", ""},
		{"not modified", "GET", &httpmsg.Response{Status: 304, ContentLength: 5, Header: httpmsg.NewHeader("ETag", `"a"`)}, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n", ""},
		{"head", "HEAD", &httpmsg.Response{Status: 200, ContentLength: 5}, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ""},
		{"head with a body", "HEAD", httpmsg.Bytes(200, "", []byte("hi")), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", ""},
		{"head of a stream", "HEAD", &httpmsg.Response{Status: 200, Body: &pieces{[]string{"a"}, io.EOF}, ContentLength: -1}, "HTTP/1.1 200 OK\r\n\r\n", ""},
		{
			"stream", "GET", &httpmsg.Response{Status: 200, Body: &pieces{[]string{"ab", "c"}, io.EOF}, ContentLength: -1},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "",
		},
		{
			"trailer", "GET", &httpmsg.Response{Status: 200, Body: &pieces{nil, io.EOF}, ContentLength: -1, Trailer: func() httpmsg.Header { return httpmsg.NewHeader("Grpc-Status", "0") }},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGrpc-Status: 0\r\n\r\n", "",
		},
		{
			"stream of known length", "GET", &httpmsg.Response{Status: 200, Body: &pieces{[]string{"ab", "c"}, io.EOF}, ContentLength: 3},
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "",
		},
		{
			"stream that breaks off", "GET", &httpmsg.Response{Status: 200, Body: &pieces{[]string{"ab"}, broken}, ContentLength: -1},
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", hedge.OutcomeOriginReset,
		},
		{
			"stream that is too short", "GET", &httpmsg.Response{Status: 200, Body: &pieces{[]string{"ab"}, io.EOF}, ContentLength: 3},
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", hedge.OutcomeException,
		},
		{
			"stream that is too long", "GET", &httpmsg.Response{Status: 200, Body: &pieces{[]string{"ab", "cd"}, io.EOF}, ContentLength: 3},
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", hedge.OutcomeException,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, Config{}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) { return c.res, nil })), codeApp())
			answer := r.raw(t, c.method+" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			if got := withoutDate(answer); got != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
			if a := <-r.access; a.Outcome != c.outcome || a.Broken != (c.outcome != "") {
				t.Errorf("got the record %+v", a)
			}
		})
	}
}

// withoutDate removes the fields that net/http adds.
func withoutDate(answer string) string {
	var b strings.Builder
	for line := range strings.Lines(answer) {
		if !strings.HasPrefix(line, "Date: ") && line != "Connection: close\r\n" {
			b.WriteString(line)
		}
	}
	return b.String()
}

// The head goes out before there is content, and each piece before the next.
func TestStreamIsNotHeldBack(t *testing.T) {
	reader, writer := io.Pipe()
	r := start(t, Config{}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: reader, ContentLength: -1}, nil
	})), codeApp())
	conn := r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	defer func() { _ = conn.Close() }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8)
	for _, piece := range []string{"one", "two"} {
		if _, err := io.WriteString(writer, piece); err != nil {
			t.Fatal(err)
		}
		if n, err := res.Body.Read(buf); string(buf[:n]) != piece {
			t.Fatalf("got %q (%v), want %q", buf[:n], err, piece)
		}
	}
	_ = writer.Close()
	if _, err := res.Body.Read(buf); !errors.Is(err, io.EOF) {
		t.Errorf("got %v at the end", err)
	}
}

// An answer that is made of the request while that still comes in.
func TestFullDuplex(t *testing.T) {
	r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: -1}, nil
	})), codeApp())
	conn := r.dial(t, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	defer func() { _ = conn.Close() }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8)
	for _, piece := range []string{"one", "two"} {
		_, _ = io.WriteString(conn, "3\r\n"+piece+"\r\n")
		if n, err := res.Body.Read(buf); string(buf[:n]) != piece {
			t.Fatalf("got %q (%v), want %q", buf[:n], err, piece)
		}
	}
	_, _ = io.WriteString(conn, "0\r\n\r\n")
	if rest, err := io.ReadAll(res.Body); len(rest) > 0 || err != nil {
		t.Errorf("got %q and %v at the end", rest, err)
	}
}

// What is left of a request that was answered early is not taken for a request.
func TestUnreadRequestIsNotTheNextOne(t *testing.T) {
	seen := make(chan string, 2)
	r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		seen <- req.Target
		return httpmsg.Text(200, "no"), nil
	})), codeApp())
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	post := fmt.Sprintf("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(smuggled), smuggled)
	answer := r.raw(t, post+"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if strings.Count(answer, "HTTP/1.1 200 ") != 2 {
		t.Fatalf("got %q", answer)
	}
	if first, last := <-seen, <-seen; first != "/post" || last != "/last" {
		t.Errorf("the code saw %q and %q", first, last)
	}
}

// A body that somebody still reads does not hold up the answer.
func TestAnswerDoesNotWaitForTheUpload(t *testing.T) {
	read := make(chan error, 1)
	r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		started := make(chan struct{})
		go func() {
			_, _ = req.Body.Read(make([]byte, 1))
			close(started)
			_, err := req.Body.Read(make([]byte, 1))
			read <- err
		}()
		<-started
		return httpmsg.Text(413, "too much"), nil
	})), codeApp())
	conn := r.dial(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
	defer func() { _ = conn.Close() }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 413 {
		t.Fatalf("got %v, %v", res, err)
	}
	if err := <-read; err == nil {
		t.Error("the read went on")
	}
}

func TestClientThatBreaksOffItsRequest(t *testing.T) {
	for _, c := range []struct {
		name, body string
		outcome    hedge.Outcome
	}{
		{"too short", "Content-Length: 10\r\n\r\nabc", hedge.OutcomeClientGone},
		{"malformed chunk", "Transfer-Encoding: chunked\r\n\r\nzz\r\n", hedge.OutcomeBadRequest},
	} {
		outcome := make(chan hedge.Outcome, 1)
		r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
			_, err := io.ReadAll(req.Body)
			outcome <- hedge.OutcomeOf(err)
			return nil, err
		})), codeApp())
		conn := r.dial(t, "POST / HTTP/1.1\r\nHost: a\r\n"+c.body)
		_ = conn.Close()
		if got := <-outcome; got != c.outcome {
			t.Errorf("%s: got %s, want %s", c.name, got, c.outcome)
		}
	}
}

// Code sees who the client is, and not who it says it is.
func TestCodeKnowsTheClient(t *testing.T) {
	seen := make(chan httpmsg.Header, 1)
	r := start(t, Config{}, withCode(newCode(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		seen <- req.Header.Clone()
		return httpmsg.Text(200, ""), nil
	})), codeApp())
	r.raw(t, "GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 8.8.8.8\r\nX-Forwarded-User: admin\r\nForwarded: for=8.8.8.8\r\nConnection: close\r\n\r\n")
	want := httpmsg.NewHeader("X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1", "X-Forwarded-Host", "a.example", "X-Forwarded-Proto", "http", "X-Forwarded-Port", "80")
	if got := <-seen; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
