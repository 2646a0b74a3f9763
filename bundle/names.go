package bundle

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"hedge/httpmsg"
)

// The rules in this file hold for hedge.toml and for release files alike. Each
// check returns what is wrong with a value, or "", and a hint.

// checkName checks an app's name: one label of a host name, so that it can stand
// in one.
func checkName(s string) (problem, hint string) {
	const rule = "a name is 1 to 63 lower-case letters, digits and hyphens, and starts with a letter"
	ok := len(s) > 0 && len(s) <= 63 && 'a' <= s[0] && s[0] <= 'z' && !strings.HasSuffix(s, "-") &&
		onlyBytes(s, func(c byte) bool { return isLower(c) || isDigit(c) || c == '-' })
	if !ok {
		return fmt.Sprintf("%q is not a name for an app", s), rule
	}
	return "", ""
}

// checkPartName checks the name of what, as in "an upstream", which stands after
// "upstream:" and in metrics.
func checkPartName(what, s string) (problem, hint string) {
	ok := len(s) > 0 && len(s) <= 63 &&
		onlyBytes(s, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' || c == '_' })
	if !ok {
		return fmt.Sprintf("%q is not a name for %s", s, what), "a name is 1 to 63 letters, digits, hyphens and underscores"
	}
	return "", ""
}

// checkCookieName checks the name of a cookie: a token (RFC 6265, section 4.1.1).
func checkCookieName(s string) (problem, hint string) {
	ok := len(s) > 0 && len(s) <= 63 &&
		onlyBytes(s, func(c byte) bool { return isLetter(c) || isDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 })
	if !ok {
		return fmt.Sprintf("%q is not a name for a cookie", s), "a name is 1 to 63 letters, digits, hyphens and underscores"
	}
	return "", ""
}

// checkMethod checks a method: a token, which is in upper case in all that are in use
// (RFC 9110, section 9.1).
func checkMethod(s string) (problem, hint string) {
	switch {
	case s == "CONNECT" || s == "TRACE":
		return fmt.Sprintf("requests with %s are refused at the door", s), "remove it"
	case s != strings.ToUpper(s):
		return fmt.Sprintf("%q is not a method", s), fmt.Sprintf("methods are case-sensitive: write %q", strings.ToUpper(s))
	case len(s) > 32 || !httpmsg.IsToken(s):
		return fmt.Sprintf("%q is not a method", s), `a method is a word such as "GET"`
	}
	return "", ""
}

// checkFieldName checks the name of a header field: a token (RFC 9110, section 5.1).
func checkFieldName(s string) (problem, hint string) {
	if len(s) > 256 || !httpmsg.ValidFieldName(s) {
		return fmt.Sprintf("%q is not a name for a field", s), "a name is letters, digits and hyphens"
	}
	return "", ""
}

// checkParameterName checks the name of a parameter of a query, as it is when decoded.
func checkParameterName(s string) (problem, hint string) {
	if s == "" || len(s) > 256 {
		return fmt.Sprintf("%q is not a name for a parameter", s), "a name is 1 to 256 characters"
	}
	return "", ""
}

// checkVarName checks the name of a variable: what env.NAME can say.
func checkVarName(s string) (problem, hint string) {
	ok := len(s) > 0 && len(s) <= 256 && !isDigit(s[0]) &&
		onlyBytes(s, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' })
	if !ok {
		return fmt.Sprintf("%q is not a name for a variable", s), "a name is letters, digits and underscores, and does not start with a digit"
	}
	return "", ""
}

// checkHost checks a lower-case host name without a port (RFC 1123, section 2.1).
func checkHost(s string) (problem, hint string) {
	problem = fmt.Sprintf("%q is not a host name", s)
	switch {
	case strings.Contains(s, "://"):
		return problem, "write the name alone, without the scheme, as in \"shop.example.com\""
	case strings.ContainsAny(s, "/?#"):
		return problem, "write the name alone, without a path; paths belong into a [[route]]"
	case strings.Contains(s, "*"):
		return problem, "write one name: \"*\" stands for none here"
	case strings.Contains(s, ":"):
		return problem, "write the name alone, without a port: an app answers on every port that the server listens on"
	case strings.HasSuffix(s, "."):
		return problem, "leave out the dot at the end"
	case !onlyBytes(s, func(c byte) bool { return c < 0x80 }):
		return problem, "write the name in its ASCII form, which starts with \"xn--\""
	case len(s) == 0 || len(s) > 253:
		return problem, "a host name has 1 to 253 characters"
	}
	for label := range strings.SplitSeq(s, ".") {
		ok := len(label) > 0 && len(label) <= 63 && !strings.HasPrefix(label, "-") && !strings.HasSuffix(label, "-") &&
			onlyBytes(label, func(c byte) bool { return isLower(c) || isDigit(c) || c == '-' })
		if !ok {
			return problem, "between the dots of a host name stand 1 to 63 letters, digits and hyphens, with no hyphen at either end"
		}
	}
	return "", ""
}

// CheckHostPattern checks a lower-case host name without a port, or "*." and a name, for
// all names below it. It returns what is wrong with it, or "", and what to do about that.
func CheckHostPattern(s string) (problem, hint string) {
	domain, wild := strings.CutPrefix(s, "*.")
	if strings.Contains(domain, "*") {
		return fmt.Sprintf("%q is not a host name", s), "\"*\" stands for whole labels at the beginning alone, as in \"*.example.com\""
	}
	if problem, hint = checkHost(domain); problem != "" && wild {
		problem = fmt.Sprintf("%q is not a host name", s)
	}
	return problem, hint
}

// checkTarget checks the URL of an origin.
func checkTarget(s string) (problem, hint string) {
	problem = fmt.Sprintf("%q is not the URL of an origin", s)
	u, err := url.Parse(s)
	switch {
	case !strings.Contains(s, "://"):
		return problem, fmt.Sprintf("start with the scheme: \"https://%s\"", s)
	case err != nil:
		return problem, "a target is scheme, host, and optionally a port and a base path, as in \"https://origin.example.com:8443/base\""
	case u.Scheme != "http" && u.Scheme != "https":
		return problem, "the scheme is http or https"
	case u.User != nil:
		return problem, "a user name and password cannot stand in a target"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		return problem, "a target ends with its base path: leave out the query and the fragment"
	case u.Hostname() == "":
		return problem, "the host is missing"
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !validPort(u.Port()):
		return problem, "a port is a number from 1 to 65535"
	case !strings.HasPrefix(u.Host, "["): // what is an IPv6 address
		if p, hint := checkHost(strings.ToLower(u.Hostname())); p != "" {
			return p, hint
		}
	}
	if _, _, err := httpmsg.NormalHost(u.Host); err != nil {
		return problem, "write an address as it is usually written, as in \"http://127.0.0.1:8080\" or \"http://[::1]:8080\""
	}
	return checkPath(orRoot(u.EscapedPath()))
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// checkPath checks the path of a route or target: absolute, in its normal form
// (RFC 3986, section 6.2.2), so that it means to the router what it means to
// the reader.
func checkPath(s string) (problem, hint string) {
	problem = fmt.Sprintf("%q is not a path in its normal form", s)
	switch {
	case !strings.HasPrefix(s, "/"):
		return problem, "a path starts with \"/\""
	case strings.Contains(s, "//"):
		return problem, "leave out the empty segment \"//\""
	case strings.ContainsAny(s, "?#"):
		return problem, "only the path is matched: leave out the query and the fragment"
	case strings.Contains(s, "*"):
		return problem, "\"*\" stands at the end only, after a \"/\", as in \"/static/*\""
	case strings.ContainsAny(s, "{}"):
		return problem, "there are no placeholders here; in match, \"/users/*\" is every path below \"/users\""
	case !onlyBytes(s, isPathByte):
		return problem, "write spaces and characters outside ASCII as percent escapes, as in \"%20\""
	}
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "." || segment == ".." {
			return problem, "leave out the segments \".\" and \"..\""
		}
	}
	return checkEscapes(s)
}

// checkHealthPath checks a path and the query behind it, if there is one (RFC 3986, section
// 3.4).
func checkHealthPath(s string) (problem, hint string) {
	path, query, _ := strings.Cut(s, "?")
	if !onlyBytes(query, func(c byte) bool { return isPathByte(c) || c == '?' }) {
		return fmt.Sprintf("%q has no query that could be sent", s), "write spaces and characters outside ASCII as percent escapes, as in \"%20\""
	}
	return checkPath(path)
}

// checkEscapes refuses percent escapes that are malformed, in lower case, or
// stand for a character that needs none.
func checkEscapes(s string) (problem, hint string) {
	for i := range len(s) {
		if s[i] != '%' {
			continue
		}
		if i+3 > len(s) || !isUpperHex(s[i+1]) || !isUpperHex(s[i+2]) {
			return fmt.Sprintf("%q has a malformed escape", s), "a percent escape is \"%\" and two digits of 0-9 and A-F"
		}
		c, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if isUnreserved(byte(c)) {
			return fmt.Sprintf("%q is not a path in its normal form", s), fmt.Sprintf("write %q for %q", string(rune(c)), s[i:i+3])
		}
	}
	return "", ""
}

func onlyBytes(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }
func isLetter(c byte) bool   { return isLower(c | 0x20) }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isUpperHex(c byte) bool { return isDigit(c) || 'A' <= c && c <= 'F' }

// isUnreserved is RFC 3986, section 2.3.
func isUnreserved(c byte) bool {
	return isLetter(c) || isDigit(c) || strings.IndexByte("-._~", c) >= 0
}

// isPathByte says whether a byte may stand in a path: pchar of RFC 3986, section
// 3.3, the slash, and the percent sign of an escape.
func isPathByte(c byte) bool {
	return isUnreserved(c) || strings.IndexByte("!$&'()*+,;=:@/%", c) >= 0
}
