package bundle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

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

// finish checks what can only be seen when the whole file has been read: what is
// missing, what refers to nothing, and what has no effect.
func (r *configReader) finish(root *value) {
	if r.missing("", root, "name") {
		r.failFile("add the line: name = \"my-app\"", "the app has no name")
	}
	if r.missing("", root, "main") && r.missing("", root, "route") {
		r.failFile("add a main, as in main = \"src/index.ts\", or a [[route]]", "the app has neither code nor routes")
	}
	r.finishSplits()
	for i, route := range r.read {
		r.finishRoute(route, r.read[:i])
		r.config.Routes = append(r.config.Routes, route.Route)
	}
	if r.missing("", root, "main") {
		r.finishWithoutCode(root)
	}
}

func (r *configReader) finishRoute(route *routeEntry, earlier []*routeEntry) {
	if route.Upstream != "" {
		if _, ok := r.config.Upstreams[route.Upstream]; !ok {
			r.fail(route.to.at, r.unknownUpstreamHint(route.Upstream), "there is no upstream %q", route.Upstream)
		}
	}
	if _, ok := r.config.Splits[route.Split]; route.Split != "" && !ok {
		r.fail(route.to.at, orHint(didYouMean(route.Split, slices.Collect(maps.Keys(r.config.Splits))), fmt.Sprintf("add the table [split.%s]", route.Split)),
			"there is no split %q", route.Split)
	}
	if route.Code && r.config.Main == "" {
		r.fail(route.to.at, "add a main, as in main = \"src/index.ts\"", "the route goes to the app's code, but the app has none")
	}
	if route.StripPrefix && route.Code {
		r.fail(route.strip.keyAt, "remove it; the code sees the whole path", "strip_prefix has no effect on a route to code")
	}
	if route.match == nil {
		return
	}
	if route.StripPrefix && !route.Code && route.Path == "/" {
		r.fail(route.strip.keyAt, "remove it, or match a longer path", "there is no prefix to strip")
	}
	if hosts := r.config.Hosts; len(hosts) > 0 && route.Host != "" && !slices.Contains(hosts, route.Host) {
		hint := didYouMean(route.Host, hosts)
		if hint == "" {
			hint = "add it to hosts"
		}
		r.fail(route.match.at, hint, "the app does not answer for the host %q", route.Host)
		return
	}
	for _, e := range earlier {
		if e.match != nil && covers(e.Route, route.Route) {
			line := position(r.source, e.match.at).Line
			r.fail(route.match.at, "the first route that matches is taken: move the more specific one up",
				"the route is never reached: %q at line %d matches first", e.match.text, line)
			return
		}
	}
}

func (r *configReader) unknownUpstreamHint(name string) string {
	var names []string
	for n := range r.config.Upstreams {
		names = append(names, n)
	}
	if near := nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", "upstream:"+near)
	}
	return fmt.Sprintf("add the table [upstream.%s]", name)
}

// finishWithoutCode reports what only code could use. An app's code may reach
// every upstream by name, so that with code nothing can be said about them.
func (r *configReader) finishWithoutCode(root *value) {
	if vars := root.table["vars"]; vars != nil {
		r.fail(vars.headAt(), "variables are for code: remove them, or add a main", "nothing uses the variables")
	}
	if splits := root.table["split"]; splits != nil {
		for _, name := range splits.keys {
			if !slices.ContainsFunc(r.read, func(e *routeEntry) bool { return e.Split == name }) {
				r.fail(splits.table[name].keyAt, "add a [[route]] to it, or remove it", "no route goes to the split %q", name)
			}
		}
	}
	upstreams := root.table["upstream"]
	if upstreams == nil {
		return
	}
	for _, name := range upstreams.keys {
		used := slices.ContainsFunc(r.read, func(e *routeEntry) bool { return e.Upstream == name }) || r.isSide(name)
		if !used {
			r.fail(upstreams.table[name].keyAt, "add a [[route]] to it, or remove it", "no route goes to the upstream %q", name)
		}
	}
}
