package websocket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/sock/socktest"
	"hedge/worker"
)

// patience ends a test that would hang; nothing is measured by it.
const patience = 2 * time.Minute

// server is the source of an app that answers with a WebSocket whose end in code is
// called server.
func server(body string) string {
	return jsapitest.Handler(`
		const [client, server] = Object.values(new WebSocketPair());
		server.accept();
		` + body + `
		return new Response(null, { status: 101, webSocket: client, headers: { "x-by": "code" } });`)
}

// echo sends back what it gets.
var echo = server(`
	server.addEventListener("message", (e) => server.send(e.data));
	server.addEventListener("close", (e) => console.log("close", e.code, e.reason, e.wasClean));
	server.addEventListener("error", () => console.log("error"));`)

// client is a test's end of a connection with an app.
type client struct {
	t testing.TB
	*net.TCPConn
	account *hedge.Account
	over    chan struct{} // closed when the app's end of it has ended
}

// duplex is the app's end.
type duplex struct{ *net.TCPConn }

// dial has an app answer a request for a WebSocket.
func dial(t testing.TB, app httpmsg.RoundTripper, target string) *client {
	t.Helper()
	req := jsapitest.Request("GET", target)
	req.Upgrade = httpmsg.WebSocket
	ctx, cancel := context.WithCancel(context.Background())
	res, err := app.RoundTrip(ctx, req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if res.Status != 101 || httpmsg.SwitchedBody(res) == nil {
		cancel()
		t.Fatalf("the status is %d, the body %v", res.Status, res.Body)
	}
	near, far := socktest.Pair(t)
	_ = near.SetDeadline(time.Now().Add(patience))
	c := &client{t, near, req.Account, make(chan struct{})}
	go func() { // ends with either end of the connection
		defer close(c.over)
		defer cancel()
		_, _, _ = httpmsg.SwitchedBody(res).Join(duplex{far})
		res.CloseBody()
		_ = far.Close()
	}()
	t.Cleanup(func() { _ = near.Close(); <-c.over })
	return c
}

// say sends a frame.
func (c *client) say(op ws.OpCode, fin bool, payload string) {
	c.t.Helper()
	if err := ws.WriteFrame(c, ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload)))); err != nil {
		c.t.Fatal(err)
	}
}

// hear reads a whole message or a control frame, as "text: …", "close 1000: …" and so on.
func (c *client) hear() string {
	c.t.Helper()
	var message []byte
	name := ""
	for {
		f, err := ws.ReadFrame(c)
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "reset") {
				return "end"
			}
			c.t.Fatal(err)
		}
		if f.Header.Masked {
			c.t.Error("a server masks no frame")
		}
		switch f.Header.OpCode {
		case ws.OpPing:
			return "ping: " + string(f.Payload)
		case ws.OpPong:
			return "pong: " + string(f.Payload)
		case ws.OpClose:
			if len(f.Payload) == 0 {
				return "close"
			}
			code, reason := ws.ParseCloseFrameData(f.Payload)
			return strings.TrimSpace("close " + itoa(int(code)) + " " + reason)
		case ws.OpText:
			name = "text: "
		case ws.OpBinary:
			name = "binary: "
		}
		message = append(message, f.Payload...)
		if f.Header.Fin {
			return name + string(message)
		}
	}
}

func itoa(n int) string {
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append([]byte{byte('0' + n%10)}, digits...)
	}
	return string(digits)
}

func (c *client) want(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if got := c.hear(); got != w {
			c.t.Fatalf("got %.100q, want %.100q", got, w)
		}
	}
}

// raw is a frame written by hand.
func raw(first, second byte, rest ...byte) string {
	return string(append([]byte{first, second}, rest...))
}

