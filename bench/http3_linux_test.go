package bench_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	quichttp "github.com/quic-go/quic-go/http3"

	"hedge/http3"
	"hedge/httpmsg"
)

// The clients of HTTP/3: connections, and requests at a time over each.
const (
	quicConnections = 8
	quicStreams     = 8
)

// BenchmarkHelloHTTP3 compares our HTTP/3 with that of the library whose QUIC is below it,
// both with the same fixed answer, and the library's client, which has the driver's core
// and costs more than either: requests per CPU second are what counts.
func BenchmarkHelloHTTP3(b *testing.B) {
	s := setStage(b)
	for b.Loop() {
		names := []string{"quic-go", "http3"}
		servers, clients, scores := map[string]*server{}, map[string][]*http.Client{}, map[string]*score{}
		for _, name := range names {
			servers[name], scores[name] = s.start(name), &score{}
			clients[name] = s.overQUIC(servers[name].addr)
		}
		for i := range rounds + 1 {
			for _, name := range names {
				srv, sc := servers[name], scores[name]
				before, start := srv.cpu(), time.Now()
				requests := s.askOverQUIC(clients[name])
				elapsed, cpu := time.Since(start), srv.cpu()-before
				if i == 0 {
					continue // warming up
				}
				sc.perSecond = append(sc.perSecond, float64(requests)/elapsed.Seconds())
				sc.perCPU = append(sc.perCPU, float64(requests)/cpu.Seconds())
				sc.busy = append(sc.busy, cpu.Seconds()/elapsed.Seconds())
			}
		}
		for _, name := range names {
			s.metric(median(scores[name].perSecond), name+"-req/s")
			s.metric(median(scores[name].perCPU), name+"-req/cpu-s")
			s.metric(100*median(scores[name].busy), name+"-core-%")
		}
		s.metric(median(scores["http3"].perCPU)/median(scores["quic-go"].perCPU), "ratio-by-cpu")
	}
}

// overQUIC makes clients with a connection each.
func (s *stage) overQUIC(addr string) (clients []*http.Client) {
	s.Helper()
	for range quicConnections {
		transport := &quichttp.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"},
			Dial: func(ctx context.Context, _ string, tlsCfg *tls.Config, cfg *quic.Config) (*quic.Conn, error) {
				return quic.DialAddr(ctx, addr, tlsCfg, cfg)
			},
		}
		s.Cleanup(func() { _ = transport.Close() })
		clients = append(clients, &http.Client{Transport: transport})
	}
	return clients
}

// askOverQUIC asks for a round, and returns how many requests were answered.
func (s *stage) askOverQUIC(clients []*http.Client) int64 {
	s.Helper()
	var answered atomic.Int64
	var asking sync.WaitGroup
	end := time.Now().Add(round)
	for _, client := range clients {
		for range quicStreams {
			asking.Go(func() { // until the end of the round
				for time.Now().Before(end) {
					res, err := client.Get("https://localhost/")
					if err != nil {
						s.Error(err)
						return
					}
					body, err := io.ReadAll(res.Body)
					_ = res.Body.Close()
					if err != nil || string(body) != hello {
						s.Errorf("%q, %v", body, err)
						return
					}
					answered.Add(1)
				}
			})
		}
	}
	asking.Wait()
	return answered.Load()
}

// serveHTTP3 answers with the same bytes as sayHello, as long as the process lives.
func serveHTTP3(kind string, pc net.PacketConn) error {
	if kind == "quic-go" {
		pair, err := certificate()
		if err != nil {
			return err
		}
		cfg := quichttp.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{*pair}})
		go func() { _ = (&quichttp.Server{Handler: http.HandlerFunc(sayHello), TLSConfig: cfg}).Serve(pc) }()
		return nil
	}
	secure, err := serverTLS()
	if err != nil {
		return err
	}
	s := &http3.Server{Limits: http3.DefaultLimits(), TLS: secure.QUIC(), Handler: func(ctx context.Context, req *httpmsg.Request, _ *httpmsg.Refusal, out httpmsg.Outlet) {
		_, _ = out.Deliver(ctx, req, httpmsg.Bytes(200, helloType, []byte(hello)))
	}}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		return errors.New("no UDP socket")
	}
	port, err := http3.OpenPort(conn, nil)
	if err != nil {
		return err
	}
	go func() { _ = s.Serve(context.Background(), port) }()
	return nil
}
