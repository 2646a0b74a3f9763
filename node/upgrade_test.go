package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// patience ends a test that would hang; nothing is measured by it.
const patience = 2 * time.Minute

const handshakeKey = "dGhlIHNhbXBsZSBub25jZQ=="

// handshake is the head of a request for a WebSocket.
func handshake(path string, more ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: shop.example.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + handshakeKey + "\r\n" + strings.Join(more, "") + "\r\n"
}

// switching is the head of an origin's answer to one.
func switching(head *http.Request, more string) string {
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: " +
		httpmsg.WebSocketAccept(head.Header.Get("Sec-WebSocket-Key")) + "\r\n" + more + "\r\n"
}

// echoes is an origin that switches protocols and then sends back what it gets.
func echoes(t *testing.T) string {
	return rawOrigin(t, func(conn net.Conn, head *http.Request) {
		_, _ = io.WriteString(conn, switching(head, "Sec-WebSocket-Protocol: chat\r\nX-Path: "+head.URL.Path+"\r\n"))
		_, _ = io.Copy(conn, conn)
	})
}

// upgrade sends a handshake, perhaps with bytes right behind it, and returns the
// connection and the answer to it.
func (r *running) upgrade(t *testing.T, send string) (net.Conn, *bufio.Reader, *http.Response) {
	t.Helper()
	conn := r.dial(t, send)
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn, in, res
}

func wantBytes(t *testing.T, from io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(from, got); err != nil || string(got) != want {
		t.Fatalf("got %.100q (%v), want %.100q", got[:n], err, want)
	}
}

func TestWebSocketPassesThrough(t *testing.T) {
	release := toUpstream(echoes(t))
	release.Routes = []hedge.Route{{Path: "/under", Upstream: "site", StripPrefix: true}, {Path: "/split", Split: "both"}, {Path: "/", Upstream: "site"}}
	release.Splits = map[string]hedge.Split{"both": {Sides: []hedge.Side{{Upstream: "site", Weight: 1}}, Sticky: hedge.StickyNone}}
	r := start(t, Config{}, nil, release)
	long := strings.Repeat("0123456789abcdef", 512<<10) // 8 MiB: more than all buffers hold
	for _, path := range []string{"/", "/split/a", "/under/b"} {
		t.Run(path, func(t *testing.T) {
			conn, in, res := r.upgrade(t, handshake(path)+"right behind")
			if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != httpmsg.WebSocketAccept(handshakeKey) ||
				res.Header.Get("Connection") != "Upgrade" || res.Header.Get("Upgrade") != "websocket" ||
				res.Header.Get("Sec-WebSocket-Protocol") != "chat" || res.Header.Get("X-Path") != strings.TrimPrefix(path, "/under") {
				t.Fatalf("%d %v", res.StatusCode, res.Header)
			}
			wantBytes(t, in, "right behind")
			go func() {
				_, _ = io.WriteString(conn, long)
				_ = conn.(*net.TCPConn).CloseWrite() // the other direction goes on
			}()
			wantBytes(t, in, long)
			if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("%v instead of the end", err)
			}
			a := <-r.access
			if all := int64(len(long) + len("right behind")); a.Status != 101 || a.Bytes != all || a.Received != all || a.Outcome != "" || a.Broken {
				t.Errorf("the record is %+v", a)
			}
		})
	}
}

// What an origin sends right behind its head belongs to the client.
func TestWebSocketOriginSpeaksFirst(t *testing.T) {
	r := start(t, Config{}, nil, toUpstream(rawOrigin(t, func(conn net.Conn, head *http.Request) {
		_, _ = io.WriteString(conn, switching(head, "")+"first words")
	})))
	_, in, _ := r.upgrade(t, handshake("/"))
	wantBytes(t, in, "first words")
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("%v instead of the end", err)
	}
}

