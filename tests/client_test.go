package tests

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answer is a response that has been read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	// broken says why the body is not complete; nil if it is.
	broken error
}

// ask sends a request to an address, on a connection of its own. fields are names
// and values; "Host" is one of them. Redirects are not followed.
func ask(t testing.TB, addr, method, target, body string, fields ...string) answer {
	t.Helper()
	res := open(t, addr, method, target, body, fields...)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text), err}
}

func get(t testing.TB, addr, target string, fields ...string) answer {
	t.Helper()
	return ask(t, addr, "GET", target, "", fields...)
}

// open is ask, as far as the head of the response.
func open(t testing.TB, addr, method, target, body string, fields ...string) *http.Response {
	t.Helper()
	res, err := try(newClient(t), addr, method, target, body, fields...)
	must(t, err)
	return res
}

// newClient makes a client that follows no redirects and keeps connections for the
// length of the test.
func newClient(t testing.TB) *http.Client {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Timeout:       overdue,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// try sends a request that may fail.
func try(client *http.Client, addr, method, target, body string, fields ...string) (*http.Response, error) {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, "http://"+addr+target, content)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == "Host" {
			req.Host = fields[i+1]
		} else {
			req.Header.Add(fields[i], fields[i+1])
		}
	}
	return client.Do(req)
}

// want compares the answer with a status and a body.
func (a answer) want(t testing.TB, status int, body string) {
	t.Helper()
	if a.status != status || a.body != body || a.broken != nil {
		t.Errorf("the answer is %d %q (%v), want %d %q", a.status, a.body, a.broken, status, body)
	}
}

// dial connects to an address and sends what a well-behaved client would not.
func dial(t testing.TB, addr, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(overdue)))
	_, err = io.WriteString(conn, text)
	must(t, err)
	return conn
}

// wantLine reads the next line of a body.
func wantLine(t testing.TB, r *bufio.Reader, want string) {
	t.Helper()
	if got, err := r.ReadString('\n'); got != want {
		t.Fatalf("the next line is %q (%v), want %q", got, err, want)
	}
}

// receive takes what comes from a channel.
func receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(overdue):
		t.Fatalf("nothing is heard of %s", what)
		panic("unreachable")
	}
}
