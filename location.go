package hedge

import (
	"slices"
	"strings"
)

// Placeholders of a Location.
const (
	PlaceholderHost  = "host"  // the host that was asked for, without its port
	PlaceholderPath  = "path"  // the path without the slash in front
	PlaceholderRest  = "rest"  // what the prefix of the route leaves of it, without the slash in front
	PlaceholderQuery = "query" // the query without the question mark
)

// Location is a template of a URL.
type Location struct {
	origin []piece // scheme, host and port; none for a path on the same host
	path   []piece
	query  []piece
	// hasQuery says that the template has one, even an empty one; otherwise that of the
	// request is kept.
	hasQuery bool
	fragment string // with "#"
}

// piece is text or a placeholder.
type piece struct{ text, placeholder string }

// ParseLocation reads a template: a path as in "/new/{rest}", or a URL as in
// "https://{host}/{path}" or "https://www.example.com/a?from={path}". A template without
// a query keeps that of the request. The error is a *SyntaxError.
func ParseLocation(text string) (*Location, error) {
	if i := strings.IndexFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7F || strings.ContainsRune("\"<>\\^`|", c) }); i >= 0 {
		return nil, &SyntaxError{i, i + 1, "the target has a character that a URL cannot have", `write it percent-encoded, as in "%20"`}
	}
	l, rest, at := &Location{}, text, 0
	var err error
	if scheme := schemeOf(text); scheme != "" {
		end := len(scheme) + strings.IndexAny(text[len(scheme):]+"/", "/?#")
		if l.origin, err = pieces(text[:end], 0, PlaceholderHost); err != nil {
			return nil, err
		}
		if end == len(scheme) {
			return nil, &SyntaxError{0, end, "the target has no host", `write it behind the scheme, as in "https://www.example.com/{path}"`}
		}
		rest, at = text[end:], end
	} else if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		return nil, &SyntaxError{0, len(text), "the target is neither a path nor a URL", `write a path, as in "/new/{rest}", or a URL, as in "https://www.example.com/{path}"`}
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest, l.fragment = rest[:i], rest[i:]
		if brace := strings.IndexAny(l.fragment, "{}"); brace >= 0 {
			return nil, &SyntaxError{at + i + brace, at + i + brace + 1, "there are no placeholders behind the #", "leave it out"}
		}
	}
	path, query, hasQuery := strings.Cut(rest, "?")
	if l.path, err = pieces(path, at, PlaceholderPath, PlaceholderRest); err != nil {
		return nil, err
	}
	l.hasQuery = hasQuery
	l.query, err = pieces(query, at+len(path)+1, PlaceholderPath, PlaceholderRest, PlaceholderHost, PlaceholderQuery)
	return l, err
}

func schemeOf(text string) string {
	for _, scheme := range []string{"https://", "http://"} {
		if strings.HasPrefix(text, scheme) {
			return scheme
		}
	}
	return ""
}

// pieces takes text apart at its placeholders. at is where it stands in the whole.
func pieces(text string, at int, known ...string) (list []piece, err error) {
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			return append(list, piece{text: text}), nil
		}
		name, rest, closed := strings.Cut(text[i+1:], "}")
		if text[i] == '}' || !closed {
			return nil, &SyntaxError{at + i, at + i + 1, "a brace has no other half", "a placeholder stands in braces, as in {rest}"}
		}
		end := i + len(name) + 2
		if !slices.Contains(known, name) {
			return nil, &SyntaxError{at + i, at + end, "there is no placeholder {" + name + "} here", "here stand {" + strings.Join(known, "}, {") + "}"}
		}
		list = append(list, piece{text: text[:i]}, piece{placeholder: name})
		text, at = rest, at+end
	}
	return list, nil
}

// Origin returns scheme, host and port, for the host that was asked for; empty for a path
// on the same host.
func (l *Location) Origin(host string) string {
	return expand(l.origin, func(string) string { return host })
}

// Expand returns the URL for a request. value returns what stands for a placeholder, in
// normal form.
func (l *Location) Expand(value func(placeholder string) string) string {
	origin, path, query := expand(l.origin, value), expand(l.path, value), value(PlaceholderQuery)
	if origin == "" && strings.HasPrefix(path, "//") {
		path = "/." + path // a browser would take what follows for a host
	}
	if l.hasQuery {
		query = expand(l.query, func(placeholder string) string {
			if placeholder == PlaceholderQuery {
				return query
			}
			return escapeParameter(value(placeholder))
		})
	}
	if query != "" {
		query = "?" + query
	}
	return origin + path + query + l.fragment
}

func expand(list []piece, value func(placeholder string) string) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.text)
		if p.placeholder != "" {
			b.WriteString(value(p.placeholder))
		}
	}
	return b.String()
}

// escapeParameter escapes what could end a parameter. A path has escapes already, which
// the recipient is to see as they are.
func escapeParameter(text string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "=", "%3D", ";", "%3B").Replace(text)
}
