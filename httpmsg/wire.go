package httpmsg

import "strings"

// What follows are the rules that servers of all versions of HTTP hold messages to,
// so that a request which one of them lets in can be written as any other.

// IsFieldText reports whether s holds no control characters but tabs.
func IsFieldText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7F {
			return false
		}
	}
	return true
}

// IsTargetText reports whether s is not empty, and has neither white space nor control
// characters, nor a fragment, which is never sent (RFC 9112 §3.2). Bytes beyond ASCII
// are let through.
func IsTargetText(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7F || s[i] == '#' {
			return false
		}
	}
	return s != ""
}

// IsAuthorityText reports whether s has none of the characters that end an authority
// or set apart a user in it. What a host may be in full, NormalHost knows.
func IsAuthorityText(s string) bool { return !strings.ContainsAny(s, "@/?#\\, \t") }

// ParseLength parses a Content-Length: digits, and nothing else (RFC 9110 §8.6).
func ParseLength(value string) (n int64, ok bool) {
	if value == "" || len(value) > 18 {
		return 0, false
	}
	for i := range len(value) {
		if !isDigit(value[i]) {
			return 0, false
		}
		n = n*10 + int64(value[i]-'0')
	}
	return n, true
}

// HasContent reports whether an answer with a status may have content (RFC 9110 §6.4.1).
func HasContent(status int) bool { return status != 204 && status != 304 }

// LengthWithoutContent is what an answer without content says of its length in HTTP/2
// and HTTP/3; negative if nothing. Of 304 it says nothing, since there are clients that
// wait for it.
func LengthWithoutContent(req *Request, res *Response) int64 {
	switch {
	case !HasContent(res.Status):
		return -1
	case req.Method == "HEAD":
		return res.ContentLength
	}
	return 0
}
