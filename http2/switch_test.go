package http2

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// parrot says back what it hears, until the client has said all, or it is closed.
type parrot struct {
	ctx   context.Context // ends when it is closed
	close func()
}

func newParrot() *parrot {
	ctx, cancel := context.WithCancel(context.Background())
	return &parrot{ctx, cancel}
}

func (*parrot) Read([]byte) (int, error) { return 0, io.EOF }

func (p *parrot) Close() error {
	p.close()
	return nil
}

// Join leaves it to the server to end the direction to the client.
func (p *parrot) Join(client httpmsg.Duplex) (sent, received int64, err error) {
	defer context.AfterFunc(p.ctx, func() { _ = client.Close() })()
	buf := make([]byte, 10)
	for {
		n, err := client.Read(buf)
		received += int64(n)
		if n > 0 {
			wrote, err := client.Write(buf[:n])
			if sent += int64(wrote); err != nil {
				return sent, received, err
			}
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return sent, received, err
		}
	}
}

// conversing answers with a parrot, and refusals with their status. ended gets what has
// become of each conversation.
func conversing(t *testing.T) (r *running, ended chan error) {
	ended = make(chan error, 10)
	return start(t, func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		req.Account = &hedge.Account{}
		res := httpmsg.Bytes(200, "", []byte(req.Method+" "+req.Target+" "+req.Upgrade))
		switch {
		case refusal != nil:
			res = httpmsg.Bytes(refusal.Status, "", []byte(refusal.Why))
		case req.Upgrade != "" && req.Target != "/declined":
			p := newParrot()
			defer p.close()
			res = &httpmsg.Response{Status: 101, Header: httpmsg.NewHeader("Sec-WebSocket-Accept", "x", "Sec-WebSocket-Protocol", "chat"), Body: p, ContentLength: -1}
		}
		_, err := out.Deliver(ctx, req, res)
		ended <- err
	}), ended
}

// connectTo are the fields of a request for a WebSocket (RFC 8441 §5.1), and more.
func connectTo(path string, more ...string) []string {
	return append([]string{
		":method: CONNECT", ":protocol: websocket", ":scheme: http", ":authority: a.example", ":path: " + path, "sec-websocket-version: 13",
	}, more...)
}

func TestExtendedConnect(t *testing.T) {
	r, ended := conversing(t)
	c := r.connect(t)
	f, err := c.ReadFrame()
	c.must(err)
	if v, ok := f.(*http2.SettingsFrame).Value(http2.SettingEnableConnectProtocol); !ok || v != 1 {
		t.Errorf("the settings are %v", f)
	}
	c.headers(1, false, connectTo("/chat", "sec-websocket-key: dropped")...)
	head, ok := c.next().(*http2.HeadersFrame)
	if !ok {
		t.Fatal("no answer")
	}
	fields, err := c.dec.DecodeFull(head.HeaderBlockFragment())
	c.must(err)
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	if want := []string{":status", "sec-websocket-protocol", "date"}; fields[0].Value != "200" || !slices.Equal(names, want) || head.StreamEnded() {
		t.Fatalf("the answer has %v", fields)
	}
	for _, text := range []string{"hello", strings.Repeat("x", 10)} {
		c.must(c.WriteData(1, false, []byte(text)))
		if f, ok := c.next().(*http2.DataFrame); !ok || string(f.Data()) != text || f.StreamEnded() {
			t.Fatalf("got %v", f)
		}
		r.settle(1)
		r.tick(time.Now().Add(2 * r.Limits.StreamIdleTimeout)) // silence is no fault here
		r.expire()
	}
	c.must(c.WriteData(1, true, []byte("end")))
	if f, ok := c.next().(*http2.DataFrame); !ok || string(f.Data()) != "end" {
		t.Fatalf("got %v", f)
	}
	if f, ok := c.next().(*http2.DataFrame); !ok || !f.StreamEnded() {
		t.Fatalf("got %v instead of the end", f)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	c.headers(3, false, connectTo("/declined")...)
	if status, content, code := c.answer(3); status != "200" || content != "GET /declined websocket" {
		t.Errorf("got %s %q, %v", status, content, code)
	}
}

func TestExtendedConnectIsRefused(t *testing.T) {
	without := func(name string, fields []string) []string {
		return slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, name) })
	}
	r, _ := conversing(t)
	for i, tt := range []struct {
		name   string
		fields []string
		ends   bool
		status string // or else the stream is reset
	}{
		{"another protocol", append(without(":protocol", connectTo("/")), ":protocol: connect-udp"), false, ""}, // behind fields
		{"another protocol, in order", append([]string{":protocol: connect-udp"}, without(":protocol", connectTo("/"))...), false, "501"},
		{"another method", append([]string{":protocol: websocket"}, get()...), false, ""},
		{"no path", without(":path", connectTo("/")), false, ""},
		{"no scheme", without(":scheme", connectTo("/")), false, ""},
		{"no authority", without(":authority", connectTo("/")), false, ""},
		{"no version", without("sec-websocket-version", connectTo("/")), false, "400"},
		{"another version", append(without("sec-websocket-version", connectTo("/")), "sec-websocket-version: 8"), false, "400"},
		{"it has ended", connectTo("/"), true, "400"},
		{"content", connectTo("/", "content-length: 3"), false, "400"},
		{"it waits for 100", connectTo("/", "expect: 100-continue"), false, "400"},
		{"twice", append([]string{":protocol: websocket"}, connectTo("/")...), false, ""},
		{"Upgrade", connectTo("/", "upgrade: websocket"), false, ""},
		{"a tunnel", []string{":method: CONNECT", ":authority: a.example:443"}, false, "200"}, // is for the handler to refuse
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := r.connect(t)
			id := uint32(2*i + 1)
			c.headers(id, tt.ends, tt.fields...)
			status, content, code := c.answer(id)
			if status != tt.status || status == "" && code != http2.ErrCodeProtocol {
				t.Errorf("got %q %q, %v", status, content, code)
			}
		})
	}
}

// A conversation may be broken off by the client, and by fields that follow.
func TestExtendedConnectBreaksOff(t *testing.T) {
	r, ended := conversing(t)
	for name, breakOff := range map[string]func(*raw) error{
		"reset":  func(c *raw) error { return c.WriteRSTStream(1, http2.ErrCodeCancel) },
		"fields": func(c *raw) error { return c.send(1, true, "a: b") },
		"close":  func(c *raw) error { return c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			c := r.connect(t)
			c.headers(1, false, connectTo("/")...)
			c.next()
			c.must(breakOff(c))
			if err := <-ended; err == nil {
				t.Error("it ended well")
			}
		})
	}
}

// The end of the server does not wait for conversations, which might go on for ever.
func TestShutdownEndsConversations(t *testing.T) {
	r, ended := conversing(t)
	c := r.connect(t)
	c.headers(1, false, connectTo("/")...)
	c.next()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Shutdown(ctx) }() // ends with the connection
	c.ends()
	_ = c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	<-ended
}
