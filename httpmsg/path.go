package httpmsg

import (
	"bytes"
	"strings"

	"hedge"
)

// pathChars are the bytes that stand for themselves in a path: pchar of RFC 3986
// §3.3 without "%", and the slash.
var pathChars = charsetOf("/-._~!$&'()*+,;=:@" + digits + letters)

// unreserved are the bytes that are the same whether percent-encoded or not (RFC
// 3986 §2.3).
var unreserved = charsetOf("-._~" + digits + letters)

// NormalPath returns the normal form of a path (RFC 3986 §6.2.2), so that two paths
// which every recipient takes for the same are equal strings:
//
//   - percent-encoded unreserved characters are decoded, other escapes get
//     upper-case digits;
//   - dot segments are removed (RFC 3986 §5.2.4), "%2e" being a dot;
//   - bytes that a path cannot hold as they are (beyond ASCII, and "<>^`{|}[] with
//     the quotation mark) are percent-encoded;
//   - the empty path is "/".
//
// Double slashes are kept. An empty segment is a segment to RFC 3986 and to many
// origins: "/image/https://a.example/x" and keys in object stores have them, and
// signatures cover them. So are "%2F" and path parameters. Who has a rule for a prefix
// that must not be got round asks Readings what else the path may be.
//
// What recipients disagree about is refused, with the outcome bad-request: a
// backslash and control characters, encoded or not; a space, "?" and "#" unless
// encoded; malformed escapes; dot segments that are one only to a recipient which
// decodes "%2F" ("/a/..%2Fb") or cuts off path parameters ("/a/..;/b").
//
// The result is its own normal form. A path that is in normal form already costs no
// allocation.
func NormalPath(path string) (string, error) {
	if path == "" {
		return "/", nil
	}
	if path[0] != '/' {
		return "", pathError("does not begin with a slash", 0)
	}
	if isNormalPath(path) {
		return path, nil
	}
	out, err := normalEscapes(path)
	if err != nil {
		return "", err
	}
	return removeDotSegments(out)
}

// NormalTarget returns the normal form of a target in origin form: its path by
// NormalPath, its query as it is. A control character, a space or "#" in the query
// is refused. "*" is its own normal form.
func NormalTarget(target string) (string, error) {
	if target == "*" {
		return target, nil
	}
	path, query, hasQuery := strings.Cut(target, "?")
	normal, err := NormalPath(path)
	if err != nil {
		return "", err
	}
	for i := 0; i < len(query); i++ {
		if c := query[i]; isControl(c) || c == ' ' || c == '#' {
			return "", hedge.Errorf(hedge.OutcomeBadRequest,
				"the query of the request has the byte %#02x at position %d; send it percent-encoded", c, i)
		}
	}
	switch {
	case !hasQuery:
		return normal, nil
	case normal == path:
		return target, nil
	}
	return normal + "?" + query, nil
}

// HasPrefixSegment reports whether path is prefix or lies below it: "/a" has "/a"
// and "/a/b" below it, but not "/ab". A prefix that ends with a slash has only what
// comes after that slash; "" and "/" have everything. Both are in normal form.
func HasPrefixSegment(path, prefix string) bool {
	if !strings.HasPrefix(path, prefix) {
		return false
	}
	return len(path) == len(prefix) || prefix == "" || prefix[len(prefix)-1] == '/' || path[len(prefix)] == '/'
}

// CutPrefixSegment returns path without prefix, beginning with a slash, and whether
// it had that prefix by HasPrefixSegment.
func CutPrefixSegment(path, prefix string) (rest string, ok bool) {
	if !HasPrefixSegment(path, prefix) {
		return path, false
	}
	rest = path[len(strings.TrimSuffix(prefix, "/")):]
	if rest == "" {
		rest = "/"
	}
	return rest, true
}

// isNormalPath reports whether path surely is in normal form, by having no escape
// and no segment that begins with a dot.
func isNormalPath(path string) bool {
	for i := 0; i < len(path); i++ {
		if !pathChars[path[i]] || path[i] == '.' && path[i-1] == '/' {
			return false
		}
	}
	return true
}

// normalEscapes decodes and encodes the bytes of path, so that each is in the one
// form that it has in a normal path.
func normalEscapes(path string) ([]byte, error) {
	out := make([]byte, 0, len(path)+8)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c != '%' {
			if what := refused(c); what != "" {
				return nil, pathError("has "+what, i)
			}
			out = appendPathByte(out, c, pathChars[c])
			continue
		}
		c, ok := Unescape(path[i:])
		if !ok {
			return nil, pathError(`has "%" that two hexadecimal digits do not follow`, i)
		}
		if c == '\\' || isControl(c) {
			return nil, pathError("has "+refused(c)+", percent-encoded,", i)
		}
		out = appendPathByte(out, c, unreserved[c])
		i += 2
	}
	return out, nil
}

// refused says what is wrong with a byte that stands in a path as it is, or "".
func refused(c byte) string {
	switch {
	case isControl(c):
		return "a control character"
	case c == '\\':
		return "a backslash"
	case c == ' ' || c == '?' || c == '#':
		return "a space, question mark or number sign that is not percent-encoded"
	}
	return ""
}

// appendPathByte appends c as it is, or percent-encoded.
func appendPathByte(out []byte, c byte, plain bool) []byte {
	if plain {
		return append(out, c)
	}
	const hex = "0123456789ABCDEF"
	return append(out, '%', hex[c>>4], hex[c&15])
}

// Unescape decodes the escape that s begins with.
func Unescape(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	high, ok1 := unhex(s[1])
	low, ok2 := unhex(s[2])
	return high<<4 | low, ok1 && ok2
}

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case 'a' <= lower(c) && lower(c) <= 'f':
		return lower(c) - 'a' + 10, true
	}
	return 0, false
}

// removeDotSegments carries out RFC 3986 §5.2.4. path begins with a slash, and its
// escapes are in normal form. ".." above the root stays at the root.
func removeDotSegments(path []byte) (string, error) {
	in, out := string(path), path[:0] // out never overtakes in, so it may reuse path
	for i := 0; i < len(in); {
		end := indexAnyFrom(in, i+1, "/")
		segment := in[i+1 : end]
		switch {
		case segment == "..":
			out = out[:max(bytes.LastIndexByte(out, '/'), 0)]
			fallthrough
		case segment == ".":
			if end == len(in) {
				out = append(out, '/')
			}
		case ambiguousDots(segment):
			return "", pathError("has a dot segment in disguise", i+1)
		default:
			out = append(out, in[i:end]...)
		}
		i = end
	}
	return string(out), nil
}

// ambiguousDots reports whether segment, which is no dot segment, has one in it for
// a recipient that takes "%2F" for a slash or cuts segments off at ";".
func ambiguousDots(segment string) bool {
	for part := range strings.SplitSeq(segment, "%2F") {
		name, _, parameters := strings.Cut(part, ";")
		if (name == "." || name == "..") && (parameters || len(part) < len(segment)) {
			return true
		}
	}
	return false
}

func pathError(what string, at int) error {
	return hedge.Errorf(hedge.OutcomeBadRequest,
		"the path of the request %s at byte %d; servers disagree about what that means, so it is not passed on", what, at)
}
