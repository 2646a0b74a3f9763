package bundle

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

func (r *configReader) egress(v *value) {
	if r.is(v, unstable.Table, typeTable) {
		r.table("egress", v)
	}
}

func (r *configReader) egressAllow(v *value) {
	r.strings(v, func(item *value) {
		if network, ok := parseNetwork(item.text); ok {
			r.config.Egress.Networks = append(r.config.Egress.Networks, network)
			return
		}
		host := strings.ToLower(item.text)
		if problem, hint := checkEgressHost(host); r.check(item, problem, hint) {
			r.config.Egress.Hosts = append(r.config.Egress.Hosts, host)
		}
	})
}

// parseNetwork reads a network, or an address as a network of one.
func parseNetwork(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err == nil && !network.Addr().Is4In6()
}

// checkEgressHost checks a name with a port.
func checkEgressHost(text string) (problem, hint string) {
	const example = `name a network, as in "10.1.0.0/16", or a host with its port, as in "internal.example.com:8443"`
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Sprintf("%q is neither a network nor a host with a port", text), example
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return fmt.Sprintf("%q is an address with a port", text), fmt.Sprintf("an address is allowed with all its ports: %q", addr.Unmap())
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Sprintf("%q has no port from 1 to 65535", text), example
	}
	return checkHost(host)
}
