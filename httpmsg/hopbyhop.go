package httpmsg

import "strings"

// RemoveHopByHop removes the fields that concern one connection alone, which every
// intermediary has to do before it sends a message on (RFC 9110 §7.6.1):
//
//   - Connection, Proxy-Connection, Keep-Alive, Transfer-Encoding, Upgrade,
//     HTTP2-Settings;
//   - of Trailer, the names that mean nothing in a trailer (see NotInTrailer). The others
//     go on, as there are recipients that see no trailer which has not been announced (RFC
//     9110 §6.6.2), but not where none can follow: who writes the message knows;
//   - TE, except for "trailers", which is kept because this edge forwards trailers
//     (gRPC needs it). Who writes HTTP/1.1 adds "Connection: TE";
//   - Proxy-Authenticate and Proxy-Authorization, which are for an intermediary and
//     would show its credentials to the origin (RFC 9110 §11.7);
//   - the fields that Connection names.
//
// A client could use the last rule to remove what this proxy, or one before it, has
// said about it (X-Forwarded-For) or what an earlier step has judged the request by
// (Cookie, Authorization, Cache-Control). So Connection cannot remove a field that
// is meant for all recipients, which no sender may name there anyhow; see endToEnd.
// Beyond those, owned says which other names are safe from Connection; it may be
// nil.
//
// It is best called at the door, so that all the steps of a request see the same
// fields. An upgrade has to be looked at before, and put back by who supports it.
func RemoveHopByHop(h *Header, owned func(name string) bool) {
	trailers := h.HasItem("TE", "trailers")
	var space [8]string // enough for every honest message
	named := space[:0]
	for option := range h.Items("Connection") {
		if !endToEnd(option) && (owned == nil || !owned(option)) {
			named = append(named, option)
		}
	}
	h.DelFunc(func(f Field) bool {
		return hopByHop(f.Name) || containsFold(named, f.Name)
	})
	if trailers {
		h.Add("TE", "trailers")
	}
	if h.Has("Trailer") {
		announce(h)
	}
}

// announce leaves in Trailer the names that mean something in a trailer.
func announce(h *Header) {
	var names []string
	for name := range h.Items("Trailer") {
		if IsToken(name) && !NotInTrailer(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		h.Del("Trailer")
		return
	}
	h.Set("Trailer", strings.Join(names, ", "))
}

// hopByHop reports whether a field of this name never goes past one connection.
func hopByHop(name string) bool {
	switch len(name) {
	case len("TE"):
		return EqualFold(name, "TE")
	case len("Upgrade"):
		return EqualFold(name, "Upgrade")
	case len("Connection"):
		return EqualFold(name, "Connection") || EqualFold(name, "Keep-Alive")
	case len("HTTP2-Settings"):
		return EqualFold(name, "HTTP2-Settings")
	case len("Proxy-Connection"):
		return EqualFold(name, "Proxy-Connection")
	case len("Transfer-Encoding"):
		return EqualFold(name, "Transfer-Encoding")
	case len("Proxy-Authenticate"):
		return EqualFold(name, "Proxy-Authenticate")
	case len("Proxy-Authorization"):
		return EqualFold(name, "Proxy-Authorization")
	}
	return false
}

// endToEnd reports whether a field of this name is for all recipients of a message,
// so that Connection cannot make it go away: what a cache decides by, what says how
// to read the content, who the client is, and where the message has been. "A sender
// MUST NOT send a connection option corresponding to a field that is intended for
// all recipients of the content" (RFC 9110 §7.6.1).
func endToEnd(name string) bool {
	return forwardingField(name) || containsFold(endToEndNames[:], name)
}

var endToEndNames = [...]string{
	"Host", "Via", "Date", "Age", "Vary", "ETag", "Expires", "Location", "Last-Modified",
	"Cache-Control", "CDN-Cache-Control", "Pragma", "Origin", "Referer",
	"Authorization", "WWW-Authenticate", "Cookie", "Set-Cookie",
	"Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "Content-Security-Policy",
	"Accept", "Accept-Encoding", "Accept-Language", "Range", "If-Range",
	"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
	"Strict-Transport-Security", "Access-Control-Allow-Origin",
}

// containsFold reports whether list has name in any case.
func containsFold(list []string, name string) bool {
	for _, s := range list {
		if EqualFold(s, name) {
			return true
		}
	}
	return false
}

// hasPrefixFold reports whether s begins with prefix in any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && EqualFold(s[:len(prefix)], prefix)
}
