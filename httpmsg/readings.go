package httpmsg

import (
	"iter"
	"strings"
)

// Readings yields what else servers take a path in normal form for. There are those that
// decode "%2F" to a slash, those that cut the parameters off segments (RFC 3986 §3.3), so
// that "/a;v=1/b" is "/a/b", those that make one slash of several, and those that do more
// than one of these, in either order. It yields nothing, and allocates nothing, for a path
// that is the same to all of them. All that it yields begins with a slash and has no dot
// segments, as NormalPath refuses those in disguise; a path may come twice.
func Readings(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if strings.IndexByte(path, ';') < 0 && !strings.Contains(path, "//") && !strings.Contains(path, "%2F") {
			return
		}
		decoded, cut := decodeSlashes(path), cutParameters(path)
		for _, reading := range [...]string{path, decoded, cut, cutParameters(decoded), decodeSlashes(cut)} {
			if reading != path && !yield(reading) {
				return
			}
			if merged := mergeSlashes(reading); merged != reading && !yield(merged) {
				return
			}
		}
	}
}

func decodeSlashes(path string) string { return strings.ReplaceAll(path, "%2F", "/") }

// cutParameters cuts what follows the first ";" off each segment.
func cutParameters(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i], _, _ = strings.Cut(segment, ";")
	}
	return strings.Join(segments, "/")
}

// mergeSlashes makes one slash of several.
func mergeSlashes(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
