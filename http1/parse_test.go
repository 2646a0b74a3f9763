package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"hedge/httpmsg"
)

// head makes a head of a request line and fields.
func head(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

// get makes a request with these fields.
func get(fields ...string) string {
	return head(append([]string{"GET / HTTP/1.1", "Host: a"}, fields...)...)
}

// What is made of a request: its status if it is refused; else method, target,
// authority, length, version, how the connection goes on, and the fields.
var requests = []struct{ name, raw, want string }{
	{"plain", head("GET /a?b=c HTTP/1.1", "Host: Shop.Example.COM"), "GET /a?b=c shop.example.com 0 HTTP/1.1"},
	{"empty line before", "\r\n" + get(), "GET / a 0 HTTP/1.1"},
	{"fields in order", get("x-b: 2", "X-A: 1", "X-B: 3"), "GET / a 0 HTTP/1.1 [x-b=2] [X-A=1] [X-B=3]"},
	{"white space around a value", get("X-A: \t 1 2\t "), "GET / a 0 HTTP/1.1 [X-A=1 2]"},
	{"no white space", get("X-A:1"), "GET / a 0 HTTP/1.1 [X-A=1]"},
	{"tab inside a value", get("X-A: 1\t2"), "GET / a 0 HTTP/1.1 [X-A=1\t2]"},
	{"empty value", get("X-A:"), "GET / a 0 HTTP/1.1 [X-A=]"},
	{"bytes beyond ASCII in a value", get("X-A: \xFF"), "GET / a 0 HTTP/1.1 [X-A=\xFF]"},
	{"bytes beyond ASCII in the target", head("GET /\xC3\xA4 HTTP/1.1", "Host: a"), "GET /\xC3\xA4 a 0 HTTP/1.1"},
	{"colon in a value", get("X-A: b:c"), "GET / a 0 HTTP/1.1 [X-A=b:c]"},
	{"any method", head("brew! / HTTP/1.1", "Host: a"), "brew! / a 0 HTTP/1.1"},
	{"host with a port", head("GET / HTTP/1.1", "hOST: a:80"), "GET / a:80 0 HTTP/1.1"},
	{"IPv6 host", head("GET / HTTP/1.1", "Host: [::1]:8080"), "GET / [::1]:8080 0 HTTP/1.1"},
	{"empty host", head("GET / HTTP/1.1", "Host:"), "GET /  0 HTTP/1.1"},
	{"close", get("Connection: Close"), "GET / a 0 HTTP/1.1 close [Connection=Close]"},
	{"close in a list", get("Connection: x-a,\tclose"), "GET / a 0 HTTP/1.1 close [Connection=x-a,\tclose]"},
	{"known length", get("Content-Length: 12"), "GET / a 12 HTTP/1.1 [Content-Length=12]"},
	{"length of zero", get("Content-Length: 0"), "GET / a 0 HTTP/1.1 [Content-Length=0]"},
	{"length with leading zeros", get("Content-Length: 0012"), "GET / a 12 HTTP/1.1 [Content-Length=0012]"},
	{"chunked", get("transfer-encoding: Chunked"), "GET / a -1 HTTP/1.1"},
	{"expectation", get("Content-Length: 1", "Expect: 100-Continue"), "GET / a 1 HTTP/1.1 expects [Content-Length=1]"},
	{"expectation of HTTP/1.0", head("PUT / HTTP/1.0", "Content-Length: 1", "Expect: 100-continue"), "PUT /  1 HTTP/1.0 close [Content-Length=1]"},
	{"HTTP/1.0", head("GET / HTTP/1.0"), "GET /  0 HTTP/1.0 close"},
	{"HTTP/1.0 with a host", head("GET / HTTP/1.0", "Host: a"), "GET / a 0 HTTP/1.0 close"},
	{"HTTP/1.0 keep-alive", head("GET / HTTP/1.0", "Connection: keep-alive"), "GET /  0 HTTP/1.0 [Connection=keep-alive]"},
	{"HTTP/1.0 keep-alive and close", head("GET / HTTP/1.0", "Connection: keep-alive, close"), "GET /  0 HTTP/1.0 close [Connection=keep-alive, close]"},
	{"absolute form", head("GET http://B.example/x?y HTTP/1.1", "Host: b.EXAMPLE"), "GET /x?y b.example 0 HTTP/1.1"},
	{"absolute form without a path", head("GET http://b?y HTTP/1.1", "Host: b"), "GET /?y b 0 HTTP/1.1"},
	{"absolute form of HTTP/1.0", head("GET http://b/ HTTP/1.0"), "GET / b 0 HTTP/1.0 close"},
	{"asterisk", head("OPTIONS * HTTP/1.1", "Host: a"), "OPTIONS * a 0 HTTP/1.1"},
	{"asterisk in absolute form", head("OPTIONS http://a HTTP/1.1", "Host: a"), "OPTIONS * a 0 HTTP/1.1"},
	{"CONNECT", head("CONNECT b:443 HTTP/1.1", "Host: b:443"), "CONNECT b:443 b:443 0 HTTP/1.1 close"},

	{"two empty lines before", "\r\n\r\n" + get(), "400"},
	{"bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400"},
	{"bare LF before", "\n" + get(), "400"},
	{"bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"},
	{"bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "400"},
	{"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"},
	{"bare CR in the request line", head("GET /\r HTTP/1.1", "Host: a"), "400"},
	{"bare CR in a field", get("X-A: 1\rX-B: 2"), "400"},
	{"CR twice", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "400"},
	{"NUL in a field", get("X-A: 1\x002"), "400"},
	{"DEL in a field", get("X-A: \x7F"), "400"},
	{"NUL in the target", head("GET /\x00 HTTP/1.1", "Host: a"), "400"},
	{"tab in the request line", head("GET\t/ HTTP/1.1", "Host: a"), "400"},
	{"two spaces", head("GET  / HTTP/1.1", "Host: a"), "400"},
	{"space in the target", head("GET /a b HTTP/1.1", "Host: a"), "400"},
	{"space behind the version", head("GET / HTTP/1.1 ", "Host: a"), "400"},
	{"space before the method", head(" GET / HTTP/1.1", "Host: a"), "400"},
	{"fragment", head("GET /a#b HTTP/1.1", "Host: a"), "400"},
	{"no target", head("GET HTTP/1.1", "Host: a"), "400"},
	{"no version", head("GET /", "Host: a"), "400"},
	{"bad method", head("G(T / HTTP/1.1", "Host: a"), "400"},
	{"version in lower case", head("GET / http/1.1", "Host: a"), "400"},
	{"version of two digits", head("GET / HTTP/1.10", "Host: a"), "400"},
	{"version of letters", head("GET / HTTP/x.y", "Host: a"), "400"},
	{"version with a comma", head("GET / HTTP/1,1", "Host: a"), "400"},
	{"HTTP/1.2", head("GET / HTTP/1.2", "Host: a"), "505"},
	{"HTTP/0.9", head("GET / HTTP/0.9", "Host: a"), "505"},
	{"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
	{"target neither path nor URL", head("GET a HTTP/1.1", "Host: a"), "400"},
	{"target of another scheme", head("GET ftp://a/ HTTP/1.1", "Host: a"), "400"},
	{"target without a host", head("GET http:///x HTTP/1.1", "Host:"), "400"},
	{"target with a user", head("GET http://u@a/ HTTP/1.1", "Host: a"), "400"},
	{"target with a user that agrees", head("GET http://u@a/ HTTP/1.1", "Host: u@a"), "400"},
	{"target and Host disagree", head("GET http://b/ HTTP/1.1", "Host: a"), "400"},
	{"target and Host disagree about the port", head("GET http://a:81/ HTTP/1.1", "Host: a"), "400"},
	{"long target", head("GET /"+strings.Repeat("a", 20<<10)+" HTTP/1.1", "Host: a"), "414"},
	{"longer target", head("GET /"+strings.Repeat("a", 40<<10)+" HTTP/1.1", "Host: a"), "414"},
	{"no host", head("GET / HTTP/1.1"), "400"},
	{"two hosts", get("Host: b"), "400"},
	{"the same host twice", get("host: a"), "400"},
	{"host with a user", head("GET / HTTP/1.1", "Host: u@a"), "400"},
	{"host with a path", head("GET / HTTP/1.1", "Host: a/b"), "400"},
	{"two hosts in one", head("GET / HTTP/1.1", "Host: a, b"), "400"},
	{"folded field", get("X-A: 1", " 2"), "400"},
	{"folded first field", head("GET / HTTP/1.1", " Host: a"), "400"},
	{"folded by a tab", get("X-A: 1", "\tX-B: 2"), "400"},
	{"space before the colon", get("X-A : 1"), "400"},
	{"space before the colon of Transfer-Encoding", get("Transfer-Encoding : chunked"), "400"},
	{"no colon", get("X-A"), "400"},
	{"empty name", get(": 1"), "400"},
	{"name that is no token", get("X(A): 1"), "400"},
	{"name beyond ASCII", get("X\xC3\xA4: 1"), "400"},
	{"both framings", get("Content-Length: 5", "Transfer-Encoding: chunked"), "400"},
	{"both framings, the other way round", get("Transfer-Encoding: chunked", "Content-Length: 0"), "400"},
	{"length twice", get("Content-Length: 5", "Content-Length: 5"), "400"},
	{"two lengths", get("Content-Length: 5", "Content-Length: 6"), "400"},
	{"list of lengths", get("Content-Length: 5, 5"), "400"},
	{"length with a sign", get("Content-Length: +1"), "400"},
	{"negative length", get("Content-Length: -1"), "400"},
	{"hexadecimal length", get("Content-Length: 0x1"), "400"},
	{"length with an underscore", get("Content-Length: 1_0"), "400"},
	{"empty length", get("Content-Length:"), "400"},
	{"length beyond 64 bits", get("Content-Length: 18446744073709551617"), "400"},
	{"gzip", get("Transfer-Encoding: gzip"), "400"},
	{"identity", get("Transfer-Encoding: identity"), "400"},
	{"gzip, chunked", get("Transfer-Encoding: gzip, chunked"), "501"},
	{"chunked, gzip", get("Transfer-Encoding: chunked, gzip"), "400"},
	{"chunked, chunked", get("Transfer-Encoding: chunked, chunked"), "400"},
	{"chunked with a comma", get("Transfer-Encoding: chunked,"), "400"},
	{"chunked twice", get("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "400"},
	{"xchunked", get("Transfer-Encoding: xchunked"), "400"},
	{"chunked with a vertical tab", get("Transfer-Encoding: \vchunked"), "400"},
	{"chunked in quotes", get(`Transfer-Encoding: "chunked"`), "400"},
	{"no coding", get("Transfer-Encoding:"), "400"},
	{"chunked in HTTP/1.0", head("POST / HTTP/1.0", "Transfer-Encoding: chunked"), "400"},
	{"other expectation", get("Expect: 200-ok"), "417"},
	{"too many fields", get(strings.Split(strings.Repeat("X: y\n", 100)+"X: y", "\n")...), "431"},
	{"huge head", get("X-A: " + strings.Repeat("x", 40<<10)), "431"},
	{"endless head", "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 10<<10), "431"},
}

// outcome reads and parses one request.
func outcome(from io.Reader) string {
	limits := DefaultLimits()
	in := reader{from: from}
	raw, err := in.head(limits.HeadBytes)
	var req *httpmsg.Request
	var f framing
	if err == nil {
		req, f, err = parseHead(raw, &limits)
	}
	if len(in.buf) > limits.HeadBytes {
		return fmt.Sprintf("a buffer of %d bytes", len(in.buf))
	}
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return fmt.Sprint(refused.status)
	case err != nil:
		return err.Error()
	}
	return describe(req, f)
}

func describe(req *httpmsg.Request, f framing) string {
	s := fmt.Sprintf("%s %s %s %d %s", req.Method, req.Target, req.Authority, req.ContentLength, req.Proto)
	if f.length != req.ContentLength || f.http10 != (req.Proto == "HTTP/1.0") {
		s += fmt.Sprintf(" %+v", f)
	}
	if f.close {
		s += " close"
	}
	if f.expects {
		s += " expects"
	}
	for _, field := range req.Header.Fields() {
		s += " [" + field.Name + "=" + field.Value + "]"
	}
	return s
}

func TestParseHead(t *testing.T) {
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			if got := outcome(strings.NewReader(c.raw)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := outcome(iotest.OneByteReader(strings.NewReader(c.raw))); got != c.want {
				t.Errorf("byte by byte: got %q, want %q", got, c.want)
			}
		})
	}
}

func TestHeadThatBreaksOff(t *testing.T) {
	raw := get("X-A: 1")
	for i := range len(raw) {
		if got := outcome(strings.NewReader(raw[:i])); got != io.ErrUnexpectedEOF.Error() {
			t.Errorf("after %q: %s", raw[:i], got)
		}
	}
}

// A buffer that a long head has made is let go of before the next wait.
func TestBufferShrinks(t *testing.T) {
	in := reader{from: strings.NewReader(get("X-A: "+strings.Repeat("x", 20<<10)) + get())}
	for range 2 {
		if _, err := in.head(32 << 10); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.await(); !errors.Is(err, io.EOF) || len(in.buf) != initialBuffer {
		t.Errorf("%v; %d bytes are kept", err, len(in.buf))
	}
}

// serialise writes a request so that it is parsed to the same again.
func serialise(req *httpmsg.Request, f framing) string {
	lines := []string{req.Method + " " + req.Target + " " + req.Proto, "Host: " + req.Authority}
	for _, field := range req.Header.Fields() {
		lines = append(lines, field.Name+": "+field.Value)
	}
	if f.length < 0 {
		lines = append(lines, "Transfer-Encoding: chunked")
	}
	if f.expects {
		lines = append(lines, "Expect: 100-continue")
	}
	return head(lines...)
}

// Heads do not panic; what is accepted is stable, and is what net/http understands.
func FuzzParseHead(f *testing.F) {
	for _, c := range requests {
		if len(c.raw) < 1000 {
			f.Add(c.raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		limits := DefaultLimits()
		in := reader{from: strings.NewReader(raw)}
		text, err := in.head(limits.HeadBytes)
		if err != nil {
			return
		}
		req, frame, err := parseHead(text, &limits)
		if req == nil {
			t.Fatal("there is no request")
		}
		if err != nil {
			return
		}
		limits.Fields, limits.TargetBytes = 1000, 1<<20
		again, frameAgain, err := parseHead(serialise(req, frame), &limits)
		if err != nil || describe(again, frameAgain) != describe(req, frame) {
			t.Errorf("%q was parsed again as %q (%v)", describe(req, frame), describe(again, frameAgain), err)
		}
		theirs, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil || req.Method == "CONNECT" { // whose host net/http takes from the target
			return
		}
		if theirs.Method != req.Method || theirs.ContentLength != req.ContentLength || comparableHost(theirs.Host) != comparableHost(req.Authority) ||
			theirs.RequestURI[0] == '/' && theirs.RequestURI != req.Target {
			t.Errorf("net/http has %s %s %s %d, and we have %s", theirs.Method, theirs.RequestURI, theirs.Host, theirs.ContentLength, describe(req, frame))
		}
	})
}

func BenchmarkParseHead(b *testing.B) {
	raw := head("GET /articles/2024/some-title?utm_source=feed HTTP/1.1", "Host: shop.example.com", "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0",
		"Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Language: en-GB,en;q=0.5", "Accept-Encoding: gzip, deflate, br", "Connection: keep-alive", "Cookie: a=b; c=d", "Cache-Control: max-age=0")
	limits := DefaultLimits()
	from := strings.NewReader(raw)
	in := reader{from: from}
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		from.Reset(raw)
		text, err := in.head(limits.HeadBytes)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := parseHead(text, &limits); err != nil {
			b.Fatal(err)
		}
	}
}
