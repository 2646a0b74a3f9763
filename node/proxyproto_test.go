package node

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/proxyproto"
)

const plainRequest = "GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n"

// Who the client is, is what a trusted load balancer says, for the log, the origin and
// code alike.
func TestProxyProtocolIn(t *testing.T) {
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	known := proxyproto.Header{Source: netip.MustParseAddrPort("192.0.2.7:4711"), Destination: netip.MustParseAddrPort("192.0.2.1:80")}
	for name, c := range map[string]struct {
		trusted netip.Prefix
		send    string
		want    string // address of the client; empty: hung up
	}{
		"v1":                   {loopback, string(proxyproto.Append(nil, 1, known)), "192.0.2.7"},
		"v2":                   {loopback, string(proxyproto.Append(nil, 2, known)), "192.0.2.7"},
		"a check":              {loopback, "PROXY UNKNOWN\r\n", "127.0.0.1"},
		"without a header":     {loopback, "", ""},
		"half a header":        {loopback, "PROXY TCP4 192.0.2.7\r\n", ""},
		"nobody's word":        {netip.MustParsePrefix("192.0.2.0/24"), "", "127.0.0.1"},
		"a header from nobody": {netip.MustParsePrefix("192.0.2.0/24"), "PROXY UNKNOWN\r\n", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			seen := func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
				return httpmsg.Text(200, req.Header.Get("X-Forwarded-For")), nil
			}
			r := start(t, Config{Proxies: &proxyproto.Acceptor{Trusted: []netip.Prefix{c.trusted}, Timeout: patience}}, withCode(newCode(seen)), codeApp())
			answer := r.raw(t, c.send+plainRequest)
			switch {
			case c.want == "":
				if answer != "" {
					t.Errorf("got %q, want the end of the connection", answer)
				}
			case c.want == "400":
				if !strings.HasPrefix(answer, "HTTP/1.1 400 ") {
					t.Errorf("got %q", answer)
				}
			default:
				a := <-r.access
				if !strings.HasSuffix(answer, "\r\n\r\n"+c.want) || a.Remote.Addr().String() != c.want {
					t.Errorf("got %q, and %v in the log", answer, a.Remote)
				}
			}
		})
	}
}

// A load balancer that says nothing is not waited for.
func TestProxyProtocolTakesTooLong(t *testing.T) {
	r := start(t, Config{Proxies: &proxyproto.Acceptor{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: time.Millisecond}}, nil)
	if answer := r.raw(t, "PROXY"); answer != "" {
		t.Errorf("%q", answer)
	}
}

// An origin is told who each client is, and no two share a connection.
func TestProxyProtocolOut(t *testing.T) {
	type visit struct {
		conn int
		from string
	}
	visits := make(chan visit, 10)
	ln := listen(t)
	go func() { // ends with the listener
		conns := 0
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			conns++
			go func(conn int) {
				defer nc.Close()
				h, err := proxyproto.Read(nc)
				in := bufio.NewReader(nc)
				for err == nil {
					if _, err = http.ReadRequest(in); err == nil {
						visits <- visit{conn, h.Source.String()}
						_, err = io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
					}
				}
			}(conns)
		}
	}()
	for version := 1; version <= 2; version++ {
		release := toUpstream("http://" + ln.Addr().String())
		pool := release.Upstreams["site"]
		pool.ProxyProtocol = version
		release.Upstreams = map[string]hedge.Upstream{"site": pool}
		r := start(t, Config{}, nil, release)
		conns := map[int]string{}
		for range 2 {
			nc := r.dial(t, "")
			in := bufio.NewReader(nc)
			for range 2 {
				_, _ = io.WriteString(nc, strings.Replace(plainRequest, "Connection: close\r\n", "", 1))
				if _, err := http.ReadResponse(in, nil); err != nil {
					t.Fatal(err)
				}
				v := <-visits
				if v.from != nc.LocalAddr().String() || conns[v.conn] != "" && conns[v.conn] != v.from {
					t.Errorf("%+v, want the client %v on a connection of its own", v, nc.LocalAddr())
				}
				conns[v.conn] = v.from
			}
			defer nc.Close()
		}
		if len(conns) != 2 {
			t.Errorf("there were %d connections, want one for each client", len(conns))
		}
	}
}
