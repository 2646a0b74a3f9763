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
				"A: 1", "X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1", "X-Forwarded-Host: a.example",
				"X-Forwarded-Proto: https", "X-Forwarded-Port: 443",
			},
		},
		{
			"a trusted proxy's word is added to", trusting, "[::ffff:10.1.2.3]:1", "http", "b.example:8080",
			NewHeader("X-Forwarded-For", "6.6.6.6", "X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https", "Forwarded", "for=192.0.2.1", "X-Real-IP", "6.6.6.6"),
			[]string{
				"X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.1.2.3", "X-Forwarded-Proto: https",
				`Forwarded: for=192.0.2.1, for=10.1.2.3;host="b.example:8080";proto=http`,
				"X-Real-IP: 192.0.2.1", "X-Forwarded-Host: b.example:8080", "X-Forwarded-Port: 8080",
			},
		},
		{
			"the standard field too", standard, "[2001:db8::1]:1", "http", "a",
			Header{},
			[]string{
				"X-Forwarded-For: 2001:db8::1", "X-Real-IP: 2001:db8::1", "X-Forwarded-Host: a", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80",
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

// Forwarded is believed as X-Forwarded-For is. A field that no proxy has written must not
// name a client, nor may what a client has begun swallow what a proxy has added.
func TestForwardedNamesTheClient(t *testing.T) {
	for _, tt := range []struct {
		name, remote, client, proto string
		fields                      Header
	}{
		{"an untrusted peer", "192.0.2.1:1", "192.0.2.1", "http", NewHeader("Forwarded", "for=6.6.6.6;proto=https")},
		{"one proxy", "10.0.0.1:1", "192.0.2.1", "https", NewHeader("Forwarded", "for=192.0.2.1;proto=https")},
		{"any case, order and space", "10.0.0.1:1", "192.0.2.1", "https", NewHeader("Forwarded", "Proto=HTTPS; by=_x;;FOR=192.0.2.1;")},
		{"two proxies", "10.0.0.1:1", "192.0.2.1", "https", NewHeader("Forwarded", "for=6.6.6.6;proto=http, for=192.0.2.1;proto=https, for=10.0.0.2;proto=http")},
		{"in several fields", "10.0.0.1:1", "192.0.2.1", "https", NewHeader("Forwarded", `for=6.6.6.6;x="`, "forwarded", "for=192.0.2.1;proto=https")},
		{"proxies alone", "10.0.0.1:1", "10.0.0.2", "http", NewHeader("Forwarded", "for=10.0.0.2;proto=http")},
		{"quoted, with a port", "10.0.0.1:1", "192.0.2.1", "http", NewHeader("Forwarded", `for="192.0.2.1:4711"`)},
		{"an obfuscated port", "10.0.0.1:1", "192.0.2.1", "http", NewHeader("Forwarded", `for="192.0.2.1:_p"`)},
		{"IPv6", "10.0.0.1:1", "2001:db8::1", "http", NewHeader("Forwarded", `for="[2001:DB8::1]"`)},
		{"IPv6 with a port", "[fd00::1]:1", "2001:db8::1", "http", NewHeader("Forwarded", `for="[2001:db8::1]:4711"`)},
		{"IPv4 in IPv6", "10.0.0.1:1", "192.0.2.1", "http", NewHeader("Forwarded", `for="[::ffff:192.0.2.1]"`)},
		{"signs in quotes", "10.0.0.1:1", "192.0.2.1", "https", NewHeader("Forwarded", `for=6.6.6.6, for=192.0.2.1;host="a, for=7.7.7.7;x=\"";proto=https`)},
		// Where nobody is named, the proxy is all that is known.
		{"unknown", "10.0.0.1:1", "10.0.0.1", "https", NewHeader("Forwarded", "for=192.0.2.1, for=unknown;proto=https")},
		{"obfuscated", "10.0.0.1:1", "10.0.0.1", "https", NewHeader("Forwarded", "for=_hidden;proto=https")},
		{"no node", "10.0.0.1:1", "10.0.0.1", "https", NewHeader("Forwarded", "proto=https")},
		{"IPv6 without brackets", "10.0.0.1:1", "10.0.0.1", "http", NewHeader("Forwarded", `for="2001:db8::1"`)},
		{"a malformed element", "10.0.0.1:1", "10.0.0.1", "http", NewHeader("Forwarded", "for=192.0.2.1;proto=https;x")},
		{"a quote that is left open", "10.0.0.1:1", "10.0.0.1", "http", NewHeader("Forwarded", `for=6.6.6.6;proto=https;x=", for=192.0.2.1`)},
		// Both fields
		{"both alike", "10.0.0.1:1", "192.0.2.1", "https", NewHeader("X-Forwarded-For", "6.6.6.6, 192.0.2.1:80, 10.0.0.2", "Forwarded", "for=7.7.7.7, for=192.0.2.1;proto=https, for=10.0.0.2")},
		{"which one has the client made up?", "10.0.0.1:1", "10.0.0.1", "http", NewHeader("X-Forwarded-For", "192.0.2.1", "Forwarded", "for=6.6.6.6;proto=https")},
		{"the same of the second proxy", "10.0.0.1:1", "10.0.0.2", "http", NewHeader("X-Forwarded-For", "192.0.2.1, 10.0.0.2", "Forwarded", "for=6.6.6.6;proto=https, for=10.0.0.2;proto=https")},
		{"one names nobody", "10.0.0.1:1", "10.0.0.1", "http", NewHeader("X-Forwarded-For", "6.6.6.6", "Forwarded", "for=unknown;proto=https")},
		{"a proxy that writes one behind one that writes both", "10.0.0.1:1", "192.0.2.1", "http", NewHeader("X-Forwarded-For", "192.0.2.1, 10.0.0.2", "Forwarded", "for=10.0.0.2;proto=https")},
		{"X-Forwarded-Proto", "10.0.0.1:1", "192.0.2.1", "http", NewHeader("X-Forwarded-Proto", "http", "Forwarded", "for=192.0.2.1;proto=https")},
	} {
		req := Request{Remote: netip.MustParseAddrPort(tt.remote), Scheme: "http", Header: tt.fields}
		if client, proto := trusting.Client(&req).String(), trusting.Proto(&req); client != tt.client || proto != tt.proto {
			t.Errorf("%s: %s by %s, want %s by %s", tt.name, client, proto, tt.client, tt.proto)
		}
	}
}

// Whatever a client says, it is known by its own address or by that of the proxy.
func FuzzForgedClient(f *testing.F) {
	for _, s := range []string{"6.6.6.6", "for=6.6.6.6", `for=6.6.6.6;x="`, `for=6.6.6.6;x="\`, "for=10.0.0.2", "6.6.6.6, 10.0.0.2", `"`, "for=6.6.6.6, for=192.0.2.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		if !ValidFieldValue(said) {
			return
		}
		const listed = "192.0.2.1"
		for _, added := range []string{"for=192.0.2.1", `for="192.0.2.1:80";host="a.example:80";proto=https`} {
			for _, h := range []Header{
				NewHeader("Forwarded", said+", "+added),
				NewHeader("Forwarded", said, "Forwarded", added),
				NewHeader("X-Forwarded-For", said, "Forwarded", added),
				NewHeader("X-Forwarded-For", listed, "Forwarded", said),
				NewHeader("X-Forwarded-For", said+", "+listed, "Forwarded", said),
			} {
				req := Request{Remote: netip.MustParseAddrPort("10.0.0.1:1"), Header: h}
				if got := trusting.Client(&req).String(); got != listed && got != "10.0.0.1" {
					t.Fatalf("%v: the client is known as %s", h.Fields(), got)
				}
			}
		}
	})
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
