package node

import (
	"bufio"
	"net/netip"
	"strings"
	"testing"

	"hedge"
	"hedge/egress"
	"hedge/httpmsg"
)

// The address that is dialled counts, whatever the URL calls it.
func TestEgress(t *testing.T) {
	ln := listen(t)
	arrivals := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			arrivals <- struct{}{}
			_, _ = bufio.NewReader(conn).ReadString('\n') // a transport takes no answer before it has asked
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"))
			_ = conn.Close()
		}
	}()
	_, port, _ := strings.Cut(ln.Addr().String(), ":")
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, c := range []struct {
		host   string
		policy *egress.Policy
		want   hedge.Outcome
	}{
		{"127.0.0.1", &egress.Policy{}, hedge.OutcomeEgressDenied},
		{"localhost", &egress.Policy{}, hedge.OutcomeEgressDenied},
		{"[::ffff:127.0.0.1]", &egress.Policy{}, hedge.OutcomeEgressDenied},
		{"0.0.0.0", &egress.Policy{}, hedge.OutcomeEgressDenied},
		{"127.0.0.1", &egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, hedge.OutcomeEgressDenied},
		{"127.0.0.1", &egress.Policy{Allow: loopback}, hedge.OutcomeOK},
		{"127.0.0.1", &egress.Policy{Any: true}, hedge.OutcomeOK},
		{"127.0.0.1", nil, hedge.OutcomeOK},
	} {
		cfg := DefaultClientConfig()
		cfg.Egress = c.policy
		client := NewClient(cfg)
		t.Cleanup(client.Close)
		res, err := client.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Scheme: "http", Authority: c.host + ":" + port, Target: "/"})
		if err == nil {
			res.CloseBody()
		}
		if got := hedge.OutcomeOf(err); got != c.want {
			t.Errorf("%s with %+v: %s (%v), want %s", c.host, c.policy, got, err, c.want)
		}
	}
	if n := len(arrivals); n != 3 {
		t.Errorf("%d connections arrived, want those of the 3 that are allowed", n)
	}
}
