package http1

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"hedge/httpmsg"
)

// moving counts what was moved of a body.
type moving struct {
	io.ReadCloser
	moved *atomic.Int64
}

func (m moving) Move(to *net.TCPConn, most int64) (int64, error) {
	n, err := m.ReadCloser.(httpmsg.Mover).Move(to, most)
	m.moved.Add(n)
	return n, err
}

// Content that only passes through arrives as it was, to a client who is slow as well, and
// the connection with its origin is used again.
func TestContentIsMoved(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	size := len(content)
	var conns, moved atomic.Int64
	origin := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		conns.Add(1)
		for next() != nil {
			_, _ = fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
			_, _ = nc.Write(content)
		}
	})
	client := testClient(t, nil)
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		res, err := client.RoundTrip(ctx, asks(origin, "GET"))
		if err != nil {
			t.Error(err)
			return
		}
		res.Body = moving{res.Body, &moved}
		if n, err := out.Deliver(ctx, req, res); n != int64(size) || err != nil {
			t.Errorf("%d bytes were delivered, and %v", n, err)
		}
	})
	nc := r.dial(t, "")
	for range 3 {
		_, _ = io.WriteString(nc, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", size)
		got := make([]byte, len(head))
		if _, err := io.ReadFull(nc, got); err != nil || string(got[:15]) != "HTTP/1.1 200 OK" {
			t.Fatalf("%q, %v", got, err)
		}
		rest := io.LimitedReader{R: nc, N: 1 << 10}
		for !bytes.Contains(got, headEnd) { // byte by byte, up to the end of the head
			one := make([]byte, 1)
			if _, err := rest.Read(one); err != nil {
				t.Fatal(err)
			}
			got = append(got, one...)
		}
		body := make([]byte, size)
		if n, err := io.ReadFull(nc, body); err != nil || !bytes.Equal(body, content) {
			t.Fatalf("%d of %d bytes came: %v", n, size, err)
		}
	}
	if conns.Load() != 1 || moved.Load() == 0 {
		t.Errorf("there were %d connections with the origin, and %d bytes were moved", conns.Load(), moved.Load())
	}
}

// A client who goes away amid content that is moved ends the exchange, and nothing of it is
// left for another one.
func TestClientGoesAmidMoving(t *testing.T) {
	var conns atomic.Int64
	size := 64 << 20
	origin := talks(t, func(_ int, nc *net.TCPConn, next func() *http.Request) {
		conns.Add(1)
		for next() != nil {
			_, _ = fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
			piece := make([]byte, 1<<20)
			for range size / len(piece) {
				if _, err := nc.Write(piece); err != nil {
					return
				}
			}
		}
	})
	client := testClient(t, nil)
	ended := make(chan error, 2)
	r := start(t, func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		res, err := client.RoundTrip(ctx, asks(origin, "GET"))
		if err == nil {
			_, err = out.Deliver(ctx, req, res)
		}
		ended <- err
	})
	for range 2 {
		nc := r.dial(t, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
		_, _ = io.CopyN(io.Discard, nc, 1<<20)
		_ = nc.SetLinger(0)
		_ = nc.Close()
		if err := <-ended; err == nil {
			t.Error("an answer was delivered to nobody")
		}
	}
	if conns.Load() != 2 {
		t.Errorf("there were %d connections with the origin", conns.Load())
	}
}
