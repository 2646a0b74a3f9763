package bundle

import (
	"fmt"
	"maps"
	"slices"
)

// finish checks what can only be seen when the whole file has been read: what is
// missing, what refers to nothing, and what has no effect.
func (r *configReader) finish(root *value) {
	if r.missing("", root, "name") {
		r.failFile("add the line: name = \"my-app\"", "the app has no name")
	}
	if r.missing("", root, "main") && r.missing("", root, "route") {
		r.failFile("add a main, as in main = \"src/index.ts\", or a [[route]]", "the app has neither code nor routes")
	}
	r.finishMirrors(root.table["upstream"])
	r.finishSplits()
	r.finishRoutes()
	r.finishRateLimits(root.table["rate_limit"])
	if r.missing("", root, "main") {
		r.finishWithoutCode(root)
	}
}

func (r *configReader) finishRoutes() {
	hosts := map[string]bool{}
	for _, host := range r.config.Hosts {
		hosts[host] = true
	}
	type place struct { // routes for different ones cannot hide each other
		host, path string
		exact      bool
	}
	earlier := map[place][]*routeEntry{}
	for _, route := range r.read {
		if r.full() {
			return
		}
		r.finishTarget(route)
		r.finishRateLimit(route)
		r.finishImages(route)
		r.finishAction(route)
		r.finishCache(route)
		if route.match != nil {
			at := place{route.Host, route.Path, route.Exact}
			r.finishMatch(route, hosts, earlier[at])
			earlier[at] = append(earlier[at], route)
		}
		r.config.Routes = append(r.config.Routes, route.Route)
	}
}

// finishTarget checks that a route goes to something that is there.
func (r *configReader) finishTarget(route *routeEntry) {
	if _, ok := r.config.Upstreams[route.Upstream]; route.Upstream != "" && !ok {
		r.fail(route.to.at, r.unknownUpstreamHint(route.Upstream), "there is no upstream %q", route.Upstream)
	}
	if _, ok := r.config.Splits[route.Split]; route.Split != "" && !ok {
		r.fail(route.to.at, orHint(didYouMean(route.Split, slices.Collect(maps.Keys(r.config.Splits))), fmt.Sprintf("add the table [split.%s]", route.Split)),
			"there is no split %q", route.Split)
	}
	if route.Code && r.config.Main == "" {
		r.fail(route.to.at, "add a main, as in main = \"src/index.ts\"", "the route goes to the app's code, but the app has none")
	}
}

// finishMatch checks that a request can reach the route. earlier are for the same hosts and paths.
func (r *configReader) finishMatch(route *routeEntry, hosts map[string]bool, earlier []*routeEntry) {
	if len(hosts) > 0 && route.Host != "" && !claims(hosts, route.Host) {
		r.fail(route.match.at, orHint(didYouMean(route.Host, r.config.Hosts), "add it to hosts"), "the app does not answer for the host %q", route.Host)
		return
	}
	for _, e := range earlier {
		if hides(&e.Route, &route.Route) {
			r.fail(route.match.at, "remove one of them, or let them differ in methods, headers or query",
				"the route is never reached: %q at line %v matches the same requests", e.match.text, line{r.source, e.match.at})
			return
		}
	}
}

func (r *configReader) unknownUpstreamHint(name string) string {
	if near := nearest(name, slices.Collect(maps.Keys(r.config.Upstreams))); near != "" {
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
	if folders := root.table["folders"]; folders != nil {
		r.fail(folders.keyAt, `these are for code: remove them, or write a [[route]] with to = "dir:NAME"`, "nothing serves the folders")
	}
	r.finishUnused(root.table["split"], "split", func(name string) bool {
		return slices.ContainsFunc(r.read, func(e *routeEntry) bool { return e.Split == name })
	})
	r.finishUnused(root.table["upstream"], "upstream", func(name string) bool {
		return slices.ContainsFunc(r.read, func(e *routeEntry) bool { return e.Upstream == name }) || r.isSide(name) || r.isMirror(name)
	})
}

// finishUnused reports the tables in one that no route uses.
func (r *configReader) finishUnused(tables *value, what string, used func(name string) bool) {
	if tables == nil {
		return
	}
	for _, name := range tables.keys {
		if !used(name) {
			r.fail(tables.table[name].keyAt, "add a [[route]] to it, or remove it", "no route goes to the %s %q", what, name)
		}
	}
}
