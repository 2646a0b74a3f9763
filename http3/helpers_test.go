package http3

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	quichttp "github.com/quic-go/quic-go/http3"

	"hedge/httpmsg"
)

// patience ends a test that would hang; nothing is measured by it.
const patience = 20 * time.Second

// handshakes are made with a certificate of the test's own.
type handshakes struct{ cert tls.Certificate }

func newHandshakes(t testing.TB) *handshakes {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a.example"}, DNSNames: []string{"a.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &handshakes{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

func (h *handshakes) Config(protocol string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{h.cert}, NextProtos: []string{protocol}, MinVersion: tls.VersionTLS13}
}

func (h *handshakes) Begin(ctx context.Context) context.Context { return ctx }

func (h *handshakes) Info(_ context.Context, state *tls.ConnectionState) *httpmsg.TLSInfo {
	return &httpmsg.TLSInfo{Version: state.Version, ServerName: state.ServerName, Protocol: state.NegotiatedProtocol}
}

// running is a server on a real socket.
type running struct {
	*Server
	addr string
}

// start serves until the test ends.
func start(t testing.TB, handler httpmsg.Handler) *running {
	t.Helper()
	return serve(t, &Server{Handler: handler, Limits: DefaultLimits()})
}

func serve(t testing.TB, s *Server) *running {
	t.Helper()
	return servePort(t, s, openPort(t))
}

func servePort(t testing.TB, s *Server, pc *Port) *running {
	t.Helper()
	s.TLS = newHandshakes(t)
	served := make(chan error, 1)
	s.start()
	go func() { served <- s.Serve(context.Background(), pc) }() // until Close
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-served; err != nil {
			t.Errorf("serving ended with %v", err)
		}
		<-s.sockets.Drained()
	})
	return &running{s, pc.LocalAddr().String()}
}

// openPort opens one that nobody had before.
func openPort(t testing.TB) *Port {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPort(conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// echo answers with what it sees, and refusals with their status.
func echo(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
	res := httpmsg.Bytes(200, "", []byte(req.Method+" "+req.Target))
	if refusal != nil {
		res = httpmsg.Bytes(refusal.Status, "", []byte(refusal.Why))
	}
	_, _ = out.Deliver(ctx, req, res)
}

func clientTLS(protocol string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: "a.example", NextProtos: []string{protocol}}
}

// client is one of another make.
func (r *running) client(t testing.TB) *http.Client {
	t.Helper()
	transport := &quichttp.Transport{
		TLSClientConfig: clientTLS(quichttp.NextProtoH3),
		Dial: func(ctx context.Context, _ string, tlsCfg *tls.Config, cfg *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, r.addr, tlsCfg, cfg)
		},
	}
	t.Cleanup(func() { _ = transport.Close() })
	return &http.Client{Transport: transport}
}

func newRequest(t testing.TB, method, target string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://a.example"+target, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// do sends a request, and returns the answer with its content.
func do(t testing.TB, client *http.Client, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}
