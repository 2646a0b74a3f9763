package httpmsg

import "strings"

// A Dictionary of structured fields (RFC 9651) is parsed strictly: what breaks the
// grammar anywhere is none at all, so that two recipients never take different parts.

// sfKind is the type of a bare item (RFC 9651 §3.3).
type sfKind int

const (
	sfOther   sfKind = iota // a decimal, a byte sequence, a date, a display string, an inner list
	sfInteger               // text has its digits and sign
	sfString                // text is unescaped
	sfToken
	sfTrue
	sfFalse
)

// sfMember is a member of a dictionary, without its parameters.
type sfMember struct {
	key  string
	kind sfKind
	text string
}

// sfScanner goes through the text of a structured field.
type sfScanner struct {
	rest string
	bad  bool
}

// parseDictionary calls each for the members of a dictionary, in order, and reports
// whether all of it was well-formed (RFC 9651 §4.2.2). Before it has returned true, what
// each was told counts for nothing.
func parseDictionary(value string, each func(sfMember)) bool {
	s := sfScanner{rest: strings.Trim(value, " ")}
	for s.rest != "" {
		m := sfMember{key: s.key(), kind: sfTrue}
		if s.take('=') {
			m.kind, m.text = s.itemOrList()
		}
		s.params()
		if s.bad {
			return false
		}
		each(m)
		s.rest = strings.TrimLeft(s.rest, " \t")
		if s.rest == "" {
			return true
		}
		if !s.take(',') {
			return false
		}
		if s.rest = strings.TrimLeft(s.rest, " \t"); s.rest == "" {
			return false // a comma at the end
		}
	}
	return true
}

// take takes c, if it is next.
func (s *sfScanner) take(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// while takes the bytes for which ok is true.
func (s *sfScanner) while(ok func(byte) bool) string {
	n := 0
	for n < len(s.rest) && ok(s.rest[n]) {
		n++
	}
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	return taken
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isAlpha(c byte) bool { return isLower(lower(c)) }

// key parses a key (RFC 9651 §4.2.3.3).
func (s *sfScanner) key() string {
	if s.rest == "" || !isLower(s.rest[0]) && s.rest[0] != '*' {
		s.bad = true
		return ""
	}
	return s.while(func(c byte) bool {
		return isLower(c) || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*'
	})
}

func (s *sfScanner) itemOrList() (sfKind, string) {
	if !s.take('(') {
		return s.item()
	}
	for !s.bad {
		s.rest = strings.TrimLeft(s.rest, " ")
		if s.take(')') {
			return sfOther, ""
		}
		s.item()
		s.params()
		if s.rest == "" || s.rest[0] != ' ' && s.rest[0] != ')' {
			s.bad = true
		}
	}
	return sfOther, ""
}

// params parses parameters, which nobody here asks about (RFC 9651 §4.2.3.2).
func (s *sfScanner) params() {
	for !s.bad && s.take(';') {
		s.rest = strings.TrimLeft(s.rest, " ")
		s.key()
		if s.take('=') {
			s.item()
		}
	}
}

// item parses a bare item (RFC 9651 §4.2.3.1).
func (s *sfScanner) item() (sfKind, string) {
	if s.rest == "" {
		s.bad = true
		return sfOther, ""
	}
	switch c := s.rest[0]; {
	case c == '-' || isDigit(c):
		return s.number()
	case c == '"':
		s.rest = s.rest[1:]
		return sfString, s.quoted()
	case c == '*' || isAlpha(c):
		return sfToken, s.while(func(c byte) bool { return tokenChars[c] || c == ':' || c == '/' })
	case c == '?':
		s.rest = s.rest[1:]
		return s.boolean(), ""
	case c == ':':
		s.rest = s.rest[1:]
		s.while(func(c byte) bool { return isAlpha(c) || isDigit(c) || c == '+' || c == '/' || c == '=' })
		s.bad = !s.take(':')
	case c == '@':
		s.rest = s.rest[1:]
		kind, _ := s.number()
		s.bad = s.bad || kind != sfInteger
	case strings.HasPrefix(s.rest, `%"`):
		s.rest = s.rest[2:]
		s.while(func(c byte) bool { return c != '"' && ' ' <= c && c < 0x7F })
		s.bad = !s.take('"')
	default:
		s.bad = true
	}
	return sfOther, ""
}

// number parses an integer of at most 15 digits, or a decimal of at most 12 and 3.
func (s *sfScanner) number() (sfKind, string) {
	text := s.rest
	s.take('-')
	whole := len(s.while(isDigit))
	if !s.take('.') {
		s.bad = s.bad || whole == 0 || whole > 15
		return sfInteger, text[:len(text)-len(s.rest)]
	}
	fraction := len(s.while(isDigit))
	s.bad = s.bad || whole == 0 || whole > 12 || fraction == 0 || fraction > 3
	return sfOther, ""
}

// quoted parses what follows the first quotation mark of a string.
func (s *sfScanner) quoted() string {
	var out strings.Builder
	for s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch {
		case c == '"':
			return out.String()
		case c == '\\' && s.rest != "" && (s.rest[0] == '"' || s.rest[0] == '\\'):
			out.WriteByte(s.rest[0])
			s.rest = s.rest[1:]
		case c == '\\' || isControl(c) || c >= 0x80:
			s.bad = true
			return ""
		default:
			out.WriteByte(c)
		}
	}
	s.bad = true
	return ""
}

func (s *sfScanner) boolean() sfKind {
	switch {
	case s.take('1'):
		return sfTrue
	case s.take('0'):
		return sfFalse
	}
	s.bad = true
	return sfOther
}
