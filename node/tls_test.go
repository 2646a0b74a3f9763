package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	quichttp "github.com/quic-go/quic-go/http3"

	"hedge"
	"hedge/cert"
	"hedge/http3"
	"hedge/httpmsg"
)

// tlsNode is a node that serves TLS besides, for localhost, mtls.localhost, whose
// clients need a certificate, and ask.localhost, whose clients are asked for one.
type tlsNode struct {
	*running
	tlsAddr string
	udpAddr string
	over    string // what ask asks over: TCP or QUIC; empty is TCP
	roots   *x509.CertPool
	pair    tls.Certificate // a client's, of the authority of mtls.localhost
}

func startTLS(t *testing.T, cfg Config, answer httpmsg.RoundTripperFunc) *tlsNode {
	t.Helper()
	return startSecure(t, cfg, withCode(newCode(answer)), codeApp())
}

// startSecure is start with TLS.
func startSecure(t *testing.T, cfg Config, change func(*Node), release *hedge.Release) *tlsNode {
	t.Helper()
	ca, err := cert.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	source, err := ca.Issue([]string{"localhost", "*.localhost"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(ca.File)
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]*cert.ClientAuth{}
	for host, mode := range map[string]cert.Mode{"mtls.localhost": cert.Verify, "ask.localhost": cert.Request} {
		if rules[host], err = cert.NewClientAuth(mode, authority); err != nil {
			t.Fatal(err)
		}
	}
	if cfg.TLS, err = cert.NewServer(cert.Config{Source: source, Clients: cert.NewClients(rules), Now: time.Now, HandshakeTimeout: 20 * time.Second}); err != nil {
		t.Fatal(err)
	}
	n := &tlsNode{roots: x509.NewCertPool()}
	n.roots.AppendCertsFromPEM(authority)
	// The certificate of the authority itself is one that it vouches for.
	if n.pair, err = tls.LoadX509KeyPair(ca.File, strings.Replace(ca.File, "ca.pem", "ca-key.pem", 1)); err != nil {
		t.Fatal(err)
	}
	n.running = start(t, cfg, change, release)
	ln := listen(t)
	n.tlsAddr = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- n.ServeTLS(t.Context(), ln) }() // until the test ends
	t.Cleanup(func() {
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	n.serveQUIC(t)
	return n
}

// serveQUIC serves HTTP/3 until the test ends.
func (n *tlsNode) serveQUIC(t *testing.T) {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	port, err := http3.OpenPort(conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	n.udpAddr = port.LocalAddr().String()
	served := make(chan error, 1)
	go func() { served <- n.ServeQUIC(t.Context(), port) }() // until the test ends
	t.Cleanup(func() {
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// transport speaks with the node over connections for a name.
func (n *tlsNode) transport(t *testing.T, cfg *tls.Config) http.RoundTripper {
	t.Helper()
	if n.over == "QUIC" {
		transport := &quichttp.Transport{TLSClientConfig: cfg, Dial: func(ctx context.Context, _ string, tlsCfg *tls.Config, quicCfg *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, n.udpAddr, tlsCfg, quicCfg)
		}}
		t.Cleanup(func() { _ = transport.Close() })
		return transport
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", n.tlsAddr)
		},
		TLSClientConfig: cfg,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// ask sends one request over a connection for a name.
func (n *tlsNode) ask(t *testing.T, name string, shows bool, request func(*http.Request)) (*http.Response, string) {
	t.Helper()
	cfg := &tls.Config{ServerName: name, RootCAs: n.roots}
	if shows {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &n.pair, nil }
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+name+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if request != nil {
		request(req)
	}
	res, err := n.transport(t, cfg).RoundTrip(req)
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

// says what code sees of a request.
func sees(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	text := req.URL() + " " + req.Header.Get("X-Forwarded-Proto") + " cert=" + strings.Join(req.Header.Values("Client-Cert"), "|")
	return httpmsg.Text(200, text+" chain="+req.Header.Get("Client-Cert-Chain")+" alias="+req.Header.Get("Client_Cert")), nil
}

// What a client shows is what code sees, and what it writes itself is not.
func TestClientCertificates(t *testing.T) {
	n := startTLS(t, Config{}, sees)
	forged := func(req *http.Request) {
		for _, name := range []string{"Client-Cert", "client-cert", "Client_Cert", "Client-Cert-Chain"} {
			req.Header[name] = []string{":Zm9yZ2Vk:"}
		}
		req.Header["Connection"] = []string{"Client-Cert"}
	}
	for _, c := range []struct {
		host  string
		shows bool
		want  string
	}{
		{"localhost", true, "https://localhost/ https cert= chain= alias="},
		{"ask.localhost", false, "https://ask.localhost/ https cert= chain= alias="},
		{"ask.localhost", true, "https://ask.localhost/ https cert=:MII"},
		{"mtls.localhost", true, "https://mtls.localhost/ https cert=:MII"},
	} {
		for _, n.over = range []string{"TCP", "QUIC"} {
			if _, got := n.ask(t, c.host, c.shows, forged); !strings.HasPrefix(got, c.want) || strings.Contains(got, "Zm9yZ2Vk") || strings.Contains(got, "|") {
				t.Errorf("%s over %s: got %q", c.host, n.over, got)
			}
		}
	}
	if _, body, err := n.get(t, "/", "Client-Cert", ":Zm9yZ2Vk:"); err != nil || !strings.Contains(body, "cert= ") {
		t.Errorf("without TLS: %q, %v", body, err)
	}
}

// A host whose clients need a certificate takes requests over its own connections only.
func TestMisdirected(t *testing.T) {
	n := startTLS(t, Config{}, sees)
	for _, c := range []struct {
		sni, host string
		want      int
	}{
		{"mtls.localhost", "mtls.localhost", 200},
		{"mtls.localhost", "MTLS.localhost.:443", 200},
		{"localhost", "mtls.localhost", 421},
		{"localhost", "MTLS.localhost.", 421},
		{"mtls.localhost", "localhost", 421},
		{"ask.localhost", "mtls.localhost", 421},
		{"localhost", "other.localhost", 200},
	} {
		for _, n.over = range []string{"TCP", "QUIC"} {
			if res, _ := n.ask(t, c.sni, true, func(req *http.Request) { req.Host = c.host }); res.StatusCode != c.want {
				t.Errorf("%s over a connection for %s by %s: %d, want %d", c.host, c.sni, n.over, res.StatusCode, c.want)
			}
		}
	}
	if res, _, err := n.get(t, "/", "Host", "mtls.localhost"); err != nil || res.StatusCode != 421 {
		t.Errorf("without TLS: %v, %v", res, err)
	}
}

func TestRedirect(t *testing.T) {
	for port, want := range map[string]string{"443": "https://shop.localhost/a?b=c", "8443": "https://shop.localhost:8443/a?b=c"} {
		n := startTLS(t, Config{RedirectPort: port}, sees)
		res, _, err := n.get(t, "/a?b=c", "Host", "shop.localhost:8080")
		if err != nil || res.StatusCode != 308 || res.Header.Get("Location") != want {
			t.Errorf("%s: got %v, %v", port, res, err)
		}
		if res, _ := n.ask(t, "shop.localhost", false, nil); res.StatusCode != 200 {
			t.Errorf("over TLS: %d", res.StatusCode)
		}
		// Clients show their certificates where they are sent.
		if res, _, err := n.get(t, "/", "Host", "mtls.localhost"); err != nil || res.StatusCode != 308 || !strings.HasPrefix(res.Header.Get("Location"), "https://mtls.localhost") {
			t.Errorf("to a host for clients with certificates: got %v, %v", res, err)
		}
	}
}

// Behind a proxy that ends TLS, its word counts, or the redirect would go round in a circle.
func TestNoRedirectBehindATrustedProxy(t *testing.T) {
	for trusted, want := range map[string]int{"127.0.0.0/8": 200, "192.0.2.0/24": 308} {
		n := startTLS(t, Config{RedirectPort: "443", Forwarding: httpmsg.Forwarding{Trusted: []netip.Prefix{netip.MustParsePrefix(trusted)}}}, sees)
		for _, said := range [][]string{{"X-Forwarded-Proto", "https"}, {"Forwarded", "for=_hidden;proto=https"}} {
			res, _, err := n.get(t, "/", append(said, "Host", "shop.localhost")...)
			if err != nil || res.StatusCode != want {
				t.Errorf("with %s trusted, who says %s: %v, %v; want %d", trusted, said, res, err, want)
			}
		}
	}
}

// Who forgets the s of https is told.
func TestPlainToTLS(t *testing.T) {
	n := startTLS(t, Config{}, sees)
	conn, err := net.Dial("tcp", n.tlsAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	answer := make([]byte, 1024)
	size, _ := conn.Read(answer)
	if got := string(answer[:size]); !strings.HasPrefix(got, "HTTP/1.0 400 ") || !strings.Contains(got, "https") {
		t.Errorf("got %q", got)
	}
}

// The handler learns that its client has gone over TLS, too.
func TestClientLeavesTLS(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	n := startTLS(t, Config{}, func(ctx context.Context, _ *httpmsg.Request) (*httpmsg.Response, error) {
		close(began)
		<-ctx.Done()
		close(ended)
		return httpmsg.Text(200, ""), nil
	})
	conn, err := tls.Dial("tcp", n.tlsAddr, &tls.Config{ServerName: "localhost", RootCAs: n.roots})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-began
	_ = conn.Close()
	<-ended
}

// An answer that breaks off does not look whole: TLS ends without saying so.
func TestBrokenOffTLS(t *testing.T) {
	n := startTLS(t, Config{}, func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), brokenReader{})), ContentLength: -1}, nil
	})
	conn, err := tls.Dial("tcp", n.tlsAddr, &tls.Config{ServerName: "localhost", RootCAs: n.roots})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if got, err := io.ReadAll(conn); err == nil {
		t.Errorf("%q ends as if it were whole", got)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Answers over TLS lead to HTTP/3, in place of where an origin would lead.
func TestAltSvc(t *testing.T) {
	n := startTLS(t, Config{AltSvc: `h3=":443"; ma=86400`}, func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		res := httpmsg.Text(200, "")
		res.Header.Add("Alt-Svc", `h3="origin.example:443"`)
		return res, nil
	})
	if res, _ := n.ask(t, "localhost", false, nil); strings.Join(res.Header.Values("Alt-Svc"), "|") != `h3=":443"; ma=86400` {
		t.Errorf("got %v", res.Header)
	}
	if res, _, err := n.get(t, "/"); err != nil || res.Header.Get("Alt-Svc") == `h3=":443"; ma=86400` {
		t.Errorf("without TLS: %v, %v", res, err)
	}
	n.over = "QUIC"
	if res, _ := n.ask(t, "localhost", false, nil); res.Proto != "HTTP/3.0" || res.StatusCode != 200 {
		t.Errorf("got %v", res)
	}
}