// What frames do, one connection each (RFC 6455 §5 to §8).
func TestFrames(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(echo)
	mask := "\x00\x00\x00\x00" // changes nothing, and is one
	long := strings.Repeat("0123456789", 20_000)
	text := func(s string) string {
		return string(ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(s)))))
	}
	frame := func(op ws.OpCode, fin bool, s string) string {
		return string(ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(s)))))
	}
	closing := func(code ws.StatusCode, reason string) string {
		return string(ws.MustCompileFrame(ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(code, reason)))))
	}
	for _, tt := range []struct {
		name, send string
		want       []string
	}{
		{"text", text("hello"), []string{"text: hello"}},
		{"binary", frame(ws.OpBinary, true, "\x00\xff"), []string{"binary: \x00\xff"}},
		{"empty", text("") + frame(ws.OpBinary, true, ""), []string{"text: ", "binary: "}},
		{"beyond one piece", text(long), []string{"text: " + long}},
		{"two at once", text("a") + text("b"), []string{"text: a", "text: b"}},
		{"fragments", frame(ws.OpText, false, "hel") + frame(ws.OpContinuation, false, "") + frame(ws.OpContinuation, true, "lo"), []string{"text: hello"}},
		{"an empty last fragment", frame(ws.OpText, false, "hello") + frame(ws.OpContinuation, true, ""), []string{"text: hello"}},
		{"nothing but empty fragments", frame(ws.OpText, false, "") + frame(ws.OpContinuation, true, ""), []string{"text: "}},
		{"a character over two fragments", frame(ws.OpText, false, "\xc3") + frame(ws.OpContinuation, true, "\xbc"), []string{"text: ü"}},
		{"ping", frame(ws.OpPing, true, "are you there"), []string{"pong: are you there"}},
		{"an empty ping, and on", frame(ws.OpPing, true, "") + text("x"), []string{"pong: ", "text: x"}},
		{"a ping between fragments", frame(ws.OpText, false, "a") + frame(ws.OpPing, true, "p") + frame(ws.OpContinuation, true, "b"), []string{"pong: p", "text: ab"}},
		{"a pong that nobody asked for", frame(ws.OpPong, true, "x") + text("a"), []string{"text: a"}},
		{"an empty pong, and on", frame(ws.OpPong, true, "") + text("a"), []string{"text: a"}},
		{"the largest ping", frame(ws.OpPing, true, strings.Repeat("p", 125)), []string{"pong: " + strings.Repeat("p", 125)}},

		{"close", closing(1000, ""), []string{"close 1000", "end"}},
		{"close with a reason", closing(3500, "enough"), []string{"close 3500", "end"}},
		{"close without a code", frame(ws.OpClose, true, ""), []string{"close", "end"}},
		{"close codes of IANA's registry", closing(1012, "restart"), []string{"close 1012", "end"}},
		{"the last of them", closing(1014, ""), []string{"close 1014", "end"}},
		{"close between fragments", frame(ws.OpText, false, "a") + closing(1001, ""), []string{"close 1001", "end"}},
		{"close, and more behind", closing(1000, "") + text("ignored"), []string{"close 1000", "end"}},
		{"a close code of one byte", frame(ws.OpClose, true, "\x03"), []string{"close 1002", "end"}},
		{"a close code that nobody may send", closing(1005, ""), []string{"close 1002", "end"}},
		{"another", closing(1006, ""), []string{"close 1002", "end"}},
		{"a close code below 1000", closing(999, ""), []string{"close 1002", "end"}},
		{"a close code without a meaning", closing(1004, ""), []string{"close 1002", "end"}},
		{"a close code of TLS", closing(1015, ""), []string{"close 1002", "end"}},
		{"a close code that is not defined", closing(1016, ""), []string{"close 1002", "end"}},
		{"a reason that is no UTF-8", closing(1000, "\xff"), []string{"close 1007", "end"}},

		{"no UTF-8", text("\xff"), []string{"close 1007", "end"}},
		{"an overlong form", text("\xc0\xaf"), []string{"close 1007", "end"}},
		{"a surrogate", text("\xed\xa0\x80"), []string{"close 1007", "end"}},
		{"beyond Unicode", text("\xf4\x90\x80\x80"), []string{"close 1007", "end"}},
		{"a character that is cut off", text("a\xc3"), []string{"close 1007", "end"}},
		{"the same in fragments", frame(ws.OpText, false, "\xc3") + frame(ws.OpContinuation, true, ""), []string{"close 1007", "end"}},
		{"any bytes, but binary", frame(ws.OpBinary, true, "\xff"), []string{"binary: \xff"}},

		{"RSV1", raw(0xC1, 0x80) + mask, []string{"close 1002", "end"}},
		{"RSV2", raw(0xA1, 0x80) + mask, []string{"close 1002", "end"}},
		{"RSV3", raw(0x91, 0x80) + mask, []string{"close 1002", "end"}},
		{"a reserved data frame", raw(0x83, 0x80) + mask, []string{"close 1002", "end"}},
		{"a reserved control frame", raw(0x8B, 0x80) + mask, []string{"close 1002", "end"}},
		{"no mask", raw(0x81, 0x01, 'a'), []string{"close 1002", "end"}},
		{"a fragmented ping", raw(0x09, 0x80) + mask, []string{"close 1002", "end"}},
		{"a ping that is too long", raw(0x89, 0xFE, 0, 126) + mask + strings.Repeat("p", 126), []string{"close 1002", "end"}},
		{"a continuation of nothing", frame(ws.OpContinuation, true, "x"), []string{"close 1002", "end"}},
		{"a message within a message", frame(ws.OpText, false, "a") + text("b"), []string{"close 1002", "end"}},

		{"too large by its header", raw(0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1) + mask, []string{"close 1009", "end"}},
		{"an absurd length", raw(0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF) + mask, []string{"close 1009", "end"}},
		{"too large in fragments", strings.Repeat(frame(ws.OpBinary, false, strings.Repeat("x", 512<<10)), 1) +
			frame(ws.OpContinuation, false, strings.Repeat("x", 512<<10)) + frame(ws.OpContinuation, true, "x"), []string{"close 1009", "end"}},
		{"as large as it may be", frame(ws.OpBinary, true, strings.Repeat("x", 1<<20)), []string{"binary: " + strings.Repeat("x", 1<<20)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, app, "/")
			go func() { _, _ = io.WriteString(c, tt.send) }() // the test reads meanwhile
			c.want(tt.want...)
		})
	}
}

