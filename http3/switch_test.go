package http3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	quichttp "github.com/quic-go/quic-go/http3"

	"hedge"
	"hedge/httpmsg"
)

// parrot says back what it hears, until the client has said all. When it is closed it says
// goodbye.
type parrot struct {
	ctx   context.Context // ends when it is closed
	close func()
}

func (*parrot) Read([]byte) (int, error) { return 0, io.EOF }

func (p *parrot) Close() error {
	p.close()
	return nil
}

func (p *parrot) Join(client httpmsg.Duplex) (sent, received int64, err error) {
	defer context.AfterFunc(p.ctx, func() {
		_, _ = io.WriteString(client, "goodbye")
		_ = client.CloseWrite()
	})()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		received += int64(n)
		wrote, wrong := client.Write(buf[:n])
		if sent += int64(wrote); wrong != nil {
			return sent, received, wrong
		}
		switch {
		case errors.Is(err, io.EOF):
			return sent, received, client.CloseWrite()
		case err != nil:
			return sent, received, err
		}
	}
}

// conversing answers with a parrot, and refusals with their status. ended gets what the
// client has sent in each conversation.
func conversing(t *testing.T) (r *running, ended chan int64) {
	ended = make(chan int64, 10)
	limits := DefaultLimits()
	limits.BodyTimeout, limits.StreamIdleTimeout = 1, 1 // which do not hold for what has been switched
	return serve(t, &Server{Limits: limits, Handler: func(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
		req.Account = &hedge.Account{}
		res := httpmsg.Bytes(200, "", []byte(req.Method+" "+req.Target+" "+req.Upgrade))
		switch {
		case refusal != nil:
			res = httpmsg.Bytes(refusal.Status, "", []byte(refusal.Why))
		case req.Upgrade != "" && req.Target != "/declined":
			p := &parrot{}
			p.ctx, p.close = context.WithCancel(context.Background())
			res = &httpmsg.Response{Status: 101, Header: httpmsg.NewHeader("Sec-WebSocket-Accept", "x", "Sec-WebSocket-Protocol", "chat"), Body: p, ContentLength: -1}
		}
		_, _ = out.Deliver(ctx, req, res)
		ended <- req.Account.Snapshot().Received
	}}), ended
}

// converse asks to go on with a protocol. say is what the client then says.
func converse(t *testing.T, r *running, path, protocol string) (res *http.Response, say *io.PipeWriter) {
	t.Helper()
	from, say := io.Pipe()
	req := newRequest(t, http.MethodConnect, path, from)
	req.Proto = protocol
	req.Header.Set("Sec-WebSocket-Version", "13")
	res, err := r.client(t).Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = say.Close(), res.Body.Close() })
	return res, say
}

func TestWebSocketOverHTTP3(t *testing.T) {
	r, ended := conversing(t)
	res, say := converse(t, r, "/chat", "websocket")
	if res.StatusCode != 200 || res.Header.Get("Sec-WebSocket-Accept") != "" || res.Header.Get("Sec-WebSocket-Protocol") != "chat" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	long := strings.Repeat("0123456789abcdef", 64<<10) // more than all windows hold
	for _, text := range []string{"hello", long} {
		go func() { _, _ = io.WriteString(say, text) }()
		got := make([]byte, len(text))
		if n, err := io.ReadFull(res.Body, got); err != nil || string(got) != text {
			t.Fatalf("%d of %d bytes came back, and %v", n, len(text), err)
		}
	}
	_ = say.Close()
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v instead of the end", rest, err)
	}
	if n := <-ended; n != int64(len("hello")+len(long)) {
		t.Errorf("the client is said to have sent %d bytes", n)
	}
}

func TestWebSocketOverHTTP3IsDeclined(t *testing.T) {
	r, _ := conversing(t)
	for _, c := range []struct {
		path, protocol string
		status         int
		want           string
	}{
		{"/declined", "websocket", 200, "GET /declined websocket"},
		{"/", "connect-udp", 501, "the only protocol that a stream can go on with is websocket"},
	} {
		res, _ := converse(t, r, c.path, c.protocol)
		if got, err := io.ReadAll(res.Body); err != nil || res.StatusCode != c.status || string(got) != c.want {
			t.Errorf("%d %q, %v", res.StatusCode, got, err)
		}
	}
}

// A server that ends has something to say to those who would talk for ever.
func TestWebSocketOverHTTP3EndsWithTheServer(t *testing.T) {
	r, ended := conversing(t)
	res, say := converse(t, r, "/", "websocket")
	down := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() { down <- r.Shutdown(ctx) }()
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != "goodbye" {
		t.Errorf("%q, %v", got, err)
	}
	_ = say.Close()
	<-ended
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// Who breaks off is heard of.
func TestWebSocketOverHTTP3BreaksOff(t *testing.T) {
	r, ended := conversing(t)
	res, say := converse(t, r, "/", "websocket")
	_ = say.CloseWithError(errors.New("broken off")) // which resets the stream
	_, err := io.ReadAll(res.Body)
	var reset *quichttp.Error
	if !errors.As(err, &reset) {
		t.Errorf("%v instead of a reset", err)
	}
	<-ended
}
