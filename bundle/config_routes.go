package bundle

import (
	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
)

// routeKeys are those of [[route]] that say which requests it is for.
func routeKeys() []configKey {
	return []configKey{
		{Key{"route", "match", typeString, "", "What the route answers: " + matchSyntax + ". Required."}, (*configReader).routeMatch},
		{Key{"route", "methods", typeStrings, "", `The methods that it answers, as in ["GET", "POST"]; GET stands for HEAD as well. Without it, all.`}, (*configReader).routeMethods},
		{Key{"route", "headers", typeTable, "", `Fields that the request has to have, as in { X-Preview = "*", User-Agent = "*bot*" }: ` + patternSyntax + ` One of several fields of the name is enough. { Upgrade = "websocket" } is every WebSocket, over HTTP/2 and 3 as well; other fields that concern one connection cannot be matched, nor Host, whose place is match.`}, (*configReader).routeHeaders},
		{Key{"route", "query", typeTable, "", "Parameters that the query has to have, decoded, as in { version = \"2\" }; their values are patterns as those of headers."}, (*configReader).routeQuery},
	}
}

// routeEntry is a route and where its parts stand.
type routeEntry struct {
	hedge.Route
	table, match, to, strip, rewrite, status, body *value
	fallback, notFound, dotfiles, limit            *value
	cache, compress, cacheKey                      *value
	code                                           int // the status
	image, variants, imageKey                      *value
}

func (r *configReader) routes(v *value) {
	if !r.is(v, unstable.Array, typeTables) {
		return
	}
	for _, t := range v.items {
		if t.kind != unstable.Table {
			r.is(t, unstable.Table, typeTable)
			continue
		}
		r.route = &routeEntry{table: t}
		r.table("route", t)
		for _, required := range []string{"match", "to"} {
			if r.missing("route", t, required) {
				r.fail(t.headAt(), "", "the route has no %q", required)
			}
		}
		r.read = append(r.read, r.route)
	}
}

// headAt is where a table begins: its header, or its brace.
func (v *value) headAt() span {
	if v.inline {
		return v.at
	}
	return v.keyAt
}

func (r *configReader) routeMatch(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	parsed, problem, hint := parseMatch(text)
	if r.check(v, problem, hint) {
		r.route.match = v
		r.route.Host, r.route.Path, r.route.Exact = parsed.Host, parsed.Path, parsed.Exact
	}
}
