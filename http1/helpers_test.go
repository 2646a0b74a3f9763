package http1

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"hedge/httpmsg"
)

// patience ends a test that would hang; nothing is measured by it.
const patience = 20 * time.Second

// running is a server on a real socket.
type running struct {
	*Server
	addr string
}

// start serves until the test ends.
func start(t testing.TB, handler httpmsg.Handler) *running {
	t.Helper()
	return serve(t, &Server{Handler: handler, Limits: DefaultLimits()})
}

func serve(t testing.TB, s *Server) *running {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	s.start()
	go func() { // ends with the listener
		defer close(served)
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			s.ServeConn(nc, nil)
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-served
		_ = s.Close()
		<-s.conns.Drained()
	})
	return &running{s, ln.Addr().String()}
}

// dial connects and sends.
func (r *running) dial(t testing.TB, send string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(nc, send); err != nil {
		t.Fatal(err)
	}
	return nc.(*net.TCPConn)
}

// talk sends, and returns what comes until the server ends the connection.
func (r *running) talk(t testing.TB, send string) string {
	t.Helper()
	nc := r.dial(t, send)
	got, err := io.ReadAll(nc)
	if err != nil {
		t.Fatalf("%v after %q", err, got)
	}
	return string(withoutDates(got))
}

func withoutDates(p []byte) []byte {
	var out []byte
	for line := range bytes.Lines(p) {
		if !bytes.HasPrefix(line, []byte("Date: ")) || !bytes.HasSuffix(line, []byte("\n")) {
			out = append(out, line...)
		}
	}
	return out
}

// expect reads exactly what is wanted, but for dates.
func expect(t testing.TB, from io.Reader, want string) {
	t.Helper()
	var got []byte
	for len(got) < len(want) || string(got) != want {
		piece := make([]byte, max(len(want)-len(got), 1)) // never more than belongs to it
		n, err := from.Read(piece)
		got = append(got, piece[:n]...)
		if at := bytes.Index(got, []byte("\r\nDate: ")); at >= 0 && bytes.Count(got[at:], []byte("\n")) > 1 {
			got = withoutDates(got)
		}
		if err != nil || len(got) > len(want)+100 {
			t.Fatalf("got %.300q (%v), want %.300q", got, err, want)
		}
	}
}

// expectEnd reads the end of the connection.
func expectEnd(t testing.TB, from io.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(from); len(rest) > 0 || errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		t.Fatalf("got %q (%v) instead of the end", rest, err)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// echo answers with what it sees, and refusals with their status.
func echo(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
	res := httpmsg.Bytes(200, "", []byte(req.Method+" "+req.Target))
	if refusal != nil {
		res = httpmsg.Bytes(refusal.Status, "", []byte(refusal.Why))
	}
	_, _ = out.Deliver(ctx, req, res)
}

// answering delivers the same answer always.
func answering(res func() *httpmsg.Response) httpmsg.Handler {
	return func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, res())
	}
}

// scripted is a connection that yields what a reader does.
type scripted struct {
	net.Conn
	from io.Reader
}

func (s *scripted) Read(p []byte) (int, error)      { return s.from.Read(p) }
func (s *scripted) SetReadDeadline(time.Time) error { return nil }

func newScripted(from io.Reader) *conn {
	nc := &scripted{from: from}
	return &conn{server: &Server{Limits: DefaultLimits()}, net: nc, in: reader{from: nc}}
}
