package tests

//lint:file-ignore SA1019 the transport of net/http sends no :protocol

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"golang.org/x/net/http2"
)

// Over HTTP/2 too, as browsers do where they have such a connection (RFC 8441).
func TestWebSocketInCodeOverHTTP2(t *testing.T) {
	e := newEdge().open(t, echoing(""))
	transport := &http2.Transport{AllowHTTP: true, DialTLSContext: func(_ context.Context, network, _ string, _ *tls.Config) (net.Conn, error) {
		return net.Dial(network, e.at)
	}}
	defer transport.CloseIdleConnections()
	in, out := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, "http://shop/chat", in)
	must(t, err)
	req.Header = http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}
	res, err := transport.RoundTrip(req)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	client := struct {
		io.Reader
		io.Writer
	}{res.Body, out}
	for range 3 {
		must(t, wsutil.WriteClientText(client, []byte("hi")))
		if got, err := wsutil.ReadServerText(client); err != nil || string(got) != "GET /chat: hi" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	must(t, wsutil.WriteClientMessage(client, ws.OpClose, ws.NewCloseFrameBody(1000, "")))
	if f, err := ws.ReadFrame(client); err != nil || f.Header.OpCode != ws.OpClose {
		t.Errorf("%v, %v instead of a close frame", f.Header, err)
	}
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) != 0 {
		t.Errorf("%q, %v instead of the end", rest, err)
	}
}
