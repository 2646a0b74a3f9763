package httpmsg

import (
	"net/netip"
	"slices"
	"testing"
)

var trusting = Forwarding{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}

func TestForwardingAppend(t *testing.T) {
	standard := Forwarding{Standard: true}
	tests := []struct {
		name       string
		forwarding Forwarding
		remote     string
		scheme     string
		authority  string
		in         Header
		want       []string
	}{
		{
			"a client's word is thrown away", trusting, "192.0.2.1:1234", "https", "a.example",
			NewHeader("X-Forwarded-For", "6.6.6.6", "x-forwarded-user", "root", "Forwarded", "for=6.6.6.6", "X-Real-IP", "6.6.6.6", "A", "1"),
			[]string{
				"A: 1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: a.example",
				"X-Forwarded-Proto: https", "X-Forwarded-Port: 443",
			},
		},
		{
			"a trusted proxy's word is added to", trusting, "[::ffff:10.1.2.3]:1", "http", "b.example:8080",
			NewHeader("X-Forwarded-For", "6.6.6.6", "X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https", "Forwarded", "for=192.0.2.1"),
			[]string{
				"X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.2.3", "X-Forwarded-Proto: https",
				`Forwarded: for=192.0.2.1, for=10.1.2.3;host="b.example:8080";proto=http`,
				"X-Forwarded-Host: b.example:8080", "X-Forwarded-Port: 8080",
			},
		},
		{
			"the standard field too", standard, "[2001:db8::1]:1", "http", "a",
			Header{},
			[]string{
				"X-Forwarded-For: 2001:db8::1", "X-Forwarded-Host: a", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80",
				`Forwarded: for="[2001:db8::1]";host=a;proto=http`,
			},
		},
		{
			"a peer without an address", standard, "", "http", "a",
			NewHeader("X-Forwarded-For", "6.6.6.6"),
			[]string{"X-Forwarded-Host: a", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80", "Forwarded: for=unknown;host=a;proto=http"},
		},
	}
	for _, tt := range tests {
		req := Request{Scheme: tt.scheme, Authority: tt.authority, Header: tt.in}
		if tt.remote != "" {
			req.Remote = netip.MustParseAddrPort(tt.remote)
		}
		tt.forwarding.Append(&req)
		if got := fieldsOf(&req.Header); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestForwardingClient(t *testing.T) {
	for _, tt := range []struct{ name, remote, chain, want string }{
		{"no proxy", "192.0.2.1:1", "", "192.0.2.1"},
		{"an untrusted peer", "192.0.2.1:1", "6.6.6.6", "192.0.2.1"},
		{"one proxy", "10.0.0.1:1", "192.0.2.1", "192.0.2.1"},
		{"what the client made up", "10.0.0.1:1", "6.6.6.6, 192.0.2.1", "192.0.2.1"},
		{"two proxies", "10.0.0.1:1", "6.6.6.6, 192.0.2.1,10.0.0.2", "192.0.2.1"},
		{"proxies alone", "10.0.0.1:1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"empty members", "10.0.0.1:1", "192.0.2.1, ,", "192.0.2.1"},
		{"with a port", "10.0.0.1:1", "192.0.2.1:4444", "192.0.2.1"},
		{"IPv6 with a port", "[fd00::1]:1", "[2001:db8::1]:4444", "2001:db8::1"},
		{"nobody named", "10.0.0.1:1", "192.0.2.1, unknown", "10.0.0.1"},
	} {
		req := Request{Remote: netip.MustParseAddrPort(tt.remote)}
		if tt.chain != "" {
			req.Header.Add("X-Forwarded-For", tt.chain)
		}
		if got := trusting.Client(&req).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestForwardingClientNetwork(t *testing.T) {
	for _, tt := range []struct{ remote, chain, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"[::ffff:192.0.2.1]:1", "", "192.0.2.1"}, // as a socket for both families has it
		{"[2001:db8::1:2:3:4]:1", "", "2001:db8::"},
		{"[2001:db8::5:6:7:8]:1", "", "2001:db8::"},
		{"[fe80::1%eth0]:1", "", "fe80::"},
		{"10.0.0.1:1", "2001:db8:0:1::2", "2001:db8:0:1::"},
	} {
		req := Request{Remote: netip.MustParseAddrPort(tt.remote)}
		if tt.chain != "" {
			req.Header.Add("X-Forwarded-For", tt.chain)
		}
		if got := trusting.ClientNetwork(&req).String(); got != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.remote, tt.chain, got, tt.want)
		}
	}
	if got := trusting.ClientNetwork(&Request{}); got.IsValid() {
		t.Errorf("without an address: %v", got)
	}
}

func TestForwardingProto(t *testing.T) {
	for _, tt := range []struct{ remote, said, want string }{
		{"192.0.2.1:1", "https", "http"},
		{"10.0.0.1:1", "", "http"},
		{"10.0.0.1:1", "HTTPS", "https"},
		{"10.0.0.1:1", "https, http", "https"},
	} {
		req := Request{Remote: netip.MustParseAddrPort(tt.remote), Scheme: "http"}
		if tt.said != "" {
			req.Header.Add("X-Forwarded-Proto", tt.said)
		}
		if got := trusting.Proto(&req); got != tt.want {
			t.Errorf("%s says %q: %s, want %s", tt.remote, tt.said, got, tt.want)
		}
	}
}

func TestVia(t *testing.T) {
	h := NewHeader("Via", "1.0 fred (Apache/1.1)")
	if HasVia(&h, "hedge") {
		t.Error("found in Via before it was there")
	}
	AppendVia(&h, "HTTP/2.0", "hedge")
	if got := h.Joined("Via"); got != "1.0 fred (Apache/1.1), 2.0 hedge" {
		t.Errorf("Via: %s", got)
	}
	if !HasVia(&h, "Hedge") || !HasVia(&h, "fred") || HasVia(&h, "1.0") {
		t.Error("HasVia is wrong about who is in it")
	}
}
