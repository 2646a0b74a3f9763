package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"hedge/cert"
)

// getTLS asks for a URL on this machine, by the certificate authority in a file.
func getTLS(t testing.TB, url, ca string) (status int, body string) {
	t.Helper()
	authority, err := os.ReadFile(ca)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(addr)
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	must(t, err)
	res, err := transport.RoundTrip(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(text)
}

// getHTTP3 asks for a URL on this machine over QUIC.
func getHTTP3(t testing.TB, url, ca string) string {
	t.Helper()
	authority, err := os.ReadFile(ca)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http3.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		Dial: func(ctx context.Context, addr string, tlsCfg *tls.Config, cfg *quic.Config) (*quic.Conn, error) {
			_, port, _ := net.SplitHostPort(addr)
			return quic.DialAddr(ctx, "127.0.0.1:"+port, tlsCfg, cfg)
		},
	}
	defer func() { _ = transport.Close() }()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	must(t, err)
	res, err := transport.RoundTrip(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	return fmt.Sprintf("%s %d %s", res.Proto, res.StatusCode, text)
}

// A port for HTTP/3 that is somebody else's is no port, and it is said what does without.
func TestUDPIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = ln.Close() }()
	var one, other sockets
	must(t, one.listenUDP("127.0.0.1:0", ln))
	defer one.closeUDP()
	if err := other.listenUDP("127.0.0.1:0", ln); err == nil || !strings.Contains(err.Error(), "--http3 off") {
		t.Errorf("got %v", err)
	}
}

func TestAltSvc(t *testing.T) {
	for _, c := range []struct {
		o    tlsOptions
		want string
	}{
		{tlsOptions{}, ""},
		{tlsOptions{certs: []string{"a.pem"}}, `h3=":8443"; ma=86400`},
		{tlsOptions{certs: []string{"a.pem"}, listen: "127.0.0.1:443", http3: "on"}, `h3=":443"; ma=86400`},
		{tlsOptions{certs: []string{"a.pem"}, http3: "443"}, `h3=":443"; ma=86400`},
		{tlsOptions{certs: []string{"a.pem"}, http3: "off"}, ""},
		{tlsOptions{certs: []string{"a.pem"}, listen: "0"}, ""},
	} {
		if got := c.o.altSvc(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.o, got, c.want)
		}
	}
}

// selfSigned writes a certificate for names and its key, and returns their files.
func selfSigned(t testing.TB, dir string, names ...string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	return certFile, keyFile
}

func TestServeTLS(t *testing.T) {
	shop, shopKey := selfSigned(t, t.TempDir(), "shop.example.com")
	blog, blogKey := selfSigned(t, t.TempDir(), "*.blog.example.com")
	p := start(t, "serve", appFor(t, "shop", "the shop"), "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0",
		"--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem", "--tls-cert", shop, "--tls-key", shopKey, "--tls-cert", blog, "--tls-key", blogKey)
	p.await(`certificate refused: nowhere.pem: no such file`) // which keeps the others from nothing
	wantGet(t, p.url(), 200, "the shop")
	url := p.await(`(https://localhost:\d+)`)
	for host, ca := range map[string]string{"shop.example.com": shop, "my.blog.example.com": blog} {
		if status, body := getTLS(t, strings.Replace(url, "localhost", host, 1), ca); status != 200 || body != "the shop" {
			t.Errorf("%s: %d %q", host, status, body)
		}
	}
	if got := getHTTP3(t, strings.Replace(url, "localhost", "shop.example.com", 1), shop); got != "HTTP/3.0 200 the shop" {
		t.Errorf("got %s", got)
	}
	if code := p.interrupt(); code != exitOK {
		t.Errorf("the exit code is %d", code)
	}
}

// Changed files are taken up, and broken ones are told of.
func TestReloadTLS(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := selfSigned(t, dir, "a.example")
	o := tlsOptions{certs: []string{certFile}, keys: []string{keyFile}, clients: []cert.ClientRule{{Host: "b.example", Mode: cert.Verify, File: certFile}}}
	side, err := o.open(time.Now)
	must(t, err)
	told := journalOf(Stream{}, false, side.refresh)
	selfSigned(t, dir, "a.example")
	replace(t, keyFile, "nonsense, and of another size")
	told += journalOf(Stream{}, false, side.refresh)
	told += journalOf(Stream{}, false, side.refresh)
	told += journalOf(Stream{}, false, side.reload)
	selfSigned(t, dir, "a.example", "and.another.example")
	told += journalOf(Stream{}, false, side.refresh)
	told = strings.ReplaceAll(strings.ReplaceAll(told, dir+"/", ""), "05:06:07  ", "")
	refused := "certificate refused: cert.pem with the key key.pem: tls: failed to find any PEM data in key input; what was in use stays in use\n"
	want := refused + refused + // once, and again when it is asked for
		"certificate cert.pem is in use\n"
	if told != want {
		t.Errorf("got\n%swant\n%s", told, want)
	}
}

