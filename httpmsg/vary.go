package httpmsg

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Vary is what a response says about the request fields that it was chosen by (RFC
// 9110 §12.5.5). The zero value: by none.
type Vary struct {
	// Any says that more than the request's fields played a part ("*"): no other
	// request matches.
	Any bool
	// Names are the fields' names, in lower case, sorted, each once.
	Names []string
}

// ParseVary reads the Vary fields of a response. A member that is no field name
// counts as "*", the safe side.
func ParseVary(h *Header) Vary {
	var v Vary
	for item := range h.Items("Vary") {
		if item == "*" || !ValidFieldName(item) {
			return Vary{Any: true}
		}
		v.Names = append(v.Names, Lower(item))
	}
	slices.Sort(v.Names)
	v.Names = slices.Compact(v.Names)
	return v
}

// VaryByEncoding says in a response that there are others in other codings.
func VaryByEncoding(h *Header) {
	v := ParseVary(h)
	if !v.Any && !slices.Contains(v.Names, "accept-encoding") {
		h.Add("Vary", "Accept-Encoding")
	}
}

// Matches reports whether a response to the request with the fields a may answer
// the one with the fields b (RFC 9111 §4.1): the fields that it varies by are
// absent from both, or mean the same once the lines are joined.
func (v *Vary) Matches(a, b *Header) bool {
	if v.Any {
		return false
	}
	for _, name := range v.Names {
		if a.Has(name) != b.Has(name) || selection(a, name) != selection(b, name) {
			return false
		}
	}
	return true
}

// AppendKey appends the fields of the request that v names to key. Two requests
// have the same key if and only if Matches; with Any there is no key, so ask
// before.
func (v *Vary) AppendKey(key []byte, req *Header) []byte {
	for _, name := range v.Names {
		key = appendString(key, name)
		if !req.Has(name) {
			key = append(key, 0)
			continue
		}
		key = append(key, 1)
		key = appendString(key, selection(req, name))
	}
	return key
}

// selection returns the value of a field, of which name is in lower case, in a form that
// is the same for values which mean the same: of Accept-Encoding the codings that are
// accepted and those that are refused, whichever is liked better; of Accept-Language the
// languages from the best to the worst, those that are liked alike in one order. Of
// other fields nobody knows what white space and order mean to an origin.
func selection(h *Header, name string) string {
	switch name {
	case "accept-encoding":
		return ranked(h, name, false)
	case "accept-language":
		return ranked(h, name, true)
	}
	return h.Joined(name)
}

// ranked returns the members of a list with weights in one order. order says that a
// weight between 0 and 1 means more than that there is one.
func ranked(h *Header, name string, order bool) string {
	type member struct {
		value  string
		weight int
	}
	var members []member
	for item := range h.Items(name) {
		value, params := CutParams(item)
		weight, ok := weightOf(params)
		if !ok {
			return "\x00" + h.Joined(name) // nobody knows what that means
		}
		if !order {
			weight = min(weight, 1)
		}
		members = append(members, member{Lower(value), weight})
	}
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.value, b.value))
	})
	const liked, lessLiked, refused = 1, 2, 3 // no field has such bytes
	var out []byte
	for i, m := range members {
		mark := byte(liked)
		switch {
		case m.weight == 0:
			mark = refused
		case i > 0 && m.weight < members[i-1].weight:
			mark = lessLiked
		}
		out = append(append(out, mark), m.value...)
	}
	return string(out)
}

// appendString appends s after its length, so that no two lists of strings look
// alike.
func appendString(key []byte, s string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(s))), s...)
}