// A route that asks for an upgrade gets those requests that the edge takes for one.
func TestRouteByUpgrade(t *testing.T) {
	release := fixed()
	release.Routes = append(release.Routes, hedge.Route{Path: "/", Headers: []hedge.FieldMatch{{Name: "Upgrade", Pattern: "websocket"}}, Answer: &hedge.Answer{Status: 403}})
	r := start(t, Config{}, nil, release)
	for request, want := range map[string]string{
		handshake("/", "Connection: close\r\n"): "HTTP/1.1 403 ",
		strings.Replace(handshake("/", "Connection: close\r\n"), "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12", 1): "HTTP/1.1 200 ",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n":                                                              "HTTP/1.1 200 ",
	} {
		if answer := r.raw(t, request); !strings.HasPrefix(answer, want) {
			t.Errorf("%q: got %q, want %s", request, answer, want)
		}
	}
}

// What is no whole handshake goes on as a request like any other, without a trace of it.
func TestForgedUpgrades(t *testing.T) {
	seen := make(chan string, 10)
	r := start(t, Config{}, nil, toUpstream(site(t, func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		seen <- fmt.Sprintf("%s %q %q %q", req.Method, req.Header.Get("Upgrade"), req.Header.Get("Connection"), body)
		_, _ = io.WriteString(w, "ok")
	})))
	const behind = "GET /behind HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n"
	for name, tt := range map[string]struct{ send, want string }{
		"with content":      {handshake("/", "Content-Length: 5\r\n") + "GET /", `GET "" "close" "GET /"`},
		"with chunks":       {handshake("/", "Transfer-Encoding: chunked\r\n") + "2\r\nhi\r\n0\r\n\r\n", `GET "" "close" "hi"`},
		"POST":              {strings.Replace(handshake("/", "Content-Length: 0\r\n"), "GET", "POST", 1), `POST "" "" ""`},
		"h2c":               {strings.Replace(handshake("/", "HTTP2-Settings: AAAA\r\n"), "Upgrade: websocket", "Upgrade: h2c", 1), `GET "" "" ""`},
		"not in Connection": {strings.Replace(handshake("/"), "keep-alive, Upgrade", "keep-alive", 1), `GET "" "" ""`},
		"another version":   {strings.Replace(handshake("/"), "Version: 13", "Version: 12", 1), `GET "" "" ""`},
		"no key":            {strings.Replace(handshake("/"), "Sec-WebSocket-Key: "+handshakeKey+"\r\n", "", 1), `GET "" "" ""`},
		"it is declined":    {handshake("/"), `GET "websocket" "Upgrade" ""`},
	} {
		t.Run(name, func(t *testing.T) {
			answers := r.raw(t, tt.send+behind)
			if got := <-seen; got != tt.want {
				t.Errorf("the origin saw %s, want %s", got, tt.want)
			}
			if got := <-seen; got != `GET "" "" ""` || strings.Count(answers, "HTTP/1.1 200 OK") != 2 {
				t.Errorf("then the origin saw %s, and the client %q", got, answers)
			}
		})
	}
}

// A 101 that nobody has asked for, or that is none, does not reach the client.
func TestForgedSwitches(t *testing.T) {
	const plain = "GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n"
	good := func(head *http.Request) string { return switching(head, "") }
	for name, tt := range map[string]struct {
		send   string
		answer func(*http.Request) string
	}{
		"unasked for":      {plain, good},
		"another key":      {handshake("/"), func(*http.Request) string { return switching(&http.Request{}, "") }},
		"another protocol": {handshake("/"), func(h *http.Request) string { return strings.Replace(good(h), "WebSocket\r", "h2c\r", 1) }},
		"not in Connection": {handshake("/"), func(h *http.Request) string {
			return strings.Replace(good(h), "Connection: upgrade", "Connection: x", 1)
		}},
		"with content": {handshake("/"), func(h *http.Request) string { return switching(h, "Content-Length: 5\r\n") + "hello" }},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, Config{}, nil, toUpstream(rawOrigin(t, func(conn net.Conn, head *http.Request) { _, _ = io.WriteString(conn, tt.answer(head)) })))
			conn, _, res := r.upgrade(t, tt.send)
			_ = conn.Close()
			if a := <-r.access; res.StatusCode != 502 || a.Outcome != hedge.OutcomeOriginMalformed {
				t.Errorf("%d, %s", res.StatusCode, a.Outcome)
			}
		})
	}
}