// SIGHUP comes while the ticker looks at the files.
func TestReloadTLSAtOnce(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := selfSigned(t, dir, "a.example")
	o := tlsOptions{certs: []string{certFile}, keys: []string{keyFile}, clients: []cert.ClientRule{{Mode: cert.Verify, File: certFile}}}
	side, err := o.open(time.Now)
	must(t, err)
	told := journalOf(Stream{}, false, func(j *journal) {
		done := make(chan struct{})
		go func() { // ends when it has looked often enough
			defer close(done)
			for range 50 {
				side.refresh(j)
			}
		}()
		for range 50 {
			side.reload(j)
		}
		<-done
	})
	if told != "" {
		t.Errorf("nothing has changed, but it tells\n%s", told)
	}
}

func TestDevTLS(t *testing.T) {
	dir := newApp(t, map[string]string{"hedge.toml": config + "hosts = [\"shop.example.com\"]\n", "main.js": answers("safe")})
	home := t.TempDir()
	env := func(name string) string { return map[string]string{"HOME": home}[name] }
	ca := filepath.Join(home, ".config/hedge/local-ca/ca.pem")
	for i := range 2 {
		p := startIn(t, env, "dev", dir, "--tls", "--listen", "127.0.0.1:0")
		if i == 0 {
			p.await(`A certificate authority of this machine's own was made`)
		}
		url := p.await(`(https://localhost:\d+)`)
		if i == 1 && strings.Contains(p.stdout.String(), "authority") {
			t.Error("it is explained again how to trust the authority")
		}
		for _, host := range []string{"localhost", "shop.localhost", "shop.example.com"} {
			if status, body := getTLS(t, strings.Replace(url, "localhost", host, 1), ca); status != 200 || body != "safe" {
				t.Errorf("%s: %d %q", host, status, body)
			}
		}
		p.interrupt()
	}
}

func TestClientRules(t *testing.T) {
	var rules []cert.ClientRule
	o := clientsOption(&rules, "--client-auth", "")
	for _, v := range []string{"verify:ca=0.pem", "Shop.example.com=off", "b.example.com=request", "*.example.com=verify:ca=1.pem"} {
		must(t, o.set(v))
	}
	want := []cert.ClientRule{
		{Mode: cert.Verify, File: "ca=0.pem"},
		{Host: "shop.example.com"},
		{Host: "b.example.com", Mode: cert.Request},
		{Host: "*.example.com", Mode: cert.Verify, File: "ca=1.pem"},
	}
	if !slices.Equal(rules, want) {
		t.Errorf("got %+v, want %+v", rules, want)
	}
}

func TestServeTLSRefuses(t *testing.T) {
	app := appFor(t, "shop", "")
	nowhere := filepath.Join(t.TempDir(), "nowhere.pem")
	nameless, key := selfSigned(t, t.TempDir())
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--tls-cert", nowhere}, exitUsage, "each --tls-cert needs its --tls-key"},
		{[]string{"--listen-tls", ":0"}, exitUsage, "no TLS without --tls-cert"},
		{[]string{"--redirect-https"}, exitUsage, "no TLS without --tls-cert"},
		{[]string{"--http3", "on"}, exitUsage, "no TLS without --tls-cert"},
		{[]string{"--http3", "maybe"}, exitUsage, "needs on, off, or a port"},
		{[]string{"--client-auth", "maybe"}, exitUsage, "needs off, request or verify:FILE"},
		{[]string{"--client-auth", "*=verify:ca.pem"}, exitUsage, "leave HOST= out"},
		{[]string{"--client-auth", "=verify:ca.pem"}, exitUsage, "leave HOST= out"},
		{[]string{"--client-auth", "a.*.example.com=verify:ca.pem"}, exitUsage, `as in "*.example.com"`},
		{[]string{"--client-auth", "a.example.com:443=verify:ca.pem"}, exitUsage, "without a port"},
		{[]string{"--client-auth", "https://a.example.com=verify:ca.pem"}, exitUsage, "without the scheme"},
		{[]string{"--client-auth", "bücher.example.com=verify:ca.pem"}, exitUsage, `starts with "xn--"`},
		{[]string{"--client-auth", "a.example.com.=verify:ca.pem"}, exitUsage, "leave out the dot"},
		{[]string{"--client-auth", "127.0.0.1=verify:ca.pem"}, exitUsage, "name no host"},
		{[]string{"--client-auth", "[::1]=verify:ca.pem"}, exitUsage, "name no host"},
		{[]string{"--client-auth", "a.example.com=verify:ca.pem", "--client-auth", "A.example.com=off"}, exitUsage, "two rules for one host"},
		{[]string{"--client-auth", "request", "--client-auth", "off"}, exitUsage, "two rules for one host"},
		{[]string{"--tls-cert", nowhere, "--tls-key", nowhere}, exitFailure, nowhere + ": no such file"},
		{[]string{"--tls-cert", nameless, "--tls-key", key}, exitFailure, "no subject alternative names"},
	} {
		code, _, stderr := run(t, append([]string{"serve", app}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %s", c.args, code, stderr)
		}
	}
}
