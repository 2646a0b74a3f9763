package node

//lint:file-ignore SA1019 the transport of net/http sends no :protocol

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"
)

// askOverHTTP2 asks for a WebSocket over HTTP/2, by another implementation, and returns both
// directions of the stream and the answer.
func askOverHTTP2(t *testing.T, url string, transport *http2.Transport) (io.WriteCloser, *http.Response) {
	t.Helper()
	in, out := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, url, in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Protocol": {"chat"}}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = out.Close(), res.Body.Close(); transport.CloseIdleConnections() })
	return out, res
}

// Browsers open WebSockets over the HTTP/2 that they have already. To origins it is
// HTTP/1.1, as nearly all of them know it alone.
func TestWebSocketOverHTTP2(t *testing.T) {
	n := startTLS(t, Config{}, nil)
	if err := n.Deploy(t.Context(), toUpstream(echoes(t))); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("0123456789abcdef", 512<<10) // 8 MiB: more than all windows hold
	for url, transport := range map[string]*http2.Transport{
		"https://localhost/tls":  {TLSClientConfig: &tls.Config{RootCAs: n.roots}},
		"http://localhost/plain": {AllowHTTP: true},
	} {
		transport.DialTLSContext = func(ctx context.Context, network, _ string, cfg *tls.Config) (net.Conn, error) {
			if transport.AllowHTTP {
				return net.Dial(network, n.addr)
			}
			return tls.Dial(network, n.tlsAddr, cfg)
		}
		t.Run(url, func(t *testing.T) {
			out, res := askOverHTTP2(t, url, transport)
			if res.StatusCode != 200 || res.Header.Get("Sec-WebSocket-Protocol") != "chat" || res.Header.Get("Sec-WebSocket-Accept") != "" ||
				res.Header.Get("X-Path") != res.Request.URL.Path || res.ContentLength != -1 {
				t.Fatalf("%d %v", res.StatusCode, res.Header)
			}
			_, _ = io.WriteString(out, "hi")
			wantBytes(t, res.Body, "hi")
			go func() {
				_, _ = io.WriteString(out, long)
				_ = out.Close() // the other direction goes on
			}()
			wantBytes(t, res.Body, long)
			if n, err := res.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("%v instead of the end", err)
			}
			a := <-n.access
			if all := int64(len(long) + len("hi")); a.Status != 101 || a.Method != "GET" || a.Proto != "HTTP/2.0" || a.Bytes != all || a.Received != all || a.Outcome != "" || a.Broken {
				t.Errorf("the record is %+v", a)
			}
		})
	}
}

// An origin may decline, as over HTTP/1.1.
func TestWebSocketOverHTTP2IsDeclined(t *testing.T) {
	r := start(t, Config{}, nil, toUpstream(site(t, func(w http.ResponseWriter, req *http.Request) {
		http.Error(w, req.Method+" "+req.Header.Get("Upgrade"), http.StatusTeapot)
	})))
	_, res := askOverHTTP2(t, "http://localhost/", &http2.Transport{AllowHTTP: true, DialTLSContext: func(_ context.Context, network, _ string, _ *tls.Config) (net.Conn, error) {
		return net.Dial(network, r.addr)
	}})
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusTeapot || string(body) != "GET websocket\n" {
		t.Errorf("%d %q, %v", res.StatusCode, body, err)
	}
}
