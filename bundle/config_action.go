package bundle

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
	"hedge/httpmsg"
)

// The sections of changes that a [[route]] makes to fields.
const (
	sectionRequest  = "route.request_headers"
	sectionResponse = "route.response_headers"
)

// locationSyntax documents the target of a redirect.
const locationSyntax = `"redirect:TARGET", where TARGET is a path or a URL, in which {host}, {path}, {rest} (what the match leaves of the path) and {query} stand for those of the request, {path} and {rest} without the slash in front; the query is kept unless TARGET has one`

// actionKeys are those of [[route]] that say what becomes of a request.
func actionKeys() []configKey {
	keys := []configKey{
		{Key{"route", "to", typeString, "", `Where matching requests go: "upstream:NAME", "split:NAME", or "code" for the app's module; ` + locationSyntax + `; "respond" answers with status and body; "dir:NAME" serves the files of a folder of the app, by the whole path unless strip_prefix is set: for /docs/ that is docs/index.html, and for /about, where there is no such file or folder, about.html. Required.`}, (*configReader).routeTo},
		{Key{"route", "strip_prefix", typeBoolean, "false", "Whether the matched prefix is taken off the path before the request is sent on. It is put back in front of Location and cookie paths in answers. With a match such as \"/blog/*\", a GET or HEAD for \"/blog\" is redirected to \"/blog/\" (307), from where relative links lead to the right place."}, (*configReader).routeStrip},
		{Key{"route", "rewrite", typeString, "", `The path that takes the place of the matched one before the request is sent on: with match = "/api/*", "/v2" makes "/v2/a" of "/api/a". Location and cookie paths in answers are put right.`}, (*configReader).routeRewrite},
		{Key{"route", "status", typeInteger, "", "The status of a redirect, 307 if it is not set, one of 301, 302, 303, 307 and 308; or that of a fixed answer, 200 if it is not set, from 200 to 599."}, (*configReader).routeStatus},
		{Key{"route", "body", typeString, "", "The text of a fixed answer. Its type is text/plain, unless response_headers set another Content-Type."}, (*configReader).routeBody},
		{Key{"route", "max_body", typeSize, "", "Size of a request's content, in the place of limits.max_body, from 1B to 1TiB; larger ones get 413."}, (*configReader).routeMaxBody},
		{Key{"route", "request_headers", typeTable, "", "Changes of the fields of the request before it is sent on; first remove, then set, then add. Fields that concern one connection or that Hedge itself writes, such as X-Forwarded-For, cannot be changed."}, section(sectionRequest)},
		{Key{"route", "response_headers", typeTable, "", "The same for every answer of the route, also one to an error."}, section(sectionResponse)},
	}
	for _, s := range []string{sectionRequest, sectionResponse} {
		keys = append(keys,
			configKey{Key{s, "remove", typeStrings, "[]", "Names of fields to remove."}, func(r *configReader, v *value) { r.removed(v, r.changes(s)) }},
			configKey{Key{s, "set", typeTable, "", `Fields to put in the place of those of the same name, as in { X-Frame-Options = "DENY" }.`}, func(r *configReader, v *value) { r.changes(s).Set = r.setFields(v) }},
			configKey{Key{s, "add", typeTable, "", "Fields to add beside those of the same name."}, func(r *configReader, v *value) { r.changes(s).Add = r.fields(v) }})
	}
	return keys
}

func (r *configReader) routeMaxBody(v *value) {
	r.number(v, routeNumbers(&r.route.Route), "route", "max_body")
}

// changes are those of a section of the route being read.
func (r *configReader) changes(section string) *hedge.HeaderChanges {
	if section == sectionRequest {
		return &r.route.RequestHeaders
	}
	return &r.route.ResponseHeaders
}

// routeTargets are the forms of a route's `to`, as messages write them.
func routeTargets() []string {
	return []string{"upstream:NAME", "split:NAME", "code", "redirect:TARGET", "respond", "dir:NAME"}
}

