package httpmsg

import "strings"

// Recoded makes the fields of a message with content those of one whose content has got
// another coding, or lost the one that it had (RFC 9110 §8.4): what is about the bytes goes,
// and the entity tag becomes a weak one. Content-Encoding is the caller's.
func Recoded(h *Header) {
	WeakenETag(h)
	h.DelFunc(func(f Field) bool { return ofBytes(f.Name) })
}

// WeakenETag makes a strong entity tag weak: it stands for other bytes now (RFC 9110 §8.8.3).
func WeakenETag(h *Header) {
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("ETag", "W/"+tag)
	}
}

// ofBytes reports whether a field is about the bytes of the content, in its coding.
func ofBytes(name string) bool {
	for _, of := range [...]string{"Accept-Ranges", "Content-Length", "Content-Digest", "Repr-Digest", "Digest", "Content-MD5"} {
		if EqualFold(name, of) {
			return true
		}
	}
	return false
}
