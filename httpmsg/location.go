package httpmsg

import "strings"

// RewriteLocation changes the value of Location or Content-Location for a proxy
// that shows the origin's URLs from originBase on under publicBase. originBase is
// absolute, "https://docs.example.com/v2"; publicBase is absolute or a path,
// "/docs".
//
//   - An absolute or scheme-relative URL below originBase becomes one below
//     publicBase. The scheme has to be equal: a redirect from http to https at the
//     origin is not to the place it was.
//   - A path below originBase's becomes one below publicBase's.
//   - Relative references (see ResolveRelative), other hosts and paths outside
//     originBase stay as they are.
//
// An origin that is given the client's Host answers with the public name. For it,
// originBase has that name.
//
// The result never leads to another host than the value did or publicBase names: a
// path that begins with two slashes is guarded by "/.".
func RewriteLocation(value, originBase, publicBase string) string {
	ref, origin, public := splitReference(value), splitReference(originBase), splitReference(publicBase)
	if ref.hasAuthority {
		if ref.scheme == "" {
			ref.scheme = origin.scheme
		}
		if !ref.sameOrigin(origin) {
			return value
		}
	} else if ref.scheme != "" || !strings.HasPrefix(ref.path, "/") {
		return value
	}
	path := ref.path
	if normal, err := NormalPath(path); err == nil {
		path = normal // so that dot segments cannot lead out of the base
	}
	path, ok := MovePrefix(path, origin.path, public.path)
	if !ok {
		return value
	}
	if ref.hasAuthority && public.hasAuthority {
		return public.prefix() + path + ref.tail
	}
	return guarded(path) + ref.tail
}

// guarded returns a path that no browser takes for a host: they drop tabs, too.
func guarded(path string) string {
	if len(path) > 1 && (path[1] == '/' || path[1] == '\\' || isControl(path[1])) {
		return "/." + path
	}
	return path
}

// ResolveRelative returns the path, with query and fragment, that a relative reference leads
// to from a path in normal form (RFC 3986 §5.2.2): "/a/c?d" for "c?d" from "/a/b". ok is
// false for references of other kinds: URLs, paths from the root, and those without a path,
// which lead to where they stand; and for what NormalPath refuses. As in RewriteLocation,
// the result never leads to another host.
func ResolveRelative(path, reference string) (resolved string, ok bool) {
	ref := splitReference(reference)
	if ref.scheme != "" || ref.hasAuthority || ref.path == "" || ref.path[0] == '/' {
		return "", false
	}
	normal, err := NormalPath(path[:strings.LastIndexByte(path, '/')+1] + ref.path)
	if err != nil {
		return "", false
	}
	return guarded(normal) + ref.tail, true
}

// reference is a URL reference taken apart (RFC 3986 §4.1).
type reference struct {
	scheme       string // lower case, or empty
	authority    string
	hasAuthority bool
	path         string
	tail         string // query and fragment, with "?" or "#"
}

// splitReference takes a reference apart. Nothing is an error: an odd one has odd parts.
func splitReference(s string) (r reference) {
	if colon := strings.IndexByte(s, ':'); colon > 0 && isScheme(s[:colon]) {
		r.scheme, s = Lower(s[:colon]), s[colon+1:]
	}
	if strings.HasPrefix(s, "//") {
		end := indexAnyFrom(s, 2, "/?#")
		r.authority, r.hasAuthority, s = s[2:end], true, s[end:]
	}
	end := indexAnyFrom(s, 0, "?#")
	r.path, r.tail = s[:end], s[end:]
	return r
}

// sameOrigin reports whether two references with a scheme and an authority have one
// origin (RFC 6454 §5).
func (r reference) sameOrigin(other reference) bool {
	host1, port1, err1 := NormalHost(r.authority)
	host2, port2, err2 := NormalHost(other.authority)
	return err1 == nil && err2 == nil && r.scheme == other.scheme &&
		JoinAuthority(r.scheme, host1, port1) == JoinAuthority(r.scheme, host2, port2)
}

// prefix returns what stands before the path.
func (r reference) prefix() string {
	if r.scheme == "" {
		return "//" + r.authority
	}
	return r.scheme + "://" + r.authority
}

// isScheme reports whether s is a URI scheme (RFC 3986 §3.1).
func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := lower(s[i])
		alpha := 'a' <= c && c <= 'z'
		if !alpha && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// indexAnyFrom returns where the first of chars is in s at or after from, or the
// length of s.
func indexAnyFrom(s string, from int, chars string) int {
	if i := strings.IndexAny(s[from:], chars); i >= 0 {
		return from + i
	}
	return len(s)
}

// MovePrefix replaces the base path from by to, segment by segment; ok is false if path,
// which has to begin with a slash, does not lie below from.
func MovePrefix(path, from, to string) (moved string, ok bool) {
	from, to = strings.TrimSuffix(from, "/"), strings.TrimSuffix(to, "/")
	if !strings.HasPrefix(path, "/") || !HasPrefixSegment(path, from) {
		return path, false
	}
	if path = to + path[len(from):]; path == "" {
		path = "/"
	}
	return path, true
}
