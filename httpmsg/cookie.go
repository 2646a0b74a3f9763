package httpmsg

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"hedge"
)

// Cookies yields the names and values in the Cookie fields of a request, as they
// were sent: quotation marks belong to the value. HTTP/2 may spread them over
// several fields (RFC 9113 §8.2.3). A cookie without "=" has the name "" (RFC
// 6265bis §5.6).
func Cookies(req *Header) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range req.fields {
			if EqualFold(req.fields[i].Name, "Cookie") && !eachCookie(req.fields[i].Value, yield) {
				return
			}
		}
	}
}

// eachCookie yields the cookies in one field, until yield returns false.
func eachCookie(value string, yield func(name, value string) bool) bool {
	for pair := range strings.SplitSeq(value, ";") {
		if pair = TrimOWS(pair); pair == "" {
			continue
		}
		name, value := cutCookiePair(pair)
		if !yield(name, value) {
			return false
		}
	}
	return true
}

// Cookie returns the first value of the cookie called name; cookies' names are
// case-sensitive.
func Cookie(req *Header, name string) (string, bool) {
	for n, value := range Cookies(req) {
		if n == name {
			return value, true
		}
	}
	return "", false
}

// cutCookiePair takes name=value apart.
func cutCookiePair(pair string) (name, value string) {
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	}
	return TrimOWS(name), TrimOWS(value)
}

// SetCookie is what a Set-Cookie field says.
type SetCookie struct {
	Name, Value string
	Expires     time.Time // zero: not given
	// MaxAge is in seconds, negative or 0 to delete the cookie; it overrules Expires.
	MaxAge     int64
	HasMaxAge  bool
	Domain     string // lower case, without a dot in front; empty: this host alone
	Path       string // begins with a slash, or is empty: the folder of the request's path
	Secure     bool
	HTTPOnly   bool
	Partition  bool     // the attribute Partitioned
	SameSite   string   // "Strict", "Lax", "None", or empty
	Extensions []string // other attributes, as they came
}

// The sizes above which browsers ignore a cookie or an attribute (RFC 6265bis
// §5.6), in bytes.
const (
	maxCookiePair      = 4096
	maxCookieAttribute = 1024
)

// ParseSetCookie reads the value of a Set-Cookie field the way a browser does (RFC
// 6265bis §5.6). ok is false if a browser would ignore it.
func ParseSetCookie(value string) (c SetCookie, ok bool) {
	if hasControl(value) {
		return SetCookie{}, false
	}
	pair, attributes, _ := strings.Cut(value, ";")
	c.Name, c.Value = cutCookiePair(pair)
	if n := len(c.Name) + len(c.Value); n == 0 || n > maxCookiePair {
		return SetCookie{}, false
	}
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		if value = TrimOWS(value); len(value) <= maxCookieAttribute {
			c.setAttribute(TrimOWS(name), value, attribute)
		}
	}
	return c, true
}

// setAttribute takes in one attribute; of several with one name the last counts.
func (c *SetCookie) setAttribute(name, value, whole string) {
	switch Lower(name) {
	case "expires":
		if t, ok := parseCookieDate(value); ok {
			c.Expires = t
		}
	case "max-age":
		if n, ok := parseMaxAge(value); ok {
			c.MaxAge, c.HasMaxAge = n, true
		}
	case "domain":
		c.Domain = Lower(strings.TrimPrefix(value, "."))
	case "path":
		c.Path = ""
		if strings.HasPrefix(value, "/") {
			c.Path = value
		}
	case "secure":
		c.Secure = true
	case "httponly":
		c.HTTPOnly = true
	case "partitioned":
		c.Partition = true
	case "samesite":
		c.SameSite = sameSite(value)
	default:
		if whole = TrimOWS(whole); whole != "" {
			c.Extensions = append(c.Extensions, whole)
		}
	}
}

// sameSite returns the usual spelling of a value of SameSite, "" for an unknown one.
func sameSite(value string) string {
	for _, known := range [...]string{"Strict", "Lax", "None"} {
		if EqualFold(value, known) {
			return known
		}
	}
	return ""
}

// parseMaxAge reads an integer; one that is too large is MaxSeconds.
func parseMaxAge(s string) (int64, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	n, ok := parseSeconds(digits)
	if negative {
		n = -n
	}
	return n, ok
}

