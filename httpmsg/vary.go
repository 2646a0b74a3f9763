package httpmsg

import (
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

// Matches reports whether a response to the request with the fields a may answer
// the one with the fields b (RFC 9111 §4.1): the fields that it varies by are
// absent from both, or are equal once the lines are joined.
func (v *Vary) Matches(a, b *Header) bool {
	if v.Any {
		return false
	}
	for _, name := range v.Names {
		if a.Has(name) != b.Has(name) || a.Joined(name) != b.Joined(name) {
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
		key = appendString(key, req.Joined(name))
	}
	return key
}

// appendString appends s after its length, so that no two lists of strings look
// alike.
func appendString(key []byte, s string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(s))), s...)
}
