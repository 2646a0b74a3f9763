package tests

import (
	"bufio"
	"io"
	"net/http"
	"testing"
)

// Requests that a second server might read in another way never get to one: not to
// code, not to an origin, and neither does what follows them on the connection.
func TestFaultsInRequests(t *testing.T) {
	seen := make(chan string, 100)
	behind := origin(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r.Method + " " + r.RequestURI })
	p := serve(t, app{name: "app", main: answers("code")}.write(t), proxy("proxy", behind, "proxy.example").write(t))
	at := p.addr()
	const next = "GET /smuggled HTTP/1.1\r\nHost: proxy.example\r\n\r\n"
	const post = "POST / HTTP/1.1\r\nHost: proxy.example\r\n"
	for _, c := range []struct{ name, text string }{
		{"two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"},
		{"a list of lengths", post + "Content-Length: 5, 6\r\n\r\nabcdef"},
		{"a signed length", post + "Content-Length: +5\r\n\r\nabcde"},
		{"a length that is no number", post + "Content-Length: 5a\r\n\r\nabcde"},
		{"an unknown coding", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
		{"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
		{"chunked in two fields", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
		{"a space before the colon", post + "Content-Length : 5\r\n\r\nabcde"},
		{"a field that begins with a space", "POST / HTTP/1.1\r\n Content-Length: 5\r\nHost: proxy.example\r\n\r\nabcde"},
		{"a NUL in a value", post + "X: a\x00b\r\n\r\n"},
		{"a CR in a value", post + "X: a\rb\r\n\r\n"},
		{"a NUL in a name", post + "X\x00: a\r\n\r\n"},
		{"no host", "GET / HTTP/1.1\r\n\r\n"},
		{"two hosts", "GET / HTTP/1.1\r\nHost: proxy.example\r\nHost: other.example\r\n\r\n"},
		{"a URL of another host", "GET http://other.example/ HTTP/1.1\r\nHost: proxy.example\r\n\r\n"},
		{"a host with a path", "GET / HTTP/1.1\r\nHost: proxy.example/a\r\n\r\n"},
		{"a space in the target", "GET /a b HTTP/1.1\r\nHost: proxy.example\r\n\r\n"},
		{"no version", "GET /\r\nHost: proxy.example\r\n\r\n"},
		{"a method that is none", "G<>T / HTTP/1.1\r\nHost: proxy.example\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, at, c.text)
			_, _ = io.WriteString(conn, next) // fails when the connection has been closed already
			r := bufio.NewReader(conn)
			res, err := http.ReadResponse(r, nil)
			must(t, err)
			_, _ = io.Copy(io.Discard, res.Body)
			if rest, _ := io.ReadAll(r); len(rest) > 0 || res.StatusCode != 400 && res.StatusCode != 501 {
				t.Errorf("the answer is %s, with %q behind it; want 400 or 501 alone", res.Status, rest)
			}
		})
	}
	for _, text := range []string{
		"GET /a%00b HTTP/1.1\r\nHost: proxy.example\r\n\r\n",
		"CONNECT proxy.example:80 HTTP/1.1\r\nHost: proxy.example:80\r\n\r\n",
		"TRACE / HTTP/1.1\r\nHost: proxy.example\r\n\r\n",
		"GET http://other.example/ HTTP/1.1\r\nHost: proxy.example\r\n\r\n",
	} {
		res, err := http.ReadResponse(bufio.NewReader(dial(t, at, text)), nil)
		must(t, err)
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode == 200 {
			t.Errorf("%q: the answer is %s (%v)", text, res.Status, err)
		}
	}
	get(t, at, "/last", "Host", "proxy.example")
	if got := receive(t, "the last request", seen); got != "GET /last" {
		t.Errorf("the origin has got %s", got)
	}
	p.mustRun()
	get(t, at, "/").want(t, 200, "code")
}
