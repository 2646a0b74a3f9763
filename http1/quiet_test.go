//go:build unix

package http1

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"hedge/sock/socktest"
)

// A connection that is waited for has no buffer, and one that has something to say gets
// one, whatever has become of the one before.
func TestQuiet(t *testing.T) {
	client, nc := socktest.Pair(t)
	in := &reader{from: nc}
	in.quiet = newQuiet(nc, in)
	if in.quiet == nil {
		t.Fatal("a connection over TCP cannot be waited for")
	}
	long := "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 3*initialBuffer) + "\r\n\r\n"
	for _, head := range []string{"GET / HTTP/1.1\r\n\r\n", long, "GET /a HTTP/1.1\r\n\r\n"} {
		if _, err := io.WriteString(client, head); err != nil {
			t.Fatal(err)
		}
		if err := in.await(); err != nil {
			t.Fatal(err)
		}
		if got, err := in.head(1 << 20); err != nil || got != head {
			t.Fatalf("%.50q, %v; want %.50q", got, err, head)
		}
		in.quiet.release()
		_ = in.quiet.raw.Read(func(fd uintptr) bool {
			if in.quiet.take(fd) || in.quiet.own != nil || in.buf != nil {
				t.Error("a connection that says nothing has a buffer")
			}
			return true
		})
	}
	_ = client.Close()
	if err := in.await(); !errors.Is(err, io.EOF) {
		t.Errorf("%v instead of the end", err)
	}
	_ = nc.Close()
	if err := in.await(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v of a connection that has been closed", err)
	}
	if newQuiet(struct{ net.Conn }{nc}, in) != nil {
		t.Error("a connection with something in between is waited for without it")
	}
}