func (r *configReader) routeTo(v *value) {
	text, ok := r.string(v)
	if !ok {
		return
	}
	r.route.to = v
	scheme, name, named := strings.Cut(text, ":")
	switch {
	case text == "code":
		r.route.Code = true
	case text == "respond":
		r.route.Answer = &hedge.Answer{Status: 200}
	case scheme == "upstream" && name != "":
		r.route.Upstream = name
	case scheme == "split" && name != "":
		r.route.Split = name
	case scheme == "redirect" && name != "":
		r.route.Redirect = &hedge.Redirect{To: name, Status: 307}
		r.location(v, name)
	case scheme == "dir":
		r.routeFolder(v, name)
	case scheme == "http" || scheme == "https":
		r.fail(v.at, fmt.Sprintf("write to = %q to send clients there; to fetch from it, give it a name: to = \"upstream:NAME\", and\n[upstream.NAME]\ntargets = [%q]", "redirect:"+text, text),
			"a route goes to an upstream, not to a URL")
	default:
		r.unknownTarget(v, scheme, name, named)
	}
}

func (r *configReader) unknownTarget(v *value, scheme, name string, named bool) {
	var schemes []string
	for _, target := range routeTargets() {
		if s, _, takesName := strings.Cut(target, ":"); takesName == named {
			schemes = append(schemes, s)
		}
	}
	hint := "a route goes to " + alternatives(routeTargets())
	if near := nearest(scheme, schemes); near != "" && named && name != "" {
		hint = fmt.Sprintf("did you mean %q?", near+":"+name)
	} else if near != "" && !named {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.fail(v.at, hint, "%q is nothing that a route can go to", v.text)
}

// alternatives joins alternatives.
func alternatives(list []string) string {
	last := len(list) - 1
	return `"` + strings.Join(list[:last], `", "`) + `" or "` + list[last] + `"`
}

// location checks the target of a redirect.
func (r *configReader) location(v *value, text string) {
	problem, hint, at := checkLocation(text)
	if problem == "" {
		return
	}
	where := v.at
	if offset := 1 + len("redirect:"); v.at.end-v.at.start == len(v.text)+2 { // in one pair of quotes, and without escapes
		where = span{v.at.start + offset + at.start, v.at.start + offset + max(at.end, at.start+1)}
	}
	r.fail(where, hint, "%s", problem)
}

// checkLocation checks the target of a redirect; at is where in it the problem is.
func checkLocation(text string) (problem, hint string, at span) {
	location, err := hedge.ParseLocation(text)
	var syntax *hedge.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Problem, syntax.Hint, span{syntax.Start, syntax.End}
	}
	if origin := location.Origin("placeholder.example"); origin != "" {
		_, authority, _ := strings.Cut(origin, "://")
		if _, _, err := httpmsg.NormalHost(authority); err != nil {
			return fmt.Sprintf("%q is not a host", authority), `write a name and, where it is needed, a port, as in "https://www.example.com:8443/"`, span{0, len(text)}
		}
	}
	return "", "", span{}
}

func (r *configReader) routeStrip(v *value) {
	r.route.StripPrefix = r.boolean(v)
	r.route.strip = v
}

func (r *configReader) routeRewrite(v *value) {
	text, ok := r.string(v)
	if problem, hint := checkPath(text); ok && r.check(v, problem, hint) {
		r.route.Rewrite = text
		r.route.rewrite = v
	}
}

func (r *configReader) routeStatus(v *value) {
	r.route.status = v
	r.route.code = r.integer(v, 200, 599)
}

func (r *configReader) routeBody(v *value) {
	r.route.body = v
	r.string(v)
}

func (r *configReader) removed(v *value, changes *hedge.HeaderChanges) {
	r.strings(v, func(item *value) {
		if problem, hint := checkChanged(item.text); r.check(item, problem, hint) {
			changes.Remove = append(changes.Remove, item.text)
		}
	})
}

// fields reads a table of fields and their values.
func (r *configReader) fields(v *value) []hedge.Field {
	if !r.is(v, unstable.Table, typeTable) {
		return nil
	}
	var list []hedge.Field
	for _, name := range v.keys {
		item := v.table[name]
		if problem, hint := checkChanged(name); problem != "" {
			r.fail(item.keyAt, hint, "%s", problem)
		}
		text, ok := r.string(item)
		if problem, hint := checkFieldValue(text); ok && r.check(item, problem, hint) {
			list = append(list, hedge.Field{Name: name, Value: text})
		}
	}
	return list
}