// Serialize returns the value of the Set-Cookie field. A control character, or a
// semicolon in any part, is an error: it would end the part early.
func (c *SetCookie) Serialize() (string, error) {
	var b strings.Builder
	b.WriteString(c.Name + "=" + c.Value)
	add := func(name, value string) {
		if value != "" {
			b.WriteString("; " + name + "=" + value)
		}
	}
	if !c.Expires.IsZero() {
		add("Expires", FormatDate(c.Expires))
	}
	if c.HasMaxAge {
		add("Max-Age", strconv.FormatInt(c.MaxAge, 10))
	}
	add("Domain", c.Domain)
	add("Path", c.Path)
	add("SameSite", c.SameSite)
	for _, flag := range [...]struct {
		on   bool
		name string
	}{{c.Secure, "; Secure"}, {c.HTTPOnly, "; HttpOnly"}, {c.Partition, "; Partitioned"}} {
		if flag.on {
			b.WriteString(flag.name)
		}
	}
	for _, extension := range c.Extensions {
		b.WriteString("; " + extension)
	}
	return b.String(), c.check()
}

// check reports a part that would be read as something else.
func (c *SetCookie) check() error {
	if c.Name == "" && c.Value == "" || strings.Contains(c.Name, "=") {
		return hedge.Errorf(hedge.OutcomeException, `the cookie %q needs a name or a value, and no "=" in its name`, c.Name)
	}
	parts := append([]string{c.Name, c.Value, c.Domain, c.Path, c.SameSite}, c.Extensions...)
	for _, part := range parts {
		if hasControl(part) || strings.IndexByte(part, ';') >= 0 {
			return hedge.Errorf(hedge.OutcomeException,
				"the cookie %q has a semicolon or a control character in %q; encode it", c.Name, part)
		}
	}
	return nil
}

// hasControl reports whether s has a control character other than HTAB.
func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		if isControl(s[i]) && s[i] != '\t' {
			return true
		}
	}
	return false
}

// RewriteSetCookiePath changes the Path attributes in the value of a Set-Cookie
// field for a proxy that shows the origin's path from under its own path to, and
// leaves everything else as it is, byte by byte. A path below from moves below to.
// One above from, such as "/", becomes to, as the client sees no more of the origin
// than that. Other paths stay.
//
// A cookie whose name begins with "__Host-" keeps its Path, as a browser accepts it
// only with "/". Without the attribute the browser goes by the path that it asked
// for, which is right already.
func RewriteSetCookiePath(value, from, to string) string {
	if hasPrefixFold(TrimOWS(value), "__Host-") {
		return value
	}
	return rewriteAttribute(value, "Path", func(path string) (string, bool) {
		if strings.HasPrefix(path, "/") && HasPrefixSegment(from, path) {
			if path = strings.TrimSuffix(to, "/"); path == "" {
				path = "/"
			}
			return path, true
		}
		moved, _ := MovePrefix(path, from, to)
		return moved, true
	})
}

// RemoveSetCookieDomain removes a Domain attribute that host, the origin's name,
// lies in: a browser that knows the origin by another name would refuse the cookie.
// Without it the cookie is for the name that the browser asked for.
func RemoveSetCookieDomain(value, host string) string {
	return rewriteAttribute(value, "Domain", func(domain string) (string, bool) {
		domain = strings.TrimPrefix(domain, ".")
		inside := EqualFold(host, domain) ||
			len(host) > len(domain) && EqualFold(host[len(host)-len(domain):], domain) && host[len(host)-len(domain)-1] == '.'
		return domain, domain != "" && !inside
	})
}

// rewriteAttribute gives the attributes called name in a Set-Cookie value what
// rewrite returns, or removes them where keep is false.
func rewriteAttribute(cookie, name string, rewrite func(value string) (changed string, keep bool)) string {
	pair, rest, more := strings.Cut(cookie, ";")
	var b strings.Builder
	b.WriteString(pair)
	for more {
		var attribute string
		attribute, rest, more = strings.Cut(rest, ";")
		n, value, _ := strings.Cut(attribute, "=")
		if EqualFold(TrimOWS(n), name) {
			value = TrimOWS(value)
			changed, keep := rewrite(value)
			if !keep {
				continue
			}
			if changed != value {
				attribute = n + "=" + changed
			}
		}
		b.WriteString(";" + attribute)
	}
	return b.String()
}
