package httpmsg

import (
	"iter"
	"strings"
)

// charset is a set of bytes.
type charset [256]bool

// charsetOf returns the set of the bytes of s.
func charsetOf(s string) (set charset) {
	for i := 0; i < len(s); i++ {
		set[s[i]] = true
	}
	return set
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// tokenChars is tchar of RFC 9110 §5.6.2.
var tokenChars = charsetOf("!#$%&'*+-.^_`|~" + digits + letters)

// IsToken reports whether s is a token (RFC 9110 §5.6.2): methods, field names and
// many other words have to be.
func IsToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !tokenChars[s[i]] {
			return false
		}
	}
	return s != ""
}

// ValidFieldName reports whether s can be the name of a field (RFC 9110 §5.1). The
// names of HTTP/2's pseudo-fields are not: ":" is no token character.
func ValidFieldName(s string) bool { return IsToken(s) }

// ValidFieldValue reports whether s can be the value of a field: it has no CR, LF
// or NUL, which could end the field early in the eyes of another recipient, and no
// white space around it (RFC 9110 §5.5).
func ValidFieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '\r' || s[i] == '\n' || s[i] == 0 {
			return false
		}
	}
	return len(TrimOWS(s)) == len(s)
}

// TrimOWS removes optional white space, which is SP and HTAB, from both ends of s
// (RFC 9110 §5.6.3).
func TrimOWS(s string) string {
	for s != "" && isOWS(s[0]) {
		s = s[1:]
	}
	for s != "" && isOWS(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isOWS(c byte) bool   { return c == ' ' || c == '\t' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// ParseList returns the members of a comma-separated list, without the white space
// around them and without the empty ones (RFC 9110 §5.6.1.2). A comma in a quoted
// string separates nothing; a quoted string that does not end runs to the end of
// value.
func ParseList(value string) []string {
	var list []string
	for item := range Items(value) {
		list = append(list, item)
	}
	return list
}

// Items yields what ParseList returns, without allocating.
func Items(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := value; rest != ""; {
			var item string
			item, rest = cutUnquoted(rest, ',')
			if item = TrimOWS(item); item != "" && !yield(item) {
				return
			}
		}
	}
}

// Items yields the members of the lists in all the fields called name, in order:
// those of ParseList(h.Joined(name)), without allocating.
func (h *Header) Items(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range h.fields {
			if !EqualFold(h.fields[i].Name, name) {
				continue
			}
			for item := range Items(h.fields[i].Value) {
				if !yield(item) {
					return
				}
			}
		}
	}
}

// HasItem reports whether item, in any case, is a member of the lists in the fields
// called name.
func (h *Header) HasItem(name, item string) bool {
	for member := range h.Items(name) {
		if EqualFold(member, item) {
			return true
		}
	}
	return false
}

// cutUnquoted cuts s around the first sep that stands outside a quoted string;
// where there is none, before is all of s.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++ // the next byte is itself, whatever it is
		case !quoted && s[i] == sep:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// CutParams cuts a list member into its value and the parameters after it, as in
// `text/html; charset="utf-8"`. Params reads the second half.
func CutParams(item string) (value, params string) {
	value, params = cutUnquoted(item, ';')
	return TrimOWS(value), params
}

// Params yields the names and values of parameters that ";" separates (RFC 9110
// §5.6.6). Names are in the case they came in; values are unquoted. What is no
// parameter is passed over.
func Params(params string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := params; rest != ""; {
			var param string
			param, rest = cutUnquoted(rest, ';')
			name, value, ok := parseParam(TrimOWS(param))
			if ok && !yield(name, value) {
				return
			}
		}
	}
}

// Param returns the first value of the parameter called name, in any case.
func Param(params, name string) (string, bool) {
	for n, value := range Params(params) {
		if EqualFold(n, name) {
			return value, true
		}
	}
	return "", false
}

// parseParam takes `name=token` or `name="quoted"` apart.
func parseParam(s string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(s, "=")
	if !ok || !IsToken(name) {
		return "", "", false
	}
	if IsToken(value) {
		return name, value, true
	}
	value, ok = Unquote(value)
	return name, value, ok
}

// Unquote returns what the quoted string s stands for (RFC 9110 §5.6.4), and false
// if s is not one quoted string from its first byte to its last. It allocates only
// where there is an escape.
func Unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return "", false // the string ended before its last byte
		case '\\':
			if i++; i == len(s) {
				return "", false // the closing quote was escaped
			}
		}
		out = append(out, s[i])
	}
	return string(out), true
}

// Quote returns s as a token if it is one, else as a quoted string. ok is false if
// s has a control character, which neither can hold.
func Quote(s string) (quoted string, ok bool) {
	if IsToken(s) {
		return s, true
	}
	out := append(make([]byte, 0, len(s)+2), '"')
	for i := 0; i < len(s); i++ {
		if isControl(s[i]) && s[i] != '\t' {
			return "", false
		}
		if s[i] == '"' || s[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, s[i])
	}
	return string(append(out, '"')), true
}

// isControl reports whether c is one of the control characters of ASCII.
func isControl(c byte) bool { return c < ' ' || c == 0x7F }
