package httpmsg

import (
	"net/netip"
	"slices"
	"strings"
)

// hop is who a proxy says that a request came to it from.
type hop struct {
	addr  netip.Addr // invalid: nobody that has an address
	proto string     // what was spoken there; empty: that is not said
}

// hops are what the proxies in front say of a request in X-Forwarded-For and Forwarded, the
// nearest last.
type hops struct {
	list     string   // what is left of X-Forwarded-For
	elements []string // what is left of Forwarded
}

func hopsOf(h *Header) hops {
	return hops{h.Joined("X-Forwarded-For"), slices.Collect(h.Items("Forwarded"))}
}

// next takes what the nearest proxy that is left has said; ok is false if there is none.
// A proxy that writes one of the fields lets pass what its client has written into the
// other, and nobody can tell which is which. So where there are both, they have to name the
// same address.
func (s *hops) next() (said hop, ok bool) {
	listed, inList := s.cutList()
	element, inElements := s.cutElement()
	switch {
	case !inList:
		return element, inElements
	case !inElements || element.addr == listed:
		return hop{listed, element.proto}, true
	}
	return hop{}, true
}

// cutList takes the last member of X-Forwarded-For.
func (s *hops) cutList() (addr netip.Addr, ok bool) {
	for s.list != "" {
		comma := strings.LastIndexByte(s.list, ',')
		member := TrimOWS(s.list[comma+1:])
		s.list = s.list[:max(comma, 0)]
		if member != "" {
			addr, _ = parseHop(member)
			return addr, true
		}
	}
	return addr, false
}

// cutElement takes the last element of Forwarded.
func (s *hops) cutElement() (said hop, ok bool) {
	last := len(s.elements) - 1
	if last < 0 {
		return hop{}, false
	}
	said = parseElement(s.elements[last])
	s.elements = s.elements[:last]
	return said, true
}

// parseHop reads one member of X-Forwarded-For; some proxies add a port.
func parseHop(s string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Unmap(), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap(), true
	}
	return netip.Addr{}, false
}

// parseElement reads an element of Forwarded (RFC 7239 §4). One that is malformed anywhere
// says nothing: a client that leaves a quotation mark open makes what the proxy has added
// part of its own text.
func parseElement(element string) (said hop) {
	for rest := element; rest != ""; {
		var pair string
		pair, rest = cutUnquoted(rest, ';')
		if pair = TrimOWS(pair); pair == "" {
			continue
		}
		name, value, ok := parseParam(pair)
		switch {
		case !ok:
			return hop{}
		case EqualFold(name, "for"):
			said.addr = parseNode(value)
		case EqualFold(name, "proto"):
			said.proto = Lower(value)
		}
	}
	return said
}

// parseNode returns the address of a node (RFC 7239 §6), whose port does not matter. It is
// invalid where the proxy does not know it, or does not tell, by "unknown" or a name that
// begins with "_".
func parseNode(node string) netip.Addr {
	host, bracketed := strings.CutPrefix(node, "[")
	if bracketed {
		host, _, _ = strings.Cut(host, "]")
	} else {
		host, _, _ = strings.Cut(host, ":")
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is6() != bracketed {
		return netip.Addr{}
	}
	return addr.Unmap()
}
