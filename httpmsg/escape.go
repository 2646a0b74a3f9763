package httpmsg

import "strings"

// EscapeNonASCII percent-encodes the bytes beyond ASCII, which some clients and
// origins leave as they are in a URL.
func EscapeNonASCII(s string) string {
	const hex = "0123456789ABCDEF"
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return s
	}
	b := make([]byte, 0, len(s)*2)
	for i := range len(s) {
		if c := s[i]; c < 0x80 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
