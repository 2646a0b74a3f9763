package tests

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
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// exchange is a request over HTTP/3 that is under way: half of its content has been sent,
// and the answer has begun.
type exchange struct {
	testing.TB
	out *io.PipeWriter
	res *http.Response
}

// overQUIC is a client of an edge, over connections of its own.
func overQUIC(t testing.TB, addr string) *http3.Transport {
	t.Helper()
	transport := &http3.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		Dial: func(ctx context.Context, _ string, tlsCfg *tls.Config, cfg *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, addr, tlsCfg, cfg)
		},
	}
	t.Cleanup(func() { _ = transport.Close() })
	return transport
}

// selfSigned writes a certificate and its key.
func selfSigned(t testing.TB, folder string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	certificate, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	must(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	return certificate, key
}

func begin(t testing.TB, client http.RoundTripper) *exchange {
	t.Helper()
	in, out := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://shop/", in)
	must(t, err)
	go func() { _, _ = io.WriteString(out, "one ") }() // ends when it has been read
	res, err := client.RoundTrip(req)
	must(t, err)
	x := &exchange{t, out, res}
	if got := x.hear(4); got != "one " || res.StatusCode != 200 {
		t.Fatalf("%s, %q", res.Status, got)
	}
	return x
}

func (x *exchange) hear(n int) string {
	x.Helper()
	got := make([]byte, n)
	_, err := io.ReadFull(x.res.Body, got)
	must(x, err)
	return string(got)
}

// end sends the rest and reads the answer to its end.
func (x *exchange) end(version int) {
	x.Helper()
	go func() { _, _ = io.WriteString(x.out, "two"); _ = x.out.Close() }() // ends when it has been read
	rest, err := io.ReadAll(x.res.Body)
	if want := fmt.Sprintf("two version %d", version); err != nil || string(rest) != want {
		x.Errorf("the answer goes on with %q, %v; want %q", rest, err, want)
	}
	_ = x.res.Body.Close()
}

// echoVersion writes a version of an app that answers with what it gets, and then which
// one it is.
func (e *edgeProcess) echoVersion(t testing.TB, n int) {
	e.write(t, fmt.Sprintf(`export default { fetch(request) {
		if (!request.body) return new Response("version %[1]d");
		const { readable, writable } = new TransformStream({ flush(c) { c.enqueue(new TextEncoder().encode(" version %[1]d")); } });
		request.body.pipeTo(writable);
		return new Response(readable);
	} };`, n))
}

// overHTTP3 has a client ask as fast as it can, over connections that are kept, until the
// load ends. What a server rejects unseen is asked again, as the standard has it (RFC 9114
// §4.1.1); any other error is a request that failed.
func (l *load) overHTTP3(at string, i int) {
	transport := overQUIC(l, at)
	method, size := http.MethodGet, 0
	if i%2 == 1 {
		method, size = http.MethodPost, 10_000
	}
	for {
		select {
		case <-l.over:
			return
		default:
		}
		req, err := http.NewRequest(method, "https://shop/", strings.NewReader(strings.Repeat("x", size)))
		if err == nil {
			err = l.ask(transport, req, size)
		}
		if err != nil {
			l.fail(err)
			return
		}
		l.answered.Add(1)
	}
}

func (l *load) ask(transport http.RoundTripper, req *http.Request, size int) error {
	res, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != 200 || len(body) <= size || !strings.Contains(string(body), "version ")) {
		return fmt.Errorf("%s, %d bytes for %d", res.Status, len(body), size)
	}
	return err
}

// openHTTP3 opens an edge that serves HTTP/3 as well, and returns where.
func openHTTP3(t *testing.T) (e *edgeProcess, at string) {
	folder := t.TempDir()
	certificate, key := selfSigned(t, folder)
	e = &edgeProcess{folder: folder, pidFile: filepath.Join(folder, "pid"), app: filepath.Join(folder, "shop"), port: "0", more: []string{
		"--tls-cert", certificate, "--tls-key", key, "--listen-tls", "127.0.0.1:0", // a port of its own
	}}
	e.echoVersion(t, 1)
	e.open(t)
	t.Cleanup(func() { // of a process that is not ours
		if pid := e.pid(); pid != 0 && pid != e.cmd.Process.Pid {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return e, "127.0.0.1:" + e.await(`https://localhost:(\d+)`)
}

// Requests over HTTP/3 that are under way outlive reloads, upgrades and the end, and what
// begins meanwhile is served by the next at once.
func TestRestartsOverHTTP3(t *testing.T) {
	e, at := openHTTP3(t)
	client := overQUIC(t, at)

	// A reload: on the same connection, old and new requests go on.
	under := begin(t, client)
	e.echoVersion(t, 2)
	must(t, syscall.Kill(e.pid(), syscall.SIGHUP))
	until(t, "the new version is served", func() bool { return newest(t, client) == " version 2" })
	under.end(1)

	// An upgrade: the process that ends serves what it has, the next one what is new.
	under = begin(t, client)
	before := e.pid()
	e.echoVersion(t, 3)
	must(t, syscall.Kill(before, syscall.SIGUSR2))
	until(t, "another process serves", func() bool { return e.pid() != before })
	until(t, "the next process serves HTTP/3", func() bool { return newest(t, overQUIC(t, at)) == " version 3" })
	if isGone(before) {
		t.Error("the process before has ended with a request under way")
	}
	under.end(2)
	until(t, "the one before it has ended", func() bool { return isGone(before) })

	// The end is like that.
	last := begin(t, overQUIC(t, at))
	pid := e.pid()
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	until(t, "no new connections are taken", func() bool { return strings.Contains(e.body(), "refused") })
	last.end(3)
	until(t, "the last process has ended", func() bool { return isGone(pid) })
}

// newest returns which version answers.
func newest(t testing.TB, client http.RoundTripper) string {
	x := begin(t, client)
	_ = x.out.Close()
	rest, err := io.ReadAll(x.res.Body)
	must(t, err)
	return string(rest)
}

// Upgrades and reloads under load over HTTP/3: not one request fails.
func TestUpgradesOverHTTP3(t *testing.T) {
	e, at := openHTTP3(t)
	l := &load{TB: t, over: make(chan struct{})}
	for i := range 4 {
		l.clients.Go(func() { l.overHTTP3(at, i) })
	}
	done := 0
	for ; (done < *restarts || l.answered.Load() < *requests) && !l.failed(); done++ {
		e.echoVersion(t, done+2)
		must(t, syscall.Kill(e.pid(), syscall.SIGHUP))
		want := fmt.Sprintf("version %d", done+2)
		until(t, want+" is served", func() bool { return e.body() == want })
		e.upgrade(t)
	}
	l.stop()
	t.Logf("%d answers through %d reloads and upgrades", l.answered.Load(), done)
	last := e.pid()
	must(t, syscall.Kill(last, syscall.SIGTERM))
	until(t, "the last process has ended", func() bool { return isGone(last) })
}
