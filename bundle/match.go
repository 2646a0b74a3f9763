package bundle

import (
	"strings"

	"hedge"
)

// matchSyntax documents what a route's match may say.
const matchSyntax = `a host, a path, or both:
"/static/*" is every path from "/static" on, segment by segment: "/static", "/static/a", but not "/statics";
"/robots.txt" is that path alone;
"shop.example.com" is every path of the host, "*.example.com" every path of all names below example.com;
"shop.example.com/static/*" and "shop.example.com/robots.txt" are both at once`

// parseMatch reads a route's match into its host and path.
func parseMatch(s string) (r hedge.Route, problem, hint string) {
	if s == "" {
		return r, "the match is empty", "a match is " + matchSyntax
	}
	if strings.Contains(s, "://") {
		_, rest, _ := strings.Cut(s, "://")
		return r, "a match has no scheme", "write \"" + rest + "\""
	}
	host, path := s, "/*"
	if i := strings.IndexByte(s, '/'); i >= 0 {
		host, path = s[:i], s[i:]
	}
	r.Host = strings.ToLower(host)
	if host != "" {
		if problem, hint = CheckHostPattern(r.Host); problem != "" {
			return r, problem, hint
		}
	}
	r.Path = path
	prefix, isPrefix := strings.CutSuffix(path, "/*")
	r.Exact = !isPrefix
	if isPrefix && !strings.HasSuffix(prefix, "/") {
		r.Path = orRoot(prefix)
	}
	problem, hint = checkPath(r.Path)
	return r, problem, hint
}
