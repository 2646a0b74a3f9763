package httpmsg

import (
	"strings"
	"time"
)

// ETag is an entity tag (RFC 9110 §8.8.3). The zero value stands for none.
type ETag struct {
	// Opaque is the tag without its quotation marks and without W/.
	Opaque string
	// Weak says that equal tags need not mean equal bytes.
	Weak bool
	// Set tells the empty tag, "", from none.
	Set bool
}

// ParseETag reads a field value that is one entity tag.
func ParseETag(s string) (ETag, bool) {
	tag, rest, ok := cutETag(s)
	if !ok || rest != "" {
		return ETag{}, false
	}
	return tag, true
}

// String returns the tag as in the field, "" if there is none.
func (e ETag) String() string {
	switch {
	case !e.Set:
		return ""
	case e.Weak:
		return `W/"` + e.Opaque + `"`
	}
	return `"` + e.Opaque + `"`
}

// EqualStrong compares by the strong function: neither is weak (RFC 9110 §8.8.3.2).
func (e ETag) EqualStrong(other ETag) bool { return !e.Weak && !other.Weak && e.EqualWeak(other) }

// EqualWeak compares by the weak function. None equals nothing.
func (e ETag) EqualWeak(other ETag) bool { return e.Set && other.Set && e.Opaque == other.Opaque }

// cutETag reads the entity tag that s begins with. A backslash in it is itself: it
// is no quoted string.
func cutETag(s string) (tag ETag, rest string, ok bool) {
	opaque, weak := strings.CutPrefix(s, "W/")
	if !strings.HasPrefix(opaque, `"`) {
		return ETag{}, "", false
	}
	opaque, rest, ok = strings.Cut(opaque[1:], `"`)
	for i := 0; i < len(opaque); i++ {
		ok = ok && opaque[i] > ' ' && opaque[i] != 0x7F
	}
	return ETag{Opaque: opaque, Weak: weak, Set: true}, rest, ok
}

// Validators describe the current representation of a resource: what conditions are
// compared with. The zero value is that of a resource that has none.
type Validators struct {
	// Exists says that there is a representation at all.
	Exists bool
	ETag   ETag
	// LastModified is zero if it is not known. A cache that evaluates
	// If-Modified-Since for a response without one may put the response's Date here
	// (RFC 9111 §4.3.2).
	LastModified time.Time
	// Date is when the response was made, zero if that is not known. It decides
	// whether LastModified is a strong validator.
	Date time.Time
}

// ValidatorsOf returns the validators in the fields of a response.
func ValidatorsOf(h *Header) Validators {
	v := Validators{Exists: true}
	if value, ok := h.single("ETag"); ok {
		v.ETag, _ = ParseETag(value)
	}
	v.LastModified, _ = DateOf(h, "Last-Modified")
	v.Date, _ = DateOf(h, "Date")
	return v
}

// Verdict is what the conditions of a request come to.
type Verdict int

// The verdicts.
const (
	Proceed            Verdict = iota // carry out the request
	NotModified                       // answer 304
	PreconditionFailed                // answer 412
)

// Evaluate goes through the conditions of a request in the order of RFC 9110
// §13.2.2, steps 1 to 4; RangeApplies is step 5. It is for whoever has the resource
// itself, and to be asked only when the answer would otherwise be 2xx or 412
// (§13.2.1).
func Evaluate(method string, req *Header, v Validators) Verdict {
	switch {
	case req.Has("If-Match"): // step 1
		if !matches(req, "If-Match", v, ETag.EqualStrong) {
			return PreconditionFailed
		}
	default: // step 2
		since, ok := DateOf(req, "If-Unmodified-Since")
		if ok && !v.LastModified.IsZero() && v.LastModified.After(since) {
			return PreconditionFailed
		}
	}
	return EvaluateCached(method, req, v)
}

// EvaluateCached goes through steps 3 and 4 alone, which are those that a cache
// answers from what it has stored; it passes If-Match and If-Unmodified-Since on
// (RFC 9111 §4.3.2).
func EvaluateCached(method string, req *Header, v Validators) Verdict {
	read := method == "GET" || method == "HEAD"
	if req.Has("If-None-Match") { // step 3
		switch {
		case !matches(req, "If-None-Match", v, ETag.EqualWeak):
			return Proceed
		case read:
			return NotModified
		}
		return PreconditionFailed
	}
	since, ok := DateOf(req, "If-Modified-Since") // step 4
	if read && ok && !v.LastModified.IsZero() && !v.LastModified.After(since) {
		return NotModified
	}
	return Proceed
}

// matches reports whether a member of the lists of entity tags in the fields called
// name is that of the representation, or "*" stands for any. A list counts as far
// as it is well-formed.
func matches(req *Header, name string, v Validators, equal func(a, b ETag) bool) bool {
	for _, f := range req.fields {
		if !EqualFold(f.Name, name) {
			continue
		}
		if TrimOWS(f.Value) == "*" {
			return v.Exists
		}
		for rest := skipSeparators(f.Value); rest != ""; {
			tag, after, ok := cutETag(rest)
			if !ok {
				break
			}
			if v.Exists && equal(tag, v.ETag) {
				return true
			}
			rest = skipSeparators(after)
		}
	}
	return false
}

// skipSeparators removes commas and white space from the beginning of s.
func skipSeparators(s string) string { return strings.TrimLeft(s, ", \t") }

// RangeApplies reports whether the Range field of a GET request is to be heeded:
// there is no If-Range, or it names the current representation (RFC 9110 §13.1.5).
// If not, the whole is sent.
func RangeApplies(req *Header, v Validators) bool {
	if !req.Has("If-Range") {
		return true
	}
	value, ok := req.single("If-Range")
	if !ok {
		return false
	}
	if tag, ok := ParseETag(value); ok {
		return tag.EqualStrong(v.ETag)
	}
	date, ok := ParseDate(value)
	return ok && v.strongDate() && date.Equal(v.LastModified)
}

// strongDate reports whether LastModified is a strong validator: the response was
// made at least a second after it, so that no change in the same second can hide
// behind it (RFC 9110 §8.8.2.2).
func (v *Validators) strongDate() bool {
	return !v.LastModified.IsZero() && !v.Date.Before(v.LastModified.Add(time.Second))
}
