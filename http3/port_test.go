package http3

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/ipv4"

	"hedge/httpmsg"
)

// says answers with a name and the content of the request.
func says(name string) httpmsg.Handler {
	return func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		var content []byte
		if req.Body != nil {
			content, _ = io.ReadAll(req.Body)
		}
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, "", []byte(name+" "+string(content))))
	}
}

// relayOf returns what the process after this one gets, as often as it is started.
func relayOf(t testing.TB, p *Port) func() *os.File {
	t.Helper()
	relay, err := p.Relay()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	return func() *os.File {
		conn, err := net.FileConn(relay)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		f, err := conn.(*net.UnixConn).File()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
}

// after opens a port as the process after that of before does.
func after(t testing.TB, before *Port, relay *os.File) *Port {
	t.Helper()
	f, err := before.File()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	pc, err := net.FilePacketConn(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPort(pc.(*net.UDPConn), relay)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// upload is a request whose content goes on.
type upload struct {
	*io.PipeWriter
	answer chan string
}

func (r *running) upload(t testing.TB) *upload {
	t.Helper()
	in, out := io.Pipe()
	u := &upload{out, make(chan string, 1)}
	client := r.client(t)
	go func() { // until the answer has come
		res, err := client.Do(newRequest(t, "POST", "/", in))
		if err != nil {
			u.answer <- err.Error()
			return
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		u.answer <- string(body)
	}()
	u.send(t, "before ")
	return u
}

func (u *upload) send(t testing.TB, text string) {
	t.Helper()
	if _, err := io.WriteString(u, text); err != nil {
		t.Error(err)
	}
}

// A process takes the port of another: what has begun goes on there, what begins comes
// here, and so it is with the one after that.
func TestHandOver(t *testing.T) {
	port := openPort(t)
	one := servePort(t, &Server{Handler: says("one"), Limits: DefaultLimits()}, port)
	if _, body := do(t, one.client(t), newRequest(t, "GET", "/", nil)); body != "one " {
		t.Fatalf("got %q", body)
	}
	under := one.upload(t)
	before := one
	for _, name := range []string{"two", "three"} {
		relay := relayOf(t, port)
		next := after(t, port, relay())
		now := servePort(t, &Server{Handler: says(name), Limits: DefaultLimits()}, next)
		port.HandOver()
		if _, body := do(t, now.client(t), newRequest(t, "GET", "/", nil)); body != name+" " {
			t.Errorf("got %q, want %s", body, name)
		}
		fresh := now.upload(t)
		ended := make(chan error, 1)
		go func() { ended <- before.Shutdown(context.Background()) }()
		under.send(t, "after")
		_ = under.Close()
		want := map[string]string{"two": "one before after", "three": "two before after"}[name]
		if got := <-under.answer; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		port, before, under = next, now, fresh
	}
	_ = under.Close()
	if got := <-under.answer; got != "three before " {
		t.Errorf("got %q", got)
	}
}

// A process that asks for the port and does not come to serve leaves it where it was; the
// next one has it.
func TestHandOverToNobody(t *testing.T) {
	port := openPort(t)
	one := servePort(t, &Server{Handler: says("one"), Limits: DefaultLimits()}, port)
	relay := relayOf(t, port)
	_ = after(t, port, relay()).Close()
	port.Keep()
	port.HandOver() // to nobody
	if _, body := do(t, one.client(t), newRequest(t, "GET", "/", nil)); body != "one " {
		t.Errorf("got %q", body)
	}
	two := servePort(t, &Server{Handler: says("two"), Limits: DefaultLimits()}, after(t, port, relay()))
	port.HandOver()
	if _, body := do(t, two.client(t), newRequest(t, "GET", "/", nil)); body != "two " {
		t.Errorf("got %q", body)
	}
}

// The process before this one may end without a word.
func TestHandOverAfterACrash(t *testing.T) {
	port := openPort(t)
	relay := relayOf(t, port)
	next := after(t, port, relay())
	_ = port.Close()
	two := servePort(t, &Server{Handler: says("two"), Limits: DefaultLimits()}, next)
	if _, body := do(t, two.client(t), newRequest(t, "GET", "/", nil)); body != "two " {
		t.Errorf("got %q", body)
	}
}

// A server that waits for its port can be ended.
func TestShutdownBeforeTheHandOver(t *testing.T) {
	port := openPort(t)
	defer func() { _ = port.Close() }()
	two := servePort(t, &Server{Handler: says("two"), Limits: DefaultLimits()}, after(t, port, relayOf(t, port)()))
	if err := two.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestMarkLeads(t *testing.T) {
	m := mark{1, 2, 3, 4}
	for name, c := range map[string]struct {
		packet []byte
		want   bool
	}{
		"short header":                {[]byte{0x40, 1, 2, 3, 4, 5, 6, 7, 8, 0}, true},
		"short header of another":     {[]byte{0x40, 1, 2, 3, 5, 5, 6, 7, 8, 0}, false},
		"long header":                 {[]byte{0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0}, true},
		"long header of another":      {[]byte{0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 5, 5, 6, 7, 8, 0}, false},
		"an ID that a client made up": {[]byte{0xc0, 0, 0, 0, 1, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, false},
		"cut short":                   {[]byte{0x40, 1, 2, 3}, false},
		"cut before the length":       {[]byte{0xc0, 0, 0, 0, 1}, false},
		"cut behind the length":       {[]byte{0xc0, 0, 0, 0, 1, 8}, false},
		"nothing":                     {nil, false},
	} {
		if got := m.leads(c.packet); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPackets(t *testing.T) {
	message := func(packet, about int) *ipv4.Message {
		return &ipv4.Message{Buffers: [][]byte{make([]byte, packet)}, OOB: make([]byte, about)}
	}
	for _, at := range []string{"192.0.2.1:443", "[2001:db8::1]:443", "[fe80::1%eth0]:443", "[::ffff:192.0.2.1]:443"} {
		m := message(1452, 128)
		m.Addr = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at))
		m.N, m.NN = copy(m.Buffers[0], "a packet"), copy(m.OOB, "about it")
		got := message(1452, 128)
		letter := appendPacket(nil, m)
		if !readPacket(got, letter) {
			t.Fatalf("%s: not a packet", at)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
		for end := range len(letter) - len("a packet") {
			if readPacket(message(1452, 128), letter[:end]) {
				t.Errorf("%s: %d bytes are a packet", at, end)
			}
		}
		if readPacket(message(1452, 4), letter) || readPacket(message(4, 128), letter) {
			t.Errorf("%s: what does not fit is a packet", at)
		}
	}
}
