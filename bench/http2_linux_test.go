package bench_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"hedge/cert"
	"hedge/http2"
	"hedge/httpmsg"
)

// BenchmarkHelloHTTP2 compares servers over TLS 1.3 with HTTP/2, 16 connections with 8
// requests at a time: our server with a fixed answer, the app hello world behind it, and
// net/http and Deno with the same answer. h2load is the client (nghttp2-client in Debian); it has
// the driver's core, and sleeps when it has nothing to do. The ratio is that of our
// server to net/http's.
func BenchmarkHelloHTTP2(b *testing.B) {
	h2load, err := exec.LookPath("h2load")
	if err != nil {
		b.Skip("h2load is not installed: apt install nghttp2-client")
	}
	s := setStage(b)
	for b.Loop() {
		names := []string{"nethttp-tls", "http2", "hedge-tls"}
		servers, scores := map[string]*server{}, map[string]*score{}
		for _, name := range names {
			servers[name], scores[name] = s.start(name), &score{}
		}
		servers["hedge-tls"].deploy(app("hello", helloApp, nil))
		if peer := s.startPeer(denoTLS(), nowhere); peer != nil {
			names = append(names, "deno")
			servers["deno"], scores["deno"] = peer, &score{}
		}
		for i := range rounds + 1 {
			for _, name := range names {
				srv, sc := servers[name], scores[name]
				before, start := srv.cpu(), time.Now()
				requests, perSecond := s.h2load(h2load, srv.addr)
				elapsed, cpu := time.Since(start), srv.cpu()-before
				if i == 0 {
					continue // warming up
				}
				sc.perSecond = append(sc.perSecond, perSecond)
				sc.perCPU = append(sc.perCPU, float64(requests)/cpu.Seconds())
				sc.busy = append(sc.busy, cpu.Seconds()/elapsed.Seconds())
			}
		}
		for _, name := range names {
			s.metric(median(scores[name].perSecond), name+"-req/s")
			s.metric(median(scores[name].perCPU), name+"-req/cpu-s")
			s.metric(100*median(scores[name].busy), name+"-core-%")
		}
		s.metric(median(scores["http2"].perSecond)/median(scores["nethttp-tls"].perSecond), "ratio")
		s.metric(median(scores["http2"].perCPU)/median(scores["nethttp-tls"].perCPU), "ratio-by-cpu")
		if scores["deno"] != nil {
			s.metric(median(scores["http2"].perSecond)/median(scores["deno"].perSecond), "of-deno")
			s.metric(median(scores["http2"].perCPU)/median(scores["deno"].perCPU), "of-deno-by-cpu")
		}
	}
}

// h2load runs for a round, and returns how many requests were answered and how many in a
// second.
func (s *stage) h2load(program, addr string) (requests int, perSecond float64) {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), program, "-c16", "-m8", "-D", strconv.Itoa(int(round.Seconds())), "https://"+addr+"/")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.Fatalf("%v\n%s", err, out)
	}
	figures := regexp.MustCompile(`finished in [^,]+, ([0-9.]+) req/s[^\n]*\nrequests: \d+ total, \d+ started, \d+ done, (\d+) succeeded, 0 failed, 0 errored`).FindSubmatch(out)
	if figures == nil {
		s.Fatalf("h2load has failed:\n%s", out)
	}
	perSecond, err1 := strconv.ParseFloat(string(figures[1]), 64)
	requests, err2 := strconv.Atoi(string(figures[2]))
	if err1 != nil || err2 != nil || !regexp.MustCompile(`TLS Protocol: TLSv1.3`).Match(out) {
		s.Fatalf("h2load says what is not expected:\n%s", out)
	}
	return requests, perSecond
}

// certificate is one for a benchmark.
func certificate() (*tls.Certificate, error) {
	source, err := source()
	if err != nil {
		return nil, err
	}
	return source.Certificate(&tls.ClientHelloInfo{})
}

// certificatePEM is one with its key, as files have them.
func certificatePEM() (chain, key []byte, err error) {
	pair, err := certificate()
	if err != nil {
		return nil, nil, err
	}
	for _, der := range pair.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	return chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

func source() (cert.Source, error) {
	dir, err := os.MkdirTemp("", "hedge-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	authority, err := cert.OpenAuthority(dir, time.Now())
	if err != nil {
		return nil, err
	}
	return authority.Issue([]string{"localhost"}, time.Now())
}

func serverTLS() (*cert.Server, error) {
	source, err := source()
	if err != nil {
		return nil, err
	}
	return cert.NewServer(cert.Config{Source: source, Now: time.Now, HandshakeTimeout: 10 * time.Second})
}

// serveHTTP2 answers with the same bytes as sayHello, until the listener is closed.
func serveHTTP2(ln net.Listener, secure *cert.Server) {
	s := &http2.Server{Limits: http2.DefaultLimits(), Handler: func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, helloType, []byte(hello)))
	}}
	for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
		go func() { // ends with the handshake
			if tc, info, err := secure.Handshake(context.Background(), nc); err == nil {
				s.ServeConn(tc, info)
			}
		}()
	}
}
