package tests

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// listen listens until the test ends.
func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

// origin is a well-behaved server. It returns its URL, which has no path.
func origin(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// rawOrigin hands each connection to talk when the head of a request has arrived,
// and closes it when talk returns.
func rawOrigin(t testing.TB, talk func(conn net.Conn, req *http.Request)) string {
	t.Helper()
	ln := listen(t)
	go func() { // until the listener is closed
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { // until talk returns
				defer conn.Close()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					talk(conn, req)
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// says is an origin that answers with these bytes and closes the connection.
func says(t testing.TB, text string) string {
	t.Helper()
	return rawOrigin(t, func(conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, text) })
}

// breaks is an origin that answers with these bytes and, once it has been told to,
// with others; if there are none it resets the connection.
func breaks(t testing.TB, text, then string, now <-chan struct{}) string {
	t.Helper()
	return rawOrigin(t, func(conn net.Conn, _ *http.Request) {
		_, _ = io.WriteString(conn, text)
		<-now
		if then == "" {
			_ = conn.(*net.TCPConn).SetLinger(0) // so that Close sends RST
		}
		_, _ = io.WriteString(conn, then)
	})
}

// stalls is an origin that answers with these bytes, and then no more. ended gets a
// value whenever a connection to it has ended.
func stalls(t testing.TB, text string) (url string, ended <-chan struct{}) {
	t.Helper()
	over := make(chan struct{}, 64)
	return rawOrigin(t, func(conn net.Conn, _ *http.Request) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn) // until the other side closes
		over <- struct{}{}
	}), over
}

// refuses is the URL of an origin that takes no connections.
func refuses(t testing.TB) string {
	t.Helper()
	ln := listen(t)
	must(t, ln.Close())
	return "http://" + ln.Addr().String()
}
