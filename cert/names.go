package cert

import (
	"strings"

	"hedge/httpmsg"
)

// names finds what belongs to a host: by its whole name, or else by a wildcard for
// its first label, as in *.example.com (RFC 9525 §6.3). A lookup costs two accesses
// to maps, however many names there are. It is not changed once it is in use.
type names[T any] struct {
	exact    map[string]T
	wildcard map[string]T // by what follows "*."
}

func newNames[T any]() names[T] {
	return names[T]{map[string]T{}, map[string]T{}}
}

// table returns the map that a name or pattern belongs into, and its key there.
func (n *names[T]) table(pattern string) (map[string]T, string) {
	pattern = normal(pattern)
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		return n.wildcard, rest
	}
	return n.exact, pattern
}

// find returns what belongs to a host in normal form.
func (n *names[T]) find(host string) (found T, ok bool) {
	if found, ok = n.exact[host]; ok {
		return found, true
	}
	if _, rest, dotted := strings.Cut(host, "."); dotted {
		found, ok = n.wildcard[rest]
	}
	return found, ok
}

// normal returns a name in lower case, without the dot of the root.
func normal(name string) string { return httpmsg.Lower(strings.TrimSuffix(name, ".")) }