// Either end may break off; the other notices.
func TestWebSocketBreaksOff(t *testing.T) {
	ended := make(chan error, 1)
	wait := make(chan struct{})
	r := start(t, Config{}, nil, toUpstream(rawOrigin(t, func(conn net.Conn, head *http.Request) {
		_, _ = io.WriteString(conn, switching(head, ""))
		if head.URL.Path == "/reset" {
			<-wait
			_ = conn.(*net.TCPConn).SetLinger(0)
			return
		}
		_, err := io.Copy(io.Discard, conn)
		ended <- err
	})))
	_, in, _ := r.upgrade(t, handshake("/reset"))
	close(wait)
	if _, err := in.ReadByte(); err == nil {
		t.Error("the client got something")
	}
	if a := <-r.access; a.Outcome != hedge.OutcomeOriginReset {
		t.Errorf("the outcome is %q", a.Outcome)
	}
	conn, _, _ := r.upgrade(t, handshake("/"))
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
	<-ended
	if a := <-r.access; a.Outcome != hedge.OutcomeClientGone {
		t.Errorf("the outcome is %q", a.Outcome)
	}
}

// A connection through which nothing passes is ended; one through which something
// does, from one side, is not.
func TestWebSocketIdles(t *testing.T) {
	cfg := DefaultClientConfig()
	cfg.TunnelTimeout = 50 * time.Millisecond
	origins := NewOrigins(OriginsConfig{Client: cfg, Clients: NewClients(cfg, nil, nil)})
	t.Cleanup(origins.Close)
	r := start(t, Config{Origins: origins}, nil, toUpstream(echoes(t)))
	conn, in, _ := r.upgrade(t, handshake("/"))
	_, _ = io.WriteString(conn, "hi")
	wantBytes(t, in, "hi")
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("%v instead of the end", err)
	}
	if a := <-r.access; a.Outcome != "" || a.Bytes != 2 {
		t.Errorf("the record is %+v", a)
	}
}

// A node that shuts down does not wait for what may go on for ever, and a release that
// was replaced keeps its connections for a while. Clients are told to come back, behind
// what has been said to them, and origins that somebody has gone.
func TestWebSocketEndsWithItsRelease(t *testing.T) {
	const restart = "\x88\x02\x03\xf4"
	heard := make(chan []byte, 2)
	origin := rawOrigin(t, func(conn net.Conn, head *http.Request) {
		_, _ = io.WriteString(conn, switching(head, "")+"\x81\x02hi")
		all, _ := io.ReadAll(conn)
		heard <- all
	})
	wantGoodbye := func(in *bufio.Reader) {
		t.Helper()
		if got, err := io.ReadAll(in); err != nil || string(got) != restart {
			t.Errorf("the client got %q (%v), want to hear of a restart", got, err)
		}
		all := <-heard
		if len(all) != 8 || string(all[:2]) != "\x88\x82" || all[2]^all[6] != 0x03 || all[3]^all[7] != 0xe9 {
			t.Errorf("the origin got %x, want to hear of somebody's going", all)
		}
	}
	r := start(t, Config{SocketDrain: time.Millisecond}, nil, toUpstream(origin))
	_, in, _ := r.upgrade(t, handshake("/"))
	wantBytes(t, in, "\x81\x02hi")
	if err := r.Deploy(t.Context(), toUpstream(origin)); err != nil {
		t.Fatal(err)
	}
	wantGoodbye(in)
	_, in, _ = r.upgrade(t, handshake("/"))
	wantBytes(t, in, "\x81\x02hi")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	down := make(chan struct{})
	go func() { // until all have hung up
		if err := r.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		close(down)
	}()
	wantGoodbye(in)
	<-down
}