// What code sees and says.
func TestSockets(t *testing.T) {
	f := jsapitest.New(t).Start()
	for _, tt := range []struct {
		name, body string
		talk       func(*client)
	}{
		{"kinds of data", `server.onmessage = (e) => {
			server.send("string"); server.send(new Uint8Array([1, 2])); server.send(new Uint8Array([0, 1, 2, 3]).buffer);
			server.send(new DataView(new Uint8Array([9, 8, 7]).buffer, 1, 1)); server.send(new Blob(["blob"])); server.send(42); server.send("\ud800");
		};`, func(c *client) {
			c.say(ws.OpText, true, "go")
			c.want("text: string", "binary: \x01\x02", "binary: \x00\x01\x02\x03", "binary: \x08", "binary: blob", "text: 42", "text: \ufffd")
		}},
		{"it speaks first", `server.send("first");`, func(c *client) { c.want("text: first") }},
		{"binary messages", `server.onmessage = async (e) => {
			if (server.binaryType === "arraybuffer") { server.send(String(e.data instanceof ArrayBuffer && e.data.byteLength)); server.binaryType = "blob"; }
			else server.send(String(e.data instanceof Blob) + await e.data.text());
		};`, func(c *client) {
			c.say(ws.OpBinary, true, "abc")
			c.say(ws.OpBinary, true, "de")
			c.want("text: 3", "text: truede")
		}},
		{"it closes", `server.onmessage = () => { server.close(4000, "bye"); server.send("late"); };
			server.onclose = (e) => console.log("closed", e.code, e.wasClean, server.readyState);`, func(c *client) {
			c.say(ws.OpText, true, "go")
			c.want("close 4000 bye")
			c.say(ws.OpText, true, "still here")
			c.say(ws.OpClose, true, "\x0f\xa0")
			c.want("end")
			jsapitest.Eventually(t, "code hears of the close", func() bool { return strings.Contains(f.Console.Text(), "closed 4000 true 3") })
		}},
		{"close codes", `server.onmessage = () => {
			const of = (socket, codes) => codes.map((c) => { try { socket.close(c); return "ok" } catch (e) { return e.name } }).join();
			server.send(of(server, [999, 1004, 1005, 1006, 1015, 1016, 2999, 5000]));
			server.send(of(new WebSocket("ws://b.example/"), [1001, 1011, 2999]));
			try { server.close(1000, "x".repeat(124)) } catch (e) { server.send(e.name) }
			server.close();
		};`, func(c *client) {
			c.say(ws.OpText, true, "go")
			c.want("text: "+strings.Repeat("InvalidAccessError,", 7)+"InvalidAccessError", "text: InvalidAccessError,InvalidAccessError,InvalidAccessError", "text: SyntaxError", "close")
		}},
		{"close codes of servers", `server.onmessage = (e) => { const [one, other] = Object.values(new WebSocketPair()); one.accept(); other.accept();
			other.onclose = ({ code, reason }) => server.close(code, reason); one.close(+e.data, "why"); };`, func(c *client) {
			c.say(ws.OpText, true, "1011")
			c.want("close 1011 why")
		}},
		{"what is waiting", `server.onmessage = () => { const data = new Uint8Array(1 << 20); const before = server.bufferedAmount; server.send(data); server.send(data); server.send(String(before + "," + (server.bufferedAmount >= 1 << 20))); };`, func(c *client) {
			c.say(ws.OpText, true, "go")
			zeros := "binary: " + strings.Repeat("\x00", 1<<20)
			c.want(zeros, zeros, "text: 0,true")
		}},
		{"an exception", `server.onmessage = (e) => { if (e.data === "throw") throw new Error("thrown"); server.send(e.data); };`, func(c *client) {
			c.say(ws.OpText, true, "throw")
			c.say(ws.OpText, true, "on")
			c.want("text: on")
		}},
		{"what it waits for", `server.onmessage = async (e) => { await new Promise((r) => setTimeout(r, 1)); server.send(e.data + "!"); };`, func(c *client) {
			c.say(ws.OpText, true, "a")
			c.want("text: a!")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, f.App(server(tt.body)), "/")
			c.t = t
			tt.talk(c)
		})
	}
}

