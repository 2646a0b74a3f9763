package httpmsg

import "strings"

// ParseTargeted reads a field that targets some caches, such as CDN-Cache-Control, as
// the strict Dictionary that it is (RFC 9213 §2.1). ok is false if there is none, or if
// the cache has to act as if there were none: it is empty or malformed, or one of the
// directives that we know has a value of the wrong type.
func ParseTargeted(h *Header, name string) (cc CacheControl, ok bool) {
	value := h.Joined(name)
	if value == "" {
		return CacheControl{}, false
	}
	wrong, some := false, false
	ok = parseDictionary(value, func(m sfMember) {
		some = true
		wrong = !cc.addMember(m) || wrong
	})
	if !ok || wrong || !some {
		return CacheControl{}, false
	}
	return cc, true
}

// addMember takes in a member of a Dictionary; false: it is of the wrong type. The last
// member of a key counts.
func (cc *CacheControl) addMember(m sfMember) bool {
	if seconds := cc.seconds(m.key); seconds != nil {
		n, ok := parseSeconds(m.text)
		*seconds = Seconds{Value: n, Set: true}
		return m.kind == sfInteger && ok
	}
	if flag := cc.flag(m.key); flag != nil {
		*flag = m.kind == sfTrue
		return m.kind == sfTrue || m.kind == sfFalse
	}
	switch m.key {
	case "no-cache":
		return limited(&cc.NoCache, &cc.NoCacheFields, m)
	case "private":
		return limited(&cc.Private, &cc.PrivateFields, m)
	}
	return true
}

// limited takes in a directive that a string of field names may limit.
func limited(whole *bool, fields *string, m sfMember) bool {
	*whole, *fields = m.kind == sfTrue, ""
	if m.kind == sfString {
		addLimited(whole, fields, m.text)
	}
	return m.kind == sfTrue || m.kind == sfFalse || m.kind == sfString
}

// ParseSurrogateControl reads Surrogate-Control (Edge Architecture Specification 1.0,
// §2.1): max-age with the time for which a stale answer may be served while it is
// revalidated, as in "max-age=600+60", no-store and no-cache. A directive with a
// parameter is for the surrogate of that name alone. ok is false if nothing in it is
// for us.
func ParseSurrogateControl(h *Header, surrogate string) (cc CacheControl, ok bool) {
	for item := range h.Items("Surrogate-Control") {
		directive, target, targeted := strings.Cut(item, ";")
		if targeted && !EqualFold(TrimOWS(target), surrogate) {
			continue
		}
		name, argument, _ := strings.Cut(TrimOWS(directive), "=")
		switch Lower(name) {
		case "max-age":
			fresh, stale, _ := strings.Cut(argument, "+")
			n, valid := parseSeconds(fresh)
			if !valid {
				continue
			}
			cc.MaxAge = Seconds{Value: n, Set: true}
			if n, valid = parseSeconds(stale); valid {
				cc.StaleWhileRevalidate = Seconds{Value: n, Set: true}
			}
		case "no-store":
			cc.NoStore = true
		case "no-cache":
			cc.NoCache = true
		default:
			continue
		}
		ok = true
	}
	return cc, ok
}
