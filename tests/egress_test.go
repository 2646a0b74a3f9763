package tests

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"hedge"
	"hedge/egress"
)

// target counts the connections that arrive at any address of this machine.
type target struct {
	port     string
	arrivals atomic.Int64
}

func newTarget(t testing.TB) *target {
	t.Helper()
	ln, err := net.Listen("tcp", ":0") // IPv6, too, where there is any
	must(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	g := &target{}
	_, g.port, _ = net.SplitHostPort(ln.Addr().String())
	go func() { // until the listener is closed
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			g.arrivals.Add(1)
			_ = conn.Close()
		}
	}()
	return g
}

// serveOn serves on an address of the loopback network, with one connection for each
// request, and returns its URL.
func serveOn(t testing.TB, address string, handler http.HandlerFunc) string {
	t.Helper()
	ln, err := net.Listen("tcp", address)
	must(t, err)
	server := &http.Server{Handler: handler}
	server.SetKeepAlivesEnabled(false)
	go func() { _ = server.Serve(ln) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + ln.Addr().String()
}

// fetcher is an app that connects to what it is told to, in three ways, and answers
// with the error.
const fetcher = `import { mount } from "hedge:route";
export default { async fetch(request) {
	const { searchParams } = new URL(request.url);
	const [how, to] = [searchParams.get("how"), searchParams.get("to")];
	try {
		const res = how === "mount" ? await mount({ "/": to })(new Request(request)) : await fetch(to);
		return new Response("connected: " + res.status + " " + await res.text());
	} catch (e) {
		return new Response("refused: " + e.message);
	}
} };`

// ssrf are hosts of URLs that lead, or would, to what is not public.
var ssrf = []string{
	// this host, in every spelling
	"127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0177.0.0.1", "0x7F.0x0.0x0.0x1",
	"127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "0.1.2.3", "１２７.０.０.１", "127。0。0。1", "%31%32%37.0.0.1",
	"[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
	"[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
	"user:password@127.0.0.1", "1.1.1.1@127.0.0.1", "1.1.1.1%40127.0.0.1", "127.0.0.1#@1.1.1.1:1", "127.0.0.1\\@1.1.1.1",
	// the cloud's metadata
	"169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.169.254.", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "168.63.129.16", "100.100.100.200", "192.0.0.192",
	// networks of organisations, and others that are not public
	"10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fec0::1]",
	"192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
	"[ff02::1]", "[100::1]", "[2001:db8::1]", "[2002:a00:1::]", "[3fff::1]", "[64:ff9b::10.0.0.1]", "[::ffff:192.168.0.1]", "[5f00::1]",
	// names
	"loopback.test", "loopback6.test", "mapped.test", "private.test", "metadata.test", "mixed.test", "zero.test", "private.test.",
}

// Nothing that code asks for connects to what is not public, directly, behind a
// redirect or as an origin to send requests on to.
func TestCodeReachesPublicAddressesOnly(t *testing.T) {
	names := &resolver{answers: map[string][][]string{
		"loopback.test": {{"127.0.0.1"}}, "loopback6.test": {{"::1"}}, "mapped.test": {{"::ffff:127.0.0.1"}}, "private.test": {{"10.0.0.1"}},
		"metadata.test": {{"169.254.169.254", "fd00:ec2::254"}}, "mixed.test": {{"127.0.0.1", "10.0.0.1", "::1", "fd00::1"}}, "zero.test": {{"0.0.0.0", "::"}},
	}}
	g := newTarget(t)
	redirect := serveOn(t, "127.0.0.9:0", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{r.URL.Query().Get("to")}
		w.WriteHeader(307)
	})
	e := newEdge()
	e.client.Egress, e.client.Resolver = &egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}}, names.serve(t)
	e.open(t, app{name: "fetcher", main: fetcher})
	cases := 0
	for _, host := range ssrf {
		to := "http://" + host + ":" + g.port + "/"
		for how, asked := range map[string]string{
			"fetch":    to,
			"redirect": redirect + "/?to=" + url.QueryEscape(to),
			"mount":    strings.TrimSuffix(to, "/"),
		} {
			cases++
			answer := get(t, e.at, "/?how="+how+"&to="+url.QueryEscape(asked))
			if !strings.HasPrefix(answer.body, "refused: ") {
				t.Errorf("%s by %s: %d %q", host, how, answer.status, answer.body)
			}
		}
	}
	if n := g.arrivals.Load(); n != 0 {
		t.Errorf("%d connections arrived, want none", n)
	}
	t.Logf("%d cases", cases)
}

