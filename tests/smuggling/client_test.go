package smuggling

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// dialogue is one case: what a client sends, and what becomes of it. HOST stands for the
// host of the app.
type dialogue struct {
	name string
	send string
	// answers are what the client gets, each a status, and for an answer of the origin its
	// content; "HEAD " before the status is an answer without content.
	answers []string
	// inCode are the answers of the app that is code, where they are others, without a
	// request to the origin: fetch takes no content with GET, and cannot tell why it broke
	// off.
	inCode []string
	// stays says that the connection goes on, in step, behind that; else it has ended.
	stays bool
	// seen are the requests that the origin gets whole, with their content.
	seen []string
	// more is sent when the answers have come, and rest are the answers to that.
	more string
	rest []string
	// hangUp says that the client goes away then.
	hangUp bool
}

// open is d with a connection that stays: the fault is in what the request means, and
// not in where it ends.
func (d dialogue) open() dialogue {
	d.stays = true
	return d
}

// run has a client speak, and looks at what the client and the origin got.
func (d dialogue) run(t *testing.T, edge, host string, o *recorder) {
	if host == byCode && d.inCode != nil {
		d.answers, d.seen = d.inCode, nil
	}
	o.take()
	conn, in := dial(t, edge)
	_, _ = io.WriteString(conn, strings.ReplaceAll(d.send, "HOST", host)) // fails when the connection has been closed already
	for i, want := range d.answers {
		if got := next(in, want); got != want {
			t.Fatalf("the answer %d is %q, want %q", i+1, got, want)
		}
	}
	_, _ = io.WriteString(conn, strings.ReplaceAll(d.more, "HOST", host))
	for i, want := range d.rest {
		if got := next(in, want); got != want {
			t.Fatalf("the later answer %d is %q, want %q", i+1, got, want)
		}
	}
	if d.hangUp {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	if d.stays {
		_, _ = io.WriteString(conn, "GET /next HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
		if got := next(in, "200 "); got != "200 GET /next" {
			t.Errorf("the next answer is %q", got)
		}
	}
	if rest, err := io.ReadAll(in); len(rest) > 0 || isTimeout(err) {
		t.Errorf("behind the answers comes %q (%v) instead of the end", rest, err)
	}
	_ = conn.Close()
	bystander(t, edge, host)
	want := slices.Clone(d.seen)
	if d.stays {
		want = append(want, "GET /next")
	}
	if got := o.take(); !slices.Equal(got, append(want, "GET /bystander/0", "GET /bystander/1")) {
		t.Errorf("the origin has got %q, want %q and two bystanders", got, want)
	}
}

// bystander asks for something that only it gets.
func bystander(t testing.TB, edge, host string) {
	t.Helper()
	conn, in := dial(t, edge)
	defer func() { _ = conn.Close() }()
	for i := range 2 {
		_, _ = fmt.Fprintf(conn, "GET /bystander/%d HTTP/1.1\r\nHost: %s\r\n\r\n", i, host)
		if got, want := next(in, "200 "), fmt.Sprintf("200 GET /bystander/%d", i); got != want {
			t.Errorf("a bystander gets %q, want %q", got, want)
		}
	}
}

func dial(t testing.TB, edge string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", edge)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(overdue)))
	return conn, bufio.NewReader(conn)
}

// next reads an answer, in the form of a dialogue's. want says whether it has content,
// and whether that matters.
func next(in *bufio.Reader, want string) string {
	method, prefix := "GET", ""
	if strings.HasPrefix(want, "HEAD ") {
		method, prefix = "HEAD", "HEAD "
	}
	res, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return err.Error()
	}
	status := fmt.Sprint(prefix, res.StatusCode)
	content, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return status + " " + err.Error()
	case strings.HasPrefix(want, status+" "):
		return status + " " + string(content)
	}
	return status
}

func kilobytes(n int) string { return strings.Repeat("x", n<<10) }

func manyFields(n int) string { return strings.Repeat("X-A: b\r\n", n) }

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

func interims(n int) string {
	return strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", n)
}

// run asks for an answer, and looks at what comes.
func (r reply) run(t *testing.T, edge, host string, o *recorder) {
	want := r.want
	path := o.play(r.script)
	conn, in := dial(t, edge)
	method, content := "GET", ""
	if r.method != "" {
		method = r.method
	}
	if method == "POST" { // of which the origin reads nothing
		content = fmt.Sprintf("Content-Length: %d\r\n", len(letter))
	}
	_, _ = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", method, path, host, content)
	if method == "POST" {
		_, _ = io.WriteString(conn, letter)
	}
	got := next(in, want)
	for got == "103" { // interim answers are passed on
		got = next(in, want)
	}
	if got != want && !(strings.HasSuffix(want, " broken") && broke(got)) {
		t.Errorf("the client gets %q, want %q", got, want)
	}
	if rest, err := io.ReadAll(in); len(rest) > 0 || isTimeout(err) {
		t.Errorf("behind it comes %q (%v) instead of the end", rest, err)
	}
	_ = conn.Close()
	o.goOn(path)
	bystander(t, edge, host)
}

// broke reports whether an answer's content has broken off.
func broke(got string) bool {
	return strings.HasSuffix(got, io.ErrUnexpectedEOF.Error()) || strings.HasSuffix(got, "connection reset by peer") || got == "502"
}
