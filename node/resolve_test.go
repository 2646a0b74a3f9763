package node

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hedge"
)

// oneName is a resolver that has one answer at a time, for every name.
type oneName struct {
	address atomic.Value // string
	asked   chan struct{}
}

func (n *oneName) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	select {
	case n.asked <- struct{}{}:
	default:
	}
	return []netip.Addr{netip.MustParseAddr(n.address.Load().(string))}, nil
}

// Requests go to the address that a name has now, though connections with the old one
// are kept. The origin sees the name.
func TestNamesMove(t *testing.T) {
	says := func(ip, port string) string {
		ln, err := net.Listen("tcp", net.JoinHostPort(ip, port))
		if err != nil {
			t.Skipf("there is no %s on this machine: %v", ip, err)
		}
		server := &httptest.Server{Listener: ln, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host, _, _ := strings.Cut(r.Host, ":")
			_, _ = w.Write([]byte(ip + " as " + host))
		})}}
		server.Start()
		t.Cleanup(server.Close)
		_, port, _ = net.SplitHostPort(ln.Addr().String())
		return port
	}
	port := says("127.0.0.21", "0")
	says("127.0.0.22", port)
	names := &oneName{asked: make(chan struct{}, 1)}
	names.address.Store("127.0.0.21")
	cfg := Config{Origins: NewOrigins(OriginsConfig{Client: DefaultClientConfig(), Clients: NewClients(DefaultClientConfig(), nil, nil), Resolver: names})}
	t.Cleanup(cfg.Origins.Close)
	release := toUpstream("http://origin.invalid:" + port)
	release.Upstreams["site"] = hedge.Upstream{Targets: release.Upstreams["site"].Targets, Resolve: 5 * time.Millisecond, Retry: hedge.Retry{Tries: -1}}
	n := start(t, cfg, nil, release)
	for _, address := range []string{"127.0.0.21", "127.0.0.22", "127.0.0.21"} {
		names.address.Store(address)
		for range 4 { // one may have been left, one have begun before the change; the next but one begins when the first with it was taken up
			<-names.asked
		}
		if _, body, err := n.get(t, "/"); err != nil || body != address+" as origin.invalid" {
			t.Errorf("got %q, %v; want %s", body, err, address)
		}
	}
}
