package cache

import (
	"encoding/binary"

	"hedge/httpmsg"
)

// shaped returns the key of a request that has fields by which servers, frameworks or other
// proxies answer something else than the URL says: they become part of it. A proxy before
// this one that sets some of them on all requests changes nothing, and who makes them up
// gets an answer of their own. What tells who the client is stays out, or every client
// would have entries of their own.
func (x *Exchange) shaped(primary Key) Key {
	b := []byte(nil)
	for _, f := range x.req.Header.Fields() {
		if !shaping(f.Name) {
			continue
		}
		if b == nil {
			b = append([]byte("shaped "), primary[:]...)
		}
		for _, s := range [...]string{httpmsg.Lower(f.Name), f.Value} {
			b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	if b == nil {
		return primary
	}
	return primary.beside(b)
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
	return false
}
