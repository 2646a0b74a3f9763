package smuggling

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// recorder is an origin that writes down what it gets. It answers each request with the
// request, unless its path leads to a script.
type recorder struct {
	addr string

	mu      sync.Mutex        // guards what follows
	scripts map[string]script // by the path that leads there
	seen    []string          // requests, in the order in which they came, since the last look
	conns   []*tape
}

// script is what the origin says to a request, byte by byte, without a look at its
// content.
type script struct {
	says string
	ends bool // it hangs up afterwards
	// later is said when the client has got its answer.
	later string
	goOn  chan struct{} // closed then
	said  chan struct{} // closed when later has been said
}

// tape has all the bytes of one connection.
type tape struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (t *tape) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *tape) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// record starts an origin, until the test ends.
func record(t testing.TB) *recorder {
	t.Helper()
	ln := listen(t)
	o := &recorder{addr: ln.Addr().String(), scripts: map[string]script{}}
	go func() { // ends with the listener
		for conn, err := ln.Accept(); err == nil; conn, err = ln.Accept() {
			one := &tape{}
			o.mu.Lock()
			o.conns = append(o.conns, one)
			o.mu.Unlock()
			go o.serve(conn, one)
		}
	}()
	return o
}

// serve takes one request after the other.
func (o *recorder) serve(conn net.Conn, to *tape) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(io.TeeReader(conn, to))
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		o.mu.Lock()
		s, scripted := o.scripts[req.URL.Path]
		o.mu.Unlock()
		if scripted {
			o.note(req.Method + " " + req.RequestURI)
			if !s.play(conn) {
				return
			}
			continue
		}
		content, err := io.ReadAll(req.Body)
		line := strings.TrimSuffix(req.Method+" "+req.RequestURI+" "+string(content), " ")
		if err != nil {
			return // it is not whole, and nobody takes it for that
		}
		o.note(line)
		for name := range req.Trailer {
			line += " trailer " + name
		}
		if req.Method == "HEAD" {
			line = ""
		}
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(line), line); err != nil {
			return
		}
	}
}

// play says what is to be said, and reports whether the connection goes on.
func (s *script) play(conn net.Conn) bool {
	_, _ = io.WriteString(conn, s.says) // whoever does not read it is the edge
	if s.later != "" {
		<-s.goOn
		_, _ = io.WriteString(conn, s.later)
		close(s.said)
	}
	return !s.ends
}

// play has a script played to who asks for the path that it returns.
func (o *recorder) play(s script) (path string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	path = fmt.Sprint("/script/", len(o.scripts))
	s.goOn, s.said = make(chan struct{}), make(chan struct{})
	o.scripts[path] = s
	return path
}

// goOn has a script say what it says later, and returns when it has.
func (o *recorder) goOn(path string) {
	o.mu.Lock()
	s := o.scripts[path]
	o.mu.Unlock()
	if s.later != "" {
		close(s.goOn)
		<-s.said
	}
}

func (o *recorder) note(request string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, request)
}

// take returns the requests since the last look.
func (o *recorder) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.seen = nil
	return seen
}

// check reads what came on each connection in the ways of several servers, which have to
// see the same requests.
func (o *recorder) check(t testing.TB) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.conns {
		text := one.String()
		strict := readers[0].read(text)
		for _, r := range readers[1:] {
			got := r.read(text)
			for i := range min(len(got), len(strict)) {
				if got[i] != strict[i] {
					t.Errorf("a server that %s sees %q where one that goes by the standard sees %q", r.name, got[i], strict[i])
					break
				}
			}
		}
	}
}
