package node

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hedge"
	"hedge/httpmsg"
)

// ending is a node that ends while a handshake is under way, and a client that has been told.
func ending(t *testing.T, r *running) (over func() error) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	_ = conn.SetDeadline(time.Now().Add(patience))
	ask := func() (told bool) {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		return res.Close
	}
	ask() // what the node has not accepted yet, the end may break off
	shaken := sync.OnceFunc(r.door.shaking.Done)
	r.door.shaking.Add(1)
	t.Cleanup(shaken) // before the node's own, which waits for it
	down := make(chan error, 1)
	go func() { down <- r.Shutdown(context.Background()) }()
	for !ask() { // until the first answer after the beginning of the end
	}
	return func() error {
		shaken()
		return <-down
	}
}

func draining(t *testing.T) *running {
	t.Helper()
	return start(t, Config{DrainIdleTimeout: patience}, withCode(newCode(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, "hi"), nil
	})), codeApp())
}

// A client that does not go on with its handshake holds up nobody: the others learn of the end at
// once, and what comes of handshakes that end is served.
func TestHandshakesDoNotHoldUpTheEnd(t *testing.T) {
	r := draining(t)
	over := ending(t, r)
	client, server := net.Pipe()
	defer client.Close()
	r.door.main.http1.ServeConn(server, nil)
	go func() { _, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n") }()
	answer, err := io.ReadAll(client)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") || !strings.Contains(string(answer), "Connection: close") {
		t.Errorf("who has just made a connection gets %q, %v", answer, err)
	}
	if err := over(); err != nil {
		t.Error(err)
	}
}

// A client that says nothing is broken off, and the node ends without an error.
func TestSilentHandshakeAtTheEnd(t *testing.T) {
	n := startTLS(t, Config{}, func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, "hi"), nil
	})
	silent, err := net.Dial("tcp", n.tlsAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := n.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	_ = silent.SetDeadline(time.Now().Add(patience))
	if n, err := silent.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Errorf("it goes on: %d, %v", n, err)
	}
}

// A connection without TLS shows by its first bytes that it speaks HTTP/2, which may come when the
// end has begun.
func TestPrefaceAtTheEnd(t *testing.T) {
	r := draining(t)
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	for r.Connections() == 0 { // until it has been accepted
		if t.Context().Err() != nil {
			t.Fatal("the connection is not accepted")
		}
	}
	over := ending(t, r)
	out := bytes.NewBufferString(http2.ClientPreface)
	framer := http2.NewFramer(out, conn)
	var head bytes.Buffer
	encoder := hpack.NewEncoder(&head)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "shop"}, {":path", "/"}} {
		_ = encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	_ = framer.WriteSettings()
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head.Bytes(), EndStream: true, EndHeaders: true})
	if _, err := conn.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for body := ""; body != "hi"; {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("after %v: %v", kinds, err)
		}
		kinds = append(kinds, f.Header().Type.String())
		if data, ok := f.(*http2.DataFrame); ok {
			body += string(data.Data())
		}
	}
	if kinds[0] != "SETTINGS" || !strings.Contains(strings.Join(kinds, " "), "GOAWAY") {
		t.Errorf("the client gets %v", kinds)
	}
	_ = conn.Close()
	if err := over(); err != nil {
		t.Error(err)
	}
}

// A request that the node breaks off at the end is not one whose client has gone, whether the
// answer has begun or not.
func TestRequestsThatAreCutAtTheEnd(t *testing.T) {
	for _, begun := range []bool{false, true} {
		asked := make(chan struct{})
		r := start(t, Config{}, withCode(newCode(func(ctx context.Context, _ *httpmsg.Request) (*httpmsg.Response, error) {
			close(asked)
			if begun {
				reader, _ := io.Pipe()
				context.AfterFunc(ctx, func() { _ = reader.CloseWithError(ctx.Err()) })
				return &httpmsg.Response{Status: 200, Body: reader, ContentLength: -1}, nil
			}
			<-ctx.Done()
			return nil, hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the client went away")
		})), codeApp())
		conn := r.dial(t, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
		defer conn.Close()
		<-asked
		want := 503
		if begun {
			want = 200
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Fatal(err)
			}
		}
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if err := r.Shutdown(over); err == nil {
			t.Error("nothing was broken off")
		}
		if a := <-r.access; a.Outcome != hedge.OutcomeShutdown || hedge.OutcomeOf(a.Err) != hedge.OutcomeShutdown || a.Status != want || !a.Broken {
			t.Errorf("the record is %+v", a)
		}
	}
}