// The address that is dialled is the one that was judged, whatever the name resolves to
// a moment later, and of several addresses only those are dialled that are allowed.
func TestRebinding(t *testing.T) {
	var denied atomic.Int64
	good := serveOn(t, "127.0.0.8:0", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("good")) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(good, "http://"))
	serveOn(t, "127.0.0.7:"+port, func(http.ResponseWriter, *http.Request) { denied.Add(1) })
	names := &resolver{answers: map[string][][]string{
		"rebind.test": {{"127.0.0.8"}, {"127.0.0.7"}, {"127.0.0.8"}, {"127.0.0.7"}},
		"mixed.test":  {{"127.0.0.8", "127.0.0.7"}},
		"worse.test":  {{"127.0.0.7", "127.0.0.8"}},
	}}
	e := newEdge()
	e.client.Egress, e.client.Resolver = &egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.8/32")}}, names.serve(t)
	e.open(t, app{name: "fetcher", main: fetcher})
	ask := func(host string) string {
		return get(t, e.at, "/?to="+url.QueryEscape("http://"+host+":"+port+"/")).body
	}
	for i, want := range []string{"connected: 200 good", "refused: ", "connected: 200 good", "refused: "} {
		if got := ask("rebind.test"); !strings.HasPrefix(got, want) {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
	if got := ask("mixed.test"); got != "connected: 200 good" {
		t.Error(got)
	}
	ask("worse.test") // may try the other one, or not
	if n := denied.Load(); n != 0 {
		t.Errorf("%d connections arrived at the address that is denied", n)
	}
}

// What one app may connect to, another may not, even if the connection is there.
func TestEgressIsPerApp(t *testing.T) {
	var connections atomic.Int64
	ln, err := net.Listen("tcp", "127.0.0.6:0")
	must(t, err)
	server := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("inside")) }),
		ConnState: func(_ net.Conn, state http.ConnState) { connections.Add(int64(btoi(state == http.StateNew))) },
	}
	go func() { _ = server.Serve(ln) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	names := &resolver{answers: map[string][][]string{"inside.test": {{"127.0.0.6"}}}}
	e := newEdge()
	e.client.Egress, e.client.Resolver = &egress.Policy{}, names.serve(t)
	network := hedge.Egress{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.6/32")}}
	e.open(
		t,
		app{name: "may", hosts: []string{"may.test"}, main: fetcher, egress: network},
		app{name: "too", hosts: []string{"too.test"}, main: fetcher, egress: network},
		app{name: "not", hosts: []string{"not.test"}, main: fetcher},
		app{name: "name", hosts: []string{"name.test"}, main: fetcher, egress: hedge.Egress{Hosts: []string{"inside.test:" + port}}},
	)
	for _, c := range []struct{ app, host, want string }{
		{"may", "127.0.0.6", "connected: 200 inside"},
		{"may", "127.0.0.6", "connected: 200 inside"},
		{"not", "127.0.0.6", "refused: "},
		{"too", "127.0.0.6", "connected: 200 inside"},
		{"may", "inside.test", "connected: 200 inside"},
		{"not", "inside.test", "refused: "},
		{"name", "inside.test", "refused: "}, // a name does not lead to the machine itself
	} {
		to := url.QueryEscape(fmt.Sprintf("http://%s:%s/", c.host, port))
		for _, how := range []string{"fetch", "mount"} {
			if got := get(t, e.at, "/?how="+how+"&to="+strings.TrimSuffix(to, "%2F"), "Host", c.app+".test").body; !strings.HasPrefix(got, c.want) {
				t.Errorf("%s to %s by %s: %q, want %q", c.app, c.host, how, got, c.want)
			}
		}
	}
	if n := connections.Load(); n != 3 {
		t.Errorf("%d connections, want one for each app and name", n)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