// setFields reads fields of which each takes the place of those of its name.
func (r *configReader) setFields(v *value) []hedge.Field {
	list := r.fields(v)
	for i, name := range v.keys {
		if slices.ContainsFunc(v.keys[:i], func(other string) bool { return httpmsg.EqualFold(name, other) }) {
			r.fail(v.table[name].keyAt, "the names of fields are the same in either case: remove one of them; add puts fields beside others", "the field %s is set twice", name)
		}
	}
	return list
}

// checkChanged checks the name of a field that a route changes.
func checkChanged(name string) (problem, hint string) {
	if problem, hint = checkFieldName(name); problem != "" {
		return problem, hint
	}
	if httpmsg.EqualFold(name, "Host") {
		return "the field Host cannot be changed by a route", `an upstream with host = "client" passes on what the client asked for`
	}
	if httpmsg.IsOwned(name) {
		return fmt.Sprintf("the field %s cannot be changed by a route", name), "it concerns one connection, or Hedge itself writes it: remove it here"
	}
	return "", ""
}

// checkFieldValue checks the value of a field (RFC 9110, section 5.5).
func checkFieldValue(text string) (problem, hint string) {
	if !httpmsg.ValidFieldValue(text) || !httpmsg.IsFieldText(text) {
		return fmt.Sprintf("%q is not a value of a field", text), "a value has no control characters, and no white space at either end"
	}
	return "", ""
}

// finishAction checks what keys of a route say about where it goes.
func (r *configReader) finishAction(route *routeEntry) {
	r.finishPath(route)
	r.finishStatic(route)
	switch {
	case route.Redirect != nil && route.status != nil:
		route.Redirect.Status = route.code
		if statuses := hedge.RedirectStatuses(); !slices.Contains(statuses, route.code) && route.code != 0 {
			r.fail(route.status.at, "it is one of 301, 302, 303, 307 and 308", "%d is not the status of a redirect", route.code)
		}
	case route.Answer != nil && route.status != nil:
		route.Answer.Status = route.code
	case route.status != nil && route.known():
		r.fail(route.status.keyAt, `remove it, or write to = "respond"`, "status has no effect on a route to %q", route.to.text)
	}
	switch {
	case route.body == nil:
	case route.Answer == nil && route.known():
		r.fail(route.body.keyAt, `remove it, or write to = "respond"`, "body has no effect on a route to %q", route.to.text)
	case route.Answer == nil:
	case hedge.Bodiless(route.Answer.Status):
		r.fail(route.body.keyAt, "remove it, or choose another status", "an answer with the status %d has no body", route.Answer.Status)
	default:
		route.Answer.Body = route.body.text
	}
}

// known reports whether a route goes to something that there can be.
func (e *routeEntry) known() bool {
	return e.Upstream+e.Split != "" || e.Code || e.Redirect != nil || e.Answer != nil || e.Static != nil
}

// finishPath checks what a route does to the path.
func (r *configReader) finishPath(route *routeEntry) {
	if route.StripPrefix && route.rewrite != nil {
		r.fail(route.rewrite.keyAt, "remove one of them", "rewrite and strip_prefix both change the path")
		return
	}
	at, key := route.strip, "strip_prefix"
	if route.rewrite != nil {
		at, key = route.rewrite, "rewrite"
	}
	sendsNothing := route.Redirect != nil || route.Answer != nil
	if fields := route.table.table["request_headers"]; fields != nil && sendsNothing {
		r.fail(fields.keyAt, "remove it, or write response_headers", "request_headers has no effect on a route that sends nothing on")
	}
	switch {
	case !route.StripPrefix && route.rewrite == nil:
	case route.Code:
		r.fail(at.keyAt, "remove it; the code sees the whole path", "%s has no effect on a route to code", key)
	case sendsNothing:
		r.fail(at.keyAt, "remove it", "%s has no effect on a route that sends nothing on", key)
	case route.StripPrefix && route.match != nil && route.Path == "/":
		r.fail(at.keyAt, "remove it, or match a longer path", "there is no prefix to strip")
	}
}
