package httpmsg

import (
	"strings"

	"hedge"
)

// KeyValue returns the part of a request that a key names, other than KeyClient, which
// Forwarding.Client knows.
func KeyValue(key hedge.Key, req *Request) (value string, ok bool) {
	switch key.From {
	case hedge.KeyHeader:
		return req.Header.Lookup(key.Name)
	case hedge.KeyCookie:
		return Cookie(&req.Header, key.Name)
	case hedge.KeyHost:
		host, _, err := NormalHost(req.Authority)
		return host, err == nil
	}
	if key.Segment == 0 {
		return req.Path(), true
	}
	rest := req.Path()
	for range key.Segment {
		if _, rest, ok = strings.Cut(rest, "/"); !ok {
			return "", false
		}
	}
	value, _, _ = strings.Cut(rest, "/")
	return value, value != ""
}
