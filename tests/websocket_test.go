package tests

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"hedge"
	"hedge/egress"
)

// chatter is an origin that speaks WebSockets by another implementation of the
// handshake. It answers every message with what it is, and the path.
func chatter(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() { // ends with the listener
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			go func() {
				defer nc.Close()
				path := ""
				upgrader := ws.Upgrader{
					OnRequest: func(uri []byte) error { path = string(uri); return nil },
					Protocol:  func(name []byte) bool { return string(name) == "chat" },
				}
				if _, err := upgrader.Upgrade(nc); err != nil {
					return
				}
				for {
					data, op, err := wsutil.ReadClientData(nc)
					if err != nil {
						return
					}
					if wsutil.WriteServerMessage(nc, op, append([]byte(path+" says "), data...)) != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// webSocket opens one at the edge, by the same other implementation.
func webSocket(t *testing.T, at, path string) net.Conn {
	t.Helper()
	nc, buffered, _, err := ws.Dialer{Timeout: time.Minute}.Dial(t.Context(), "ws://"+at+path)
	must(t, err)
	must(t, nc.SetDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { _ = nc.Close() })
	if buffered != nil { // the first message came with the head
		return readAhead{nc, buffered}
	}
	return nc
}

// readAhead is a connection of which something has been read already.
type readAhead struct {
	net.Conn
	in io.Reader
}

func (c readAhead) Read(p []byte) (int, error) { return c.in.Read(p) }

func talk(t *testing.T, nc net.Conn, say, want string) {
	t.Helper()
	must(t, wsutil.WriteClientText(nc, []byte(say)))
	got, err := wsutil.ReadServerText(nc)
	if err != nil || string(got) != want {
		t.Fatalf("%q (%v), want %q", got, err, want)
	}
}

// Code answers, opens, relays and passes on WebSockets.
func TestWebSocketsInCode(t *testing.T) {
	origin := chatter(t)
	main := strings.ReplaceAll(`
		const at = "ORIGIN";
		const pair = () => { const [client, server] = Object.values(new WebSocketPair()); server.accept(); return { client, server }; };
		const upgrade = (client) => new Response(null, { status: 101, webSocket: client });
		export default { async fetch(request) {
			const { pathname } = new URL(request.url);
			if (request.headers.get("upgrade") !== "websocket") return new Response("no upgrade", { status: 426 });
			switch (pathname) {
				case "/code": { const { client, server } = pair(); server.onmessage = (e) => server.send("code: " + e.data); return upgrade(client); }
				case "/pass": return fetch("http://" + at + pathname, request);
				case "/relay": {
					const { client, server } = pair();
					const behind = (await fetch("http://" + at + pathname, { headers: { Upgrade: "websocket" } })).webSocket;
					behind.accept();
					behind.onmessage = (e) => server.send(e.data);
					server.onmessage = (e) => behind.send(e.data);
					server.onclose = () => behind.close();
					return upgrade(client);
				}
				case "/new": {
					const { client, server } = pair();
					const behind = new WebSocket("ws://" + at + pathname, ["other", "chat"]);
					await new Promise((resolve, reject) => { behind.onopen = resolve; behind.onerror = reject; });
					behind.onmessage = (e) => server.send(behind.protocol + ": " + e.data);
					server.onmessage = (e) => behind.send(e.data);
					return upgrade(client);
				}
				case "/refused": {
					const behind = new WebSocket("ws://169.254.169.254/");
					const why = await new Promise((resolve) => { behind.onclose = (e) => resolve(e.code); });
					const { client, server } = pair();
					server.onmessage = () => server.send("closed " + why);
					return upgrade(client);
				}
			}
			return new Response("not here", { status: 404 });
		} };`, "ORIGIN", origin)
	e := newEdge()
	e.client.Egress = &egress.Policy{}
	e.open(t, app{name: "shop", main: main, egress: hedge.Egress{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	for path, want := range map[string]string{
		"/code": "code: hi", "/pass": "/pass says hi", "/relay": "/relay says hi", "/new": "chat: /new says hi", "/refused": "closed 1006",
	} {
		t.Run(path, func(t *testing.T) {
			nc := webSocket(t, e.at, path)
			talk(t, nc, "hi", want)
			talk(t, nc, "hi", want)
			must(t, wsutil.WriteClientMessage(nc, ws.OpClose, ws.NewCloseFrameBody(1000, "")))
			if f, err := ws.ReadFrame(nc); err != nil && path != "/pass" || err == nil && f.Header.OpCode != ws.OpClose {
				t.Errorf("%v, %v instead of a close frame", f.Header, err)
			}
		})
	}
	nc, err := net.Dial("tcp", e.at)
	must(t, err)
	defer nc.Close()
	_, _ = io.WriteString(nc, "GET /code HTTP/1.1\r\nHost: shop\r\n\r\n")
	if res, err := http.ReadResponse(bufio.NewReader(nc), nil); err != nil || res.StatusCode != 426 {
		t.Errorf("%v, %v", res, err)
	}
}

// echoing is an app that says what it hears, behind how it was asked. more makes another
// release of it.
func echoing(more string) app {
	return app{name: "shop", main: `
		export default { fetch(request) {
			if (request.headers.get("upgrade") !== "websocket") return new Response("no upgrade", { status: 426 });
			const [client, server] = Object.values(new WebSocketPair());
			server.accept();
			server.onmessage = (e) => server.send(request.method + " " + new URL(request.url).pathname + ": " + e.data);
			return new Response(null, { status: 101, webSocket: client });
		} }; //` + more}
}

// Who has a WebSocket with an app that is replaced, or a node that ends, is told by 1012
// that it is worth to come back.
func TestWebSocketsAreToldOfRestarts(t *testing.T) {
	e := newEdge()
	e.socketDrain = time.Millisecond
	e.open(t, echoing(""))
	for _, tt := range []struct {
		name string
		end  func() error
	}{
		{"reload", func() error { return e.node.Deploy(t.Context(), e.release(echoing("new"))) }},
		{"drain", func() error { return e.node.Shutdown(t.Context()) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nc := webSocket(t, e.at, "/chat")
			talk(t, nc, "hi", "GET /chat: hi")
			ended := make(chan error, 1)
			go func() { ended <- tt.end() }() // ends with it
			f, err := ws.ReadFrame(nc)
			if code, _ := ws.ParseCloseFrameData(f.Payload); err != nil || code != 1012 {
				t.Errorf("%v %d, %v", f.Header, code, err)
			}
			_ = nc.Close()
			must(t, <-ended)
		})
	}
}

// What one says, all in the room get.
func websocketChat(t *testing.T) {
	// One core is one isolate, and so one room.
	at := startIn(t, []string{"GOMAXPROCS=1"}, "dev", "../examples/websocket-chat", "--listen", "127.0.0.1:0").addr()
	if res := get(t, at, "/"); res.status != 200 || !strings.Contains(res.body, "<title>Chat</title>") {
		t.Errorf("%+v", res)
	}
	if res := get(t, at, "/chat"); res.status != 426 {
		t.Errorf("%+v", res)
	}
	hear := func(nc net.Conn) string {
		t.Helper()
		line, err := wsutil.ReadServerText(nc)
		must(t, err)
		return string(line)
	}
	first := webSocket(t, at, "/chat")
	if got := hear(first); got != `{"from":"","text":"guest 1 is here; 1 here"}` {
		t.Fatal(got)
	}
	second := webSocket(t, at, "/chat")
	if got := hear(second); !strings.Contains(got, "; 2 here") {
		t.Fatal(got)
	}
	if got := hear(first); !strings.Contains(got, "; 2 here") {
		t.Fatal(got)
	}
	must(t, wsutil.WriteClientText(first, []byte("hello <b>")))
	for _, nc := range []net.Conn{first, second} {
		if got := hear(nc); got != `{"from":"guest 1","text":"hello <b>"}` {
			t.Error(got)
		}
	}
	_ = second.Close()
	if got := hear(first); !strings.Contains(got, "has left; 1 here") {
		t.Error(got)
	}
	must(t, wsutil.WriteClientText(first, []byte(strings.Repeat("x", 1001))))
	if f, err := ws.ReadFrame(first); err != nil || f.Header.OpCode != ws.OpClose {
		t.Errorf("%v, %v", f, err)
	}
}
