package httpmsg

import (
	"net/netip"
	"strings"

	"hedge"
)

// The lengths that DNS allows (RFC 1035 §2.3.4), in bytes without the last dot.
const (
	maxHost  = 253
	maxLabel = 63
)

// hostChars are the characters of a registered name that DNS can hold. "_" is in no
// host name by the book, yet in many in the wild.
var hostChars = charsetOf("-._" + digits + letters)

// NormalHost takes an authority, host[:port], apart and returns its normal form:
// the host in lower case without a trailing dot, an IPv6 address in its shortest
// form (RFC 5952) and still in brackets, and the port without leading zeros, empty
// if none is given. So host + ":" + port is an authority again, and equal hosts are
// equal strings.
//
// User information, names that are not ASCII (send punycode), percent-encoding,
// IPv6 zones, the port 0, and names that look like numbers but are no IPv4 address
// ("127.1", "0x7f.1"), which another recipient might take for one, are errors with
// the outcome bad-request.
func NormalHost(authority string) (host, port string, err error) {
	host, port, ok := cutPort(authority)
	if !ok {
		return "", "", hostError(authority, "it is not of the form host or host:port")
	}
	if port, ok = normalPort(port); !ok {
		return "", "", hostError(authority, "the port is not a number from 1 to 65535")
	}
	if strings.HasPrefix(host, "[") {
		addr, err := netip.ParseAddr(host[1 : len(host)-1])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", "", hostError(authority, "what stands in brackets is not an IPv6 address without a zone")
		}
		return "[" + addr.String() + "]", port, nil
	}
	if host, ok = normalName(host); !ok {
		return "", "", hostError(authority, "the host is neither a DNS name in ASCII nor an IP address")
	}
	return host, port, nil
}

// JoinAuthority returns host[:port], where host is as NormalHost returns it. The
// scheme's default port is left out.
func JoinAuthority(scheme, host, port string) string {
	if port == "" || port == defaultPort(scheme) {
		return host
	}
	return host + ":" + port
}

func hostError(authority, why string) error {
	return hedge.Errorf(hedge.OutcomeBadRequest, "the host %.80q is not valid: %s", authority, why)
}

// cutPort splits an authority at the colon before its port. A host in brackets
// keeps them.
func cutPort(authority string) (host, port string, ok bool) {
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "", "", false
		}
		host, rest := authority[:end+1], authority[end+1:]
		if rest == "" {
			return host, "", true
		}
		return host, rest[1:], rest[0] == ':'
	}
	host, port, _ = strings.Cut(authority, ":")
	return host, port, true
}

// normalPort removes leading zeros and checks the range.
func normalPort(port string) (string, bool) {
	if port == "" {
		return "", true
	}
	port = strings.TrimLeft(port, "0")
	if port == "" || len(port) > 5 {
		return "", false
	}
	n, ok := parseSeconds(port)
	return port, ok && n <= 65535
}

// normalName returns the normal form of a DNS name or an IPv4 address.
func normalName(host string) (string, bool) {
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > maxHost {
		return "", false
	}
	label := 0 // where the label that i is in begins
	for i := 0; i <= len(host); i++ {
		if i < len(host) && host[i] != '.' {
			if !hostChars[host[i]] {
				return "", false
			}
			continue
		}
		if i == label || i-label > maxLabel {
			return "", false
		}
		if i < len(host) {
			label = i + 1
		}
	}
	if looksNumeric(host[label:]) {
		addr, err := netip.ParseAddr(host)
		return host, err == nil && addr.Is4()
	}
	return Lower(host), true
}

// looksNumeric reports whether an address parser might take the last label of a
// name for a number: by WHATWG URL, "ends in a number".
func looksNumeric(label string) bool {
	if hasPrefixFold(label, "0x") {
		label = label[2:]
		for i := 0; i < len(label); i++ {
			if _, ok := unhex(label[i]); !ok {
				return false
			}
		}
		return true
	}
	for i := 0; i < len(label); i++ {
		if !isDigit(label[i]) {
			return false
		}
	}
	return true
}

// defaultPort returns the port of a scheme, "" if it is not one of HTTP's.
func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// effectivePort returns the port in authority, or else the scheme's.
func effectivePort(scheme, authority string) string {
	if _, port, ok := cutPort(authority); ok && port != "" {
		return port
	}
	return defaultPort(scheme)
}
