package httpmsg

import "strings"

// Field is one header line. Value has no white space around it; it holds no CR, LF
// or NUL in any message that came over a connection.
type Field struct{ Name, Value string }

// Header is an ordered list of fields. Names compare case-insensitively (ASCII) and
// keep the case they came in. The zero value is empty and ready to use.
//
// A header is small, so a lookup walks the list: no map, no allocation. Nothing is
// validated here; whoever takes a field from outside asks ValidFieldName and
// ValidFieldValue first.
//
// Copying the struct shares the fields: hand a copy over and stop using the
// original, or use Clone. Several goroutines may read one header; changing it
// excludes every other use.
type Header struct{ fields []Field }

// NewHeader returns a header of these names and values, taken in turns. It panics
// on an odd count, which is a mistake in the calling code.
func NewHeader(namesAndValues ...string) Header {
	if len(namesAndValues)%2 != 0 {
		panic("httpmsg: NewHeader takes a value for every name")
	}
	h := Header{fields: make([]Field, 0, len(namesAndValues)/2)}
	for i := 0; i < len(namesAndValues); i += 2 {
		h.Add(namesAndValues[i], namesAndValues[i+1])
	}
	return h
}

// Len returns the number of fields.
func (h *Header) Len() int { return len(h.fields) }

// At returns field i, counted from 0.
func (h *Header) At(i int) Field { return h.fields[i] }

// Fields returns the fields in order. It is a view: read only, and valid until the
// header is next changed.
func (h *Header) Fields() []Field { return h.fields }

// Get returns the first value of name, or "".
func (h *Header) Get(name string) string {
	value, _ := h.Lookup(name)
	return value
}

// Lookup returns the first value of name and whether there is one.
func (h *Header) Lookup(name string) (string, bool) {
	if i := h.index(name); i >= 0 {
		return h.fields[i].Value, true
	}
	return "", false
}

// Has reports whether there is a field called name.
func (h *Header) Has(name string) bool { return h.index(name) >= 0 }

// Values returns all the values of name in order, nil if there are none. The slice
// is the caller's.
func (h *Header) Values(name string) []string {
	var values []string
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, name) {
			values = append(values, h.fields[i].Value)
		}
	}
	return values
}

// Joined returns the values of name as one, separated by a comma and a space (RFC
// 9110 §5.3), or "" if there are none. It allocates only where there are two or
// more. Set-Cookie cannot be joined so: use Values for it.
func (h *Header) Joined(name string) string {
	first := h.index(name)
	if first < 0 {
		return ""
	}
	more := Header{fields: h.fields[first+1:]}
	if !more.Has(name) {
		return h.fields[first].Value
	}
	return strings.Join(h.Values(name), ", ")
}

// Add appends a field.
func (h *Header) Add(name, value string) {
	h.fields = append(h.fields, Field{name, value})
}

// Set gives the first field called name this value, in its place, and removes the
// others; where there is none, it appends one. The name takes the new case.
func (h *Header) Set(name, value string) {
	i := h.index(name)
	if i < 0 {
		h.Add(name, value)
		return
	}
	h.fields[i] = Field{name, value}
	rest := Header{fields: h.fields[i+1:]}
	rest.Del(name)
	h.fields = h.fields[:i+1+len(rest.fields)]
}

// Del removes every field called name.
func (h *Header) Del(name string) {
	h.DelFunc(func(f Field) bool { return EqualFold(f.Name, name) })
}

// DelFunc removes every field for which drop is true; the rest keep their order.
func (h *Header) DelFunc(drop func(Field) bool) {
	kept := h.fields[:0]
	for _, f := range h.fields {
		if !drop(f) {
			kept = append(kept, f)
		}
	}
	clear(h.fields[len(kept):])
	h.fields = kept
}

// Clone returns a header that shares nothing with h.
func (h *Header) Clone() Header {
	if len(h.fields) == 0 {
		return Header{}
	}
	return Header{fields: append(make([]Field, 0, len(h.fields)+cloneSpare), h.fields...)}
}

// cloneSpare is room in a clone for the few fields that a proxy adds, so that
// adding them does not copy the list once more.
const cloneSpare = 6

// Clip gives back memory beyond the fields, where a header is kept for long.
func (h *Header) Clip() {
	if len(h.fields) < cap(h.fields) {
		h.fields = append(make([]Field, 0, len(h.fields)), h.fields...)
	}
}

// Reset empties the header and keeps its memory for the next message.
func (h *Header) Reset() {
	clear(h.fields)
	h.fields = h.fields[:0]
}

// Grow makes room for n further fields.
func (h *Header) Grow(n int) {
	if need := len(h.fields) + n; need > cap(h.fields) {
		h.fields = append(make([]Field, 0, need), h.fields...)
	}
}

// index returns where the first field called name is, or -1.
func (h *Header) index(name string) int {
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, name) {
			return i
		}
	}
	return -1
}

// EqualFold reports whether a and b are equal but for the case of ASCII letters,
// which is how field names, tokens and host names compare (RFC 9110 §5.1).
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// Lower returns s with its ASCII letters in lower case. It allocates only where
// there is an upper-case letter.
func Lower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] != lower(s[i]) {
			return lowerFrom(s, i)
		}
	}
	return s
}

// lowerFrom lowers s, whose first upper-case letter is at i.
func lowerFrom(s string, i int) string {
	b := []byte(s)
	for ; i < len(b); i++ {
		b[i] = lower(b[i])
	}
	return string(b)
}

// lower returns the lower case of an ASCII letter and every other byte as it is.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
