package httpmsg

import (
	"math"
	"strconv"
	"strings"
)

// MaxRanges is the number of ranges in one request above which the request for
// ranges is ignored: RFC 9110 §14.2 warns of requests that are made to be costly.
const MaxRanges = 16

// ByteRange is a part of a representation, Length bytes from the byte Start on.
type ByteRange struct{ Start, Length int64 }

// RangeVerdict is what a Range field comes to.
type RangeVerdict int

// The verdicts on a Range field.
const (
	RangeIgnored       RangeVerdict = iota // send the whole, 200
	RangePartial                           // send the ranges, 206
	RangeUnsatisfiable                     // answer 416 with Content-Range: UnsatisfiedRange(size)
)

// ParseRange reads the value of a Range field for a representation of size bytes
// (RFC 9110 §14.1.2). It returns ranges only with RangePartial: at least one, each
// within the representation and not empty, in the order asked for, except that
// those which overlap or touch are one, in the place of the first.
//
// A unit other than bytes, a malformed value and more than MaxRanges ranges mean
// RangeIgnored, and so does any range of an empty representation, which
// Content-Range could not express.
func ParseRange(value string, size int64) ([]ByteRange, RangeVerdict) {
	unit, set, ok := strings.Cut(value, "=")
	if !ok || !EqualFold(TrimOWS(unit), "bytes") || size <= 0 {
		return nil, RangeIgnored
	}
	var ranges []ByteRange
	count := 0
	for spec := range Items(set) {
		r, ok := parseRangeSpec(spec, size)
		if count++; !ok || count > MaxRanges {
			return nil, RangeIgnored
		}
		if r.Length > 0 {
			ranges = mergeRange(ranges, r)
		}
	}
	switch {
	case count == 0:
		return nil, RangeIgnored
	case len(ranges) == 0:
		return nil, RangeUnsatisfiable
	}
	return ranges, RangePartial
}

// parseRangeSpec reads "first-last", "first-" or "-suffix". ok is false if it is
// malformed; the range is empty if it cannot be satisfied.
func parseRangeSpec(spec string, size int64) (r ByteRange, ok bool) {
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return ByteRange{}, false
	}
	if first == "" {
		suffix, ok := parsePosition(last)
		suffix = min(suffix, size)
		return ByteRange{size - suffix, suffix}, ok
	}
	start, ok := parsePosition(first)
	end := int64(math.MaxInt64)
	if last != "" && ok {
		end, ok = parsePosition(last)
	}
	if !ok || end < start {
		return ByteRange{}, false
	}
	if start >= size {
		return ByteRange{}, true
	}
	return ByteRange{start, min(end, size-1) - start + 1}, true
}

// parsePosition reads a non-negative decimal number; one that is too large is the
// largest.
func parsePosition(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, false
		}
		if d := int64(s[i] - '0'); n > (math.MaxInt64-d)/10 {
			n = math.MaxInt64
		} else {
			n = n*10 + d
		}
	}
	return n, true
}

// mergeRange adds r to ranges, none of which overlap or touch, and keeps them so.
func mergeRange(ranges []ByteRange, r ByteRange) []ByteRange {
	at := -1 // where r, grown by what it has been merged with, stands
	kept := ranges[:0]
	for _, other := range ranges {
		if other.Start > r.Start+r.Length || r.Start > other.Start+other.Length {
			kept = append(kept, other)
			continue
		}
		end := max(r.Start+r.Length, other.Start+other.Length)
		r.Start = min(r.Start, other.Start)
		r.Length = end - r.Start
		if at < 0 {
			at = len(kept)
			kept = append(kept, r)
		}
	}
	if at < 0 {
		return append(kept, r)
	}
	kept[at] = r
	return kept
}

// ContentRange returns the value of Content-Range for r, where size is that of the
// whole, -1 if it is not known (RFC 9110 §14.4).
func (r ByteRange) ContentRange(size int64) string {
	whole := "*"
	if size >= 0 {
		whole = strconv.FormatInt(size, 10)
	}
	return "bytes " + strconv.FormatInt(r.Start, 10) + "-" + strconv.FormatInt(r.Start+r.Length-1, 10) + "/" + whole
}

// UnsatisfiedRange returns the value of Content-Range for an answer 416.
func UnsatisfiedRange(size int64) string { return "bytes */" + strconv.FormatInt(size, 10) }

// ParseContentRange reads the value of Content-Range. size is -1 if the whole is of
// unknown size. Of an answer 416, the range is empty.
func ParseContentRange(value string) (r ByteRange, size int64, ok bool) {
	unit, rest, _ := strings.Cut(value, " ")
	span, whole, found := strings.Cut(rest, "/")
	if !found || !EqualFold(unit, "bytes") {
		return ByteRange{}, 0, false
	}
	size = -1
	if whole != "*" {
		if size, ok = parsePosition(whole); !ok {
			return ByteRange{}, 0, false
		}
	}
	if span == "*" {
		return ByteRange{}, size, size >= 0
	}
	first, last, _ := strings.Cut(span, "-")
	start, ok1 := parsePosition(first)
	end, ok2 := parsePosition(last)
	if !ok1 || !ok2 || end < start || end == math.MaxInt64 || size >= 0 && end >= size {
		return ByteRange{}, 0, false
	}
	return ByteRange{start, end - start + 1}, size, true
}