// A socket outlives the limit on wall time, and each message has the processor time of a
// request; one that takes more ends the isolate, and what is open in it.
func TestTimeOfMessages(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.Wall, f.Limits.CPU = time.Second, 500*time.Millisecond
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(server(`server.onmessage = (e) => { let n = 0; for (let i = 0; i < Number(e.data); i++) n += i % 7; server.send("done"); };`))
	c := dial(t, app, "/")
	for c.account.Snapshot().CPU < 2*f.Limits.CPU { // together more than one request may use
		c.say(ws.OpText, true, "1000000")
		c.want("text: done")
	}
	other := dial(t, app, "/")
	c.say(ws.OpText, true, "1e12")
	if got := c.hear(); got != "close 1011" && got != "end" {
		t.Errorf("%q", got)
	}
	if got := other.hear(); got != "close 1012" && got != "end" {
		t.Errorf("the other got %q", got)
	}
	dial(t, app, "/").say(ws.OpText, true, "1") // there is another isolate
}

// A flood of messages waits in the network while code is busy, and others are served.
func TestFlood(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.Memory = 32 << 20
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(jsapitest.Handler(`
		if (request.url.endsWith("/plain")) return new Response("plain");
		const [client, server] = Object.values(new WebSocketPair());
		server.accept();
		let n = 0;
		server.onmessage = (e) => { if (e.data === "end") server.send(String(n)); else n++; };
		return new Response(null, { status: 101, webSocket: client });`))
	c := dial(t, app, "/")
	go func() {
		one := ws.MustCompileFrame(ws.MaskFrame(ws.NewBinaryFrame(make([]byte, 64<<10))))
		for range 1000 { // 64 MiB
			if _, err := c.Write(one); err != nil {
				return
			}
		}
		_, _ = c.Write(ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte("end")))))
	}()
	for range 20 {
		jsapitest.Want(t, app, jsapitest.Request("GET", "/plain"), "plain")
	}
	c.want("text: 1000")
}

// A message of very many fragments costs what one of its size does, and others who have their
// sockets in the isolate notice nothing.
func TestVeryManyFragments(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.Memory = 16 << 20
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App(echo)
	other := dial(t, app, "/")
	c := dial(t, app, "/")
	fragments := bytes.NewBuffer(ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpBinary, false, []byte("x")))))
	for range 500_000 {
		fragments.Write(ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpContinuation, false, []byte("x")))))
	}
	if _, err := c.Write(fragments.Bytes()); err != nil {
		t.Fatal(err)
	}
	c.say(ws.OpContinuation, true, "x")
	c.want("binary: " + strings.Repeat("x", 500_002))
	other.say(ws.OpText, true, "still there")
	other.want("text: still there")
}

// What does not read is not sent to for ever, and a client that says nothing, not even
// to a ping, is let go.
func TestSilence(t *testing.T) {
	f := jsapitest.New(t)
	f.Sockets.Idle = 100 * time.Millisecond
	f.Start()
	c := dial(t, f.App(echo), "/")
	c.want("ping: ", "end")
	<-c.over
	jsapitest.Eventually(t, "code hears of it", func() bool { return strings.Contains(f.Console.Text(), "error\nclose 1006  false") })
	alive := dial(t, f.App(echo), "/")
	for range 3 {
		alive.want("ping: ")
		alive.say(ws.OpPong, true, "")
	}
}

// When the app goes, its sockets are told to come back.
func TestAppCloses(t *testing.T) {
	f := jsapitest.New(t).Start()
	app := f.App(echo)
	c := dial(t, app, "/")
	c.say(ws.OpText, true, "a")
	c.want("text: a")
	app.Close()
	if got := c.hear(); got != "close 1012" {
		t.Errorf("%q", got)
	}
}

// An isolate that is to go keeps its sockets until the limit on what goes on behind a
// response.
func TestDrain(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.WaitUntil = 50 * time.Millisecond
	f.Start()
	app := f.App(echo)
	c := dial(t, app, "/")
	c.say(ws.OpText, true, "a")
	c.want("text: a")
	app.Drain()
	if got := c.hear(); got != "close 1012" && got != "close 1001" {
		t.Errorf("%q", got)
	}
}

