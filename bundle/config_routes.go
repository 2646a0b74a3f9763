package bundle

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
)

// routeKeys are those of [[route]].
func routeKeys() []configKey {
	return []configKey{
		{Key{"route", "match", typeString, "", "What the route answers: " + matchSyntax + ". Required."}, (*configReader).routeMatch},
		{Key{"route", "methods", typeStrings, "", `The methods that it answers, as in ["GET", "POST"]; GET stands for HEAD as well. Without it, all.`}, (*configReader).routeMethods},
		{Key{"route", "headers", typeTable, "", `Fields that the request has to have, as in { X-Preview = "*", User-Agent = "*bot*" }: ` + patternSyntax + ` One of several fields of the name is enough.`}, (*configReader).routeHeaders},
		{Key{"route", "query", typeTable, "", "Parameters that the query has to have, decoded, as in { version = \"2\" }; their values are patterns as those of headers."}, (*configReader).routeQuery},
		{Key{"route", "to", typeString, "", `Where matching requests go: "upstream:NAME", "split:NAME", or "code" for the app's module. Required.`}, (*configReader).routeTo},
		{Key{"route", "strip_prefix", typeBoolean, "false", "Whether the upstream sees the path without the matched prefix."}, (*configReader).routeStrip},
	}
}

// routeEntry is a route and where its parts stand.
type routeEntry struct {
	hedge.Route
	table, match, to, strip *value
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

func (r *configReader) routeTo(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.route.to = v
	scheme, name, _ := strings.Cut(text, ":")
	switch {
	case text == "code":
		r.route.Code = true
		return
	case scheme == "upstream" && name != "":
		r.route.Upstream = name
		return
	case scheme == "split" && name != "":
		r.route.Split = name
		return
	case scheme == "http" || scheme == "https":
		r.fail(v.at, fmt.Sprintf("give the origin a name: write to = \"upstream:NAME\", and\n[upstream.NAME]\ntargets = [%q]", text),
			"a route goes to an upstream, not to a URL")
		return
	}
	for _, u := range unavailableTargets() {
		if u.name == scheme {
			r.fail(v.at, u.what+" comes with a later version", "\"%s:…\" is not available in this version", scheme)
			return
		}
	}
	hint := `a route goes to "upstream:NAME", "split:NAME" or "code"`
	if near := nearest(scheme, []string{"upstream", "split", "code"}); near != "" && near != "code" && name != "" {
		hint = fmt.Sprintf("did you mean %q?", near+":"+name)
	} else if near == "code" && name == "" {
		hint = `did you mean "code"?`
	}
	r.fail(v.at, hint, "%q is nothing that a route can go to", text)
}

func (r *configReader) routeStrip(v *value) {
	if r.is(v, unstable.Bool, typeBoolean) {
		r.route.StripPrefix = v.text == "true"
		r.route.strip = v
	}
}
