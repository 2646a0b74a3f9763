// Package egress decides which addresses the code of apps may connect to. It looks
// at the address that is dialled, after names have been resolved, for a name can
// resolve to anything, and to something else the next time.
package egress

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Policy says where code may connect to. It is not changed once it is in use, and
// may then be used from many goroutines.
type Policy struct {
	// Any lets code connect to every address: for development, where the origins
	// are on the same machine.
	Any bool
	// Allow are networks that may be connected to although they are not public.
	Allow []netip.Prefix
	// Hosts are "name:port" that may be connected to in private networks. Whoever
	// answers for the name in DNS decides where it leads; so it cannot lead to this
	// host, to link-local addresses or to a cloud's metadata: that takes a network.
	Hosts []string
}

// With returns a policy that allows more.
func (p *Policy) With(networks []netip.Prefix, hosts []string) *Policy {
	return &Policy{Any: p.Any, Allow: slices.Concat(p.Allow, networks), Hosts: slices.Concat(p.Hosts, hosts)}
}

// Denied is the error of an address that a Policy refuses.
type Denied struct {
	Addr   netip.Addr
	Reason string // what the address is, as in "a private network"
}

// Error names the address and says what it is.
func (d *Denied) Error() string {
	return fmt.Sprintf("code may not connect to %s, which is %s", d.Addr, d.Reason)
}

// Check returns a *Denied if addr must not be connected to. target is the "host:port"
// that was asked for, and addr what it has resolved to.
func (p *Policy) Check(target string, addr netip.Addr) error {
	if p.Any {
		return nil
	}
	real := embedded(addr.Unmap().WithZone(""))
	for _, prefix := range p.Allow {
		if prefix.Contains(real) {
			return nil
		}
	}
	reason := find(networks, real)
	if reason == "" && !p.named(target) {
		reason = find(private, real)
	}
	if reason != "" {
		return &Denied{Addr: addr, Reason: reason}
	}
	return nil
}

func (p *Policy) named(target string) bool {
	host, port, err := net.SplitHostPort(target)
	return err == nil && slices.Contains(p.Hosts, net.JoinHostPort(strings.TrimSuffix(strings.ToLower(host), "."), port))
}

// nat64 is the prefix under which translators reach IPv4 (RFC 6052 §2.1).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// embedded returns the IPv4 address that a translator would connect to in the
// place of addr, or addr itself.
func embedded(addr netip.Addr) netip.Addr {
	if !nat64.Contains(addr) {
		return addr
	}
	b := addr.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// network is a range of addresses that are not of the public Internet.
type network struct {
	prefix netip.Prefix
	what   string
}

// find returns what an address is if it is in one of the networks, or "".
func find(in []network, addr netip.Addr) string {
	if !addr.IsValid() {
		return "no address"
	}
	for _, n := range in {
		if n.prefix.Contains(addr) {
			return n.what
		}
	}
	return ""
}

// private are the networks of organisations. It is never written to.
var private = []network{
	{netip.MustParsePrefix("10.0.0.0/8"), "a private network"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by a carrier's customers"},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private network"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private network"},
	{netip.MustParsePrefix("fc00::/7"), "a private network"},
	{netip.MustParsePrefix("fec0::/10"), "a private network"},
}

// networks are the rest of the special-purpose registries of IANA (RFC 6890),
// multicast, and what cloud providers put at addresses that look public, or private.
// It is never written to.
var networks = []network{
	{netip.MustParsePrefix("0.0.0.0/8"), "this host"},
	{netip.MustParsePrefix("100.100.100.200/32"), "a cloud provider's own"},
	{netip.MustParsePrefix("127.0.0.0/8"), "this host"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud provider's own"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local, where clouds keep their metadata"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved for protocols"},
	{netip.MustParsePrefix("192.0.2.0/24"), "for documentation"},
	{netip.MustParsePrefix("192.31.196.0/24"), "reserved for protocols"},
	{netip.MustParsePrefix("192.52.193.0/24"), "reserved for protocols"},
	{netip.MustParsePrefix("192.88.99.0/24"), "a 6to4 relay"},
	{netip.MustParsePrefix("192.175.48.0/24"), "reserved for protocols"},
	{netip.MustParsePrefix("198.18.0.0/15"), "for benchmarks"},
	{netip.MustParsePrefix("198.51.100.0/24"), "for documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "for documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved, or broadcast"},
	{netip.MustParsePrefix("::/96"), "this host, or no address"},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), "translated IPv4"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a translator's private prefix"},
	{netip.MustParsePrefix("100::/64"), "for discarding"},
	{netip.MustParsePrefix("2001::/23"), "reserved for protocols"},
	{netip.MustParsePrefix("2001:db8::/32"), "for documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4, which can lead anywhere"},
	{netip.MustParsePrefix("3fff::/20"), "for documentation"},
	{netip.MustParsePrefix("5f00::/16"), "for segment routing"},
	{netip.MustParsePrefix("fd00:42::42/128"), "a cloud provider's own"},        // Scaleway's metadata
	{netip.MustParsePrefix("fd00:100::100:200/128"), "a cloud provider's own"},  // Alibaba's
	{netip.MustParsePrefix("fd00:a9fe:a9fe::1/128"), "a cloud provider's own"},  // Akamai's
	{netip.MustParsePrefix("fd00:c1::a9fe:a9fe/128"), "a cloud provider's own"}, // Oracle's
	{netip.MustParsePrefix("fd00:ec2::/32"), "a cloud provider's own"},          // Amazon's, with what else is at such addresses
	{netip.MustParsePrefix("fd20:ce::254/128"), "a cloud provider's own"},       // Google's
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}