// An app may say how large messages are; what is larger ends the connection, in one
// fragment or in several.
func TestMessageLimit(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.WebSocketMessage = 2000
	f.Start()
	app := f.App(echo)
	for _, send := range [][]int{{2001}, {1000, 1001}} {
		c := dial(t, app, "/")
		c.say(ws.OpText, true, strings.Repeat("x", 2000))
		c.want("text: " + strings.Repeat("x", 2000))
		for i, n := range send {
			op := ws.OpText
			if i > 0 {
				op = ws.OpContinuation
			}
			c.say(op, i == len(send)-1, strings.Repeat("x", n))
		}
		c.want("close 1009", "end")
	}
}

// A client that goes away ends what hangs on its request.
func TestClientGoes(t *testing.T) {
	f := jsapitest.New(t).Start()
	c := dial(t, f.App(echo), "/")
	c.say(ws.OpText, true, "a")
	c.want("text: a")
	_ = c.Close()
	<-c.over
	jsapitest.Eventually(t, "code hears of it", func() bool { return strings.Contains(f.Console.Text(), "close 1006  false") })
}

// Sockets of one isolate reach each other, whosever they are.
func TestBroadcast(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
	f.Start()
	app := f.App("const all = new Set();\n" + server(`all.add(server);
		server.onmessage = (e) => { for (const one of all) one.send(e.data); };
		server.onclose = () => all.delete(server);
		server.send(String(all.size));`))
	a := dial(t, app, "/")
	a.want("text: 1")
	b := dial(t, app, "/")
	b.want("text: 2")
	a.say(ws.OpText, true, "from a")
	a.want("text: from a")
	b.want("text: from a")
	_ = a.Close()
	<-a.over
	b.say(ws.OpText, true, "from b")
	b.want("text: from b")
}

// Without a response that leads anywhere.
func TestUseless(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "nobody is there")
	})
	f.Start()
	for name, tt := range map[string]struct{ body, want string }{
		"both ends in code": {`const [a, b] = Object.values(new WebSocketPair()); a.accept(); b.accept();
			const done = new Promise((r) => { b.onmessage = (e) => { b.send("re: " + e.data); }; a.onmessage = (e) => { a.close(3000, "x"); b.onclose = (c) => r(e.data + c.code + c.reason + c.wasClean); }; });
			a.send("hi"); return new Response(await done);`, "re: hi3000xtrue"},
		"no socket":          {`try { new Response(null, { status: 101 }) } catch (e) { return new Response(e.name) }`, "RangeError"},
		"not a socket":       {`try { new Response(null, { status: 101, webSocket: {} }) } catch (e) { return new Response(e.name) }`, "TypeError"},
		"another status":     {`try { new Response(null, { status: 200, webSocket: new WebSocketPair()[0] }) } catch (e) { return new Response(e.name) }`, "RangeError"},
		"send before accept": {`try { new WebSocketPair()[0].send("x") } catch (e) { return new Response(e.message) }`, "Call accept() before send()"},
		"accepted twice":     {`const p = new WebSocketPair(); p[0].accept(); try { p[0].accept() } catch (e) { return new Response(e.name) }`, "TypeError"},
		"URLs":               {`return new Response(["/x", "ftp://a", "ws://a/#f"].map((u) => { try { new WebSocket(u); return "ok" } catch (e) { return e.name } }).join());`, "SyntaxError,SyntaxError,SyntaxError"},
		"protocols":          {`return new Response([["a", "a"], ["a b"], [""], "ok"].map((p) => { try { return new WebSocket("ws://o/", p).url } catch (e) { return e.name } }).join());`, "SyntaxError,SyntaxError,SyntaxError,ws://o/"},
		"a socket as string": {`return new Response(String(new WebSocketPair()[1]) + WebSocket.OPEN + new WebSocketPair()[0].readyState);`, "[object WebSocket]11"},
	} {
		t.Run(name, func(t *testing.T) {
			jsapitest.Want(t, f.App(jsapitest.Handler(tt.body)), jsapitest.Request("GET", "/"), tt.want)
		})
	}
	app := f.App(jsapitest.Handler(`const p = new WebSocketPair(); p[0].accept(); return new Response(null, { status: 101, webSocket: p[0] });`))
	req := jsapitest.Request("GET", "/")
	req.Upgrade = httpmsg.WebSocket
	if _, err := app.RoundTrip(context.Background(), req); hedge.OutcomeOf(err) != hedge.OutcomeException {
		t.Errorf("%v", err)
	}
}
