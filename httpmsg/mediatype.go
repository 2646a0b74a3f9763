package httpmsg

import "strings"

// MediaType is a media type (RFC 9110 §8.3.1), or in Accept a range of them.
type MediaType struct {
	// Type and Subtype are in lower case; "*" in a range.
	Type, Subtype string
	// Params is what comes after the first ";", for Params and Param.
	Params string
}

// ParseMediaType reads the value of Content-Type or a member of Accept.
func ParseMediaType(s string) (MediaType, bool) {
	essence, params := CutParams(s)
	typ, subtype, ok := strings.Cut(essence, "/")
	if !ok || !IsToken(typ) || !IsToken(subtype) {
		return MediaType{}, false
	}
	return MediaType{Type: Lower(typ), Subtype: Lower(subtype), Params: params}, true
}

// Is reports whether the type and subtype are those of essence, which is in lower
// case: "text/html".
func (m MediaType) Is(essence string) bool {
	n := len(m.Type)
	return len(essence) == n+1+len(m.Subtype) &&
		essence[:n] == m.Type && essence[n] == '/' && essence[n+1:] == m.Subtype
}

// Charset returns the parameter of that name in lower case, "" if there is none.
func (m MediaType) Charset() string {
	charset, _ := Param(m.Params, "charset")
	return Lower(charset)
}
