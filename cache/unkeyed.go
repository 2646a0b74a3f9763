package cache

import (
	"encoding/binary"
	"slices"
	"strings"

	"hedge/httpmsg"
)

// shaped returns the key of a request that has fields by which servers, frameworks or other
// proxies answer something else than the URL says: they become part of it. A proxy before
// this one that sets some of them on all requests changes nothing, and who makes them up
// gets an answer of their own. What tells who the client is stays out, or every client
// would have entries of their own; so does what says nothing but what the key has already.
func (x *Exchange) shaped(primary Key) Key {
	b := []byte(nil)
	for _, f := range x.req.Header.Fields() {
		switch {
		case httpmsg.EqualFold(f.Name, "Forwarded"):
			b = x.appendForwarded(b, f.Value)
		case shaping(f.Name) && !httpmsg.Restates(x.req, f):
			b = appendShape(b, f.Name, f.Value)
		}
	}
	if b == nil {
		return primary
	}
	return primary.beside(slices.Concat([]byte("shaped "), primary[:], b))
}

func appendShape(b []byte, name, value string) []byte {
	for _, s := range [...]string{httpmsg.Lower(name), value} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// appendForwarded appends what Forwarded (RFC 7239) says but of whom it speaks: the host and
// the scheme that clients asked for. It is not taken apart by the book, as it may be read by
// others who do not do so either.
func (x *Exchange) appendForwarded(b []byte, value string) []byte {
	for pair := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
		name, said, _ := strings.Cut(httpmsg.TrimOWS(pair), "=")
		switch name = httpmsg.Lower(name); {
		case name == "for", name == "by":
		case name == "host" && strings.Trim(said, `"`) == x.req.Authority:
		case name == "proto" && strings.Trim(said, `"`) == x.req.Scheme:
		default:
			b = appendShape(b, "forwarded;"+name, said)
		}
	}
	return b
}

// Steers reports whether a field of this name makes servers answer something else than the
// URL says, or is a condition that only an origin can judge: requests with one have entries
// of their own, or none. What a trusted proxy says in X-Forwarded-… is left out.
func Steers(name string) bool {
	const told = len("X-Forwarded-")
	return unkeyed(name) || shaping(name) && !(len(name) > told && httpmsg.EqualFold(name[:told], "X-Forwarded-"))
}

// shaping reports whether a field of this name shapes answers: it names another host,
// scheme or path, a method, or what a framework is to leave out.
func shaping(name string) bool {
	if len(name) < len("Proxy") {
		return false
	}
	switch name[0] | 0x20 {
	case 'x':
		return name[1] == '-' && shapingX(httpmsg.Lower(name[2:]))
	case 'b':
		return httpmsg.EqualFold(name, "Base-Url")
	case 'd':
		return httpmsg.EqualFold(name, "Destination")
	case 'f':
		return httpmsg.EqualFold(name, "Forwarded-Host") || httpmsg.EqualFold(name, "Front-End-Https")
	case 'p':
		return httpmsg.EqualFold(name, "Proxy")
	case 'r':
		return httpmsg.EqualFold(name, "Request-Uri")
	case 's':
		return httpmsg.EqualFold(name, "Surrogate-Capability")
	}
	return false
}

// shapingX is shaping for names that begin with "X-", which is left out.
func shapingX(name string) bool {
	switch name {
	case "host", "http-host-override", "original-host", "proxy-host", "backend", "backend-host", "forwarded",
		"scheme", "url-scheme", "script-name", "original-uri", "replaced-path", "envoy-original-path", "http-destinationurl",
		"method", "middleware-subrequest", "middleware-rewrite", "nextjs-data", "matched-path", "now-route-matches", "invoke-path",
		"accel-redirect", "sendfile", "wap-profile":
		return true
	}
	told, ok := strings.CutPrefix(name, "forwarded-")
	return ok && !identity(told)
}

// identity reports whether what a proxy tells in a field of this name, without
// "X-Forwarded-", is who the client is.
func identity(name string) bool {
	switch name {
	case "for", "user", "email", "groups", "preferred-username", "access-token":
		return true
	}
	return strings.HasPrefix(name, "client-")
}
