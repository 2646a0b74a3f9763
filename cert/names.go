package cert

import (
	"crypto/tls"
	"strings"

	"hedge/httpmsg"
)

// names are certificates by the names that they are for: whole ones, and wildcards,
// which stand for the first label alone, as in *.example.com (RFC 9525 §6.3). A lookup
// costs two accesses to maps, however many names there are. It is not changed once it is
// in use.
type names struct {
	exact    map[string][]*tls.Certificate
	wildcard map[string][]*tls.Certificate // by what follows "*."
}

func newNames() names {
	return names{map[string][]*tls.Certificate{}, map[string][]*tls.Certificate{}}
}

// add puts a certificate behind those that there are for a name.
func (n *names) add(name string, c *tls.Certificate) {
	name = normal(name)
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		n.wildcard[rest] = append(n.wildcard[rest], c)
		return
	}
	n.exact[name] = append(n.exact[name], c)
}

// find returns the certificates for a host in normal form.
func (n *names) find(host string) []*tls.Certificate {
	if found := n.exact[host]; found != nil {
		return found
	}
	if _, rest, dotted := strings.Cut(host, "."); dotted {
		return n.wildcard[rest]
	}
	return nil
}

// normal returns a name in lower case, without the dot of the root.
func normal(name string) string { return httpmsg.Lower(strings.TrimSuffix(name, ".")) }
