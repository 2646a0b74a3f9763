package static

import (
	"strings"

	"hedge/httpmsg"
)

// nameOf returns the name that a path in normal form, which begins with a slash, asks
// for: "css/a.css", or "css/" for a folder, "" for the one at the top. ok is false for
// what no file can be called: a slash that was escaped, empty and dot segments, a NUL,
// and names that begin with a dot unless these are served.
func nameOf(path string, dotfiles bool) (name string, ok bool) {
	path = path[1:]
	if strings.IndexByte(path, '%') >= 0 {
		if path, ok = unescape(path); !ok {
			return "", false
		}
	}
	first := true
	for rest := path; rest != ""; first = false {
		segment, after, _ := strings.Cut(rest, "/")
		hidden := strings.HasPrefix(segment, ".") && !dotfiles && !(first && segment == ".well-known")
		if segment == "" || segment == "." || segment == ".." || hidden {
			return "", false
		}
		rest = after
	}
	return path, true
}

// unescape decodes the escapes of a path. One that stands for a slash, a backslash or a
// NUL makes it none.
func unescape(path string) (string, bool) {
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' {
			var ok bool
			if c, ok = httpmsg.Unescape(path[i:]); !ok || c == '/' || c == '\\' || c == 0 {
				return "", false
			}
			i += 2
		}
		out = append(out, c)
	}
	return string(out), true
}
