package egress

import (
	"errors"
	"net/netip"
	"testing"
)

func TestPublicOnly(t *testing.T) {
	for addr, public := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "9.255.255.255": true, "11.0.0.0": true,
		"100.63.255.255": true, "100.128.0.0": true, "172.15.255.255": true, "172.32.0.0": true,
		"192.167.255.255": true, "169.253.255.255": true, "223.255.255.255": true,
		"2606:4700::1111": true, "2a00:1450::1": true, "::ffff:1.1.1.1": true, "64:ff9b::1.1.1.1": true,

		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "100.100.100.200": false,
		"127.0.0.1": false, "127.1.2.3": false, "168.63.129.16": false, "169.254.169.254": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.0.0.192": false, "192.168.1.1": false,
		"198.18.0.1": false, "203.0.113.7": false, "224.0.0.1": false, "239.255.255.255": false, "255.255.255.255": false,
		"::": false, "::1": false, "::7f00:1": false, "::127.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false,
		"::ffff:0:127.0.0.1": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::10.1.2.3": false, "64:ff9b::169.254.169.254": false, "64:ff9b:1::1": false,
		"2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false,
	} {
		err := (&Policy{}).Check("host:80", netip.MustParseAddr(addr))
		var denied *Denied
		if public != (err == nil) || !public && (!errors.As(err, &denied) || denied.Reason == "") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := (&Policy{}).Check("host:80", netip.Addr{}); err == nil {
		t.Error("no address at all is allowed")
	}
}

func TestAllow(t *testing.T) {
	p := &Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/64")}}
	for addr, allowed := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "64:ff9b::10.1.2.3": true, "fd00::5": true,
		"10.2.0.1": false, "fd00:0:0:1::5": false, "127.0.0.1": false,
	} {
		if err := p.Check("host:80", netip.MustParseAddr(addr)); allowed != (err == nil) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := (&Policy{Any: true}).Check("host:80", netip.MustParseAddr("127.0.0.1")); err != nil {
		t.Error(err)
	}
}

// A name that is allowed may lead to private networks, for its port, and nowhere else.
func TestHosts(t *testing.T) {
	p := (&Policy{}).With(nil, []string{"internal.example.com:8443"})
	for _, c := range []struct {
		target, addr string
		allowed      bool
	}{
		{"internal.example.com:8443", "10.1.2.3", true},
		{"Internal.Example.COM.:8443", "192.168.0.1", true},
		{"internal.example.com:8443", "100.64.0.1", true},
		{"internal.example.com:8443", "fd12::1", true},
		{"internal.example.com:8443", "1.1.1.1", true},
		{"internal.example.com:443", "10.1.2.3", false},
		{"other.example.com:8443", "10.1.2.3", false},
		{"10.1.2.3:8443", "10.1.2.3", false},
		{"internal.example.com", "10.1.2.3", false},
		{"internal.example.com:8443", "127.0.0.1", false},
		{"internal.example.com:8443", "::1", false},
		{"internal.example.com:8443", "::ffff:127.0.0.1", false},
		{"internal.example.com:8443", "0.0.0.0", false},
		{"internal.example.com:8443", "169.254.169.254", false},
		{"internal.example.com:8443", "fe80::1", false},
		{"internal.example.com:8443", "fd00:ec2::254", false},
		{"internal.example.com:8443", "fd20:ce::254", false},
		{"internal.example.com:8443", "fd00:42::42", false},
		{"internal.example.com:8443", "fd00:100::100:200", false},
		{"internal.example.com:8443", "fd00:c1::a9fe:a9fe", false},
		{"internal.example.com:8443", "fd00:a9fe:a9fe::1", false},
		{"internal.example.com:8443", "fd20:ce::253", true},
		{"internal.example.com:8443", "100.100.100.200", false},
		{"internal.example.com:8443", "224.0.0.1", false},
	} {
		if err := p.Check(c.target, netip.MustParseAddr(c.addr)); c.allowed != (err == nil) {
			t.Errorf("%s at %s: %v", c.target, c.addr, err)
		}
	}
}

// Whatever is not of the global unicast ranges must be denied.
func FuzzCheck(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add(netip.MustParseAddr("64:ff9b::7f00:1").AsSlice())
	f.Fuzz(func(t *testing.T, b []byte) {
		addr, ok := netip.AddrFromSlice(b)
		if !ok || (&Policy{}).Check("host:80", addr) != nil {
			return
		}
		real := embedded(addr.Unmap())
		if !real.IsGlobalUnicast() || real.IsPrivate() || real.IsLoopback() || real.IsLinkLocalUnicast() {
			t.Errorf("%s is allowed", addr)
		}
	})
}
