package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"hedge"
	"hedge/httpmsg"
)

// patternSyntax documents what a route asks of the value of a field or parameter.
const patternSyntax = `"2" is that value, in which each "*" stands for any characters, so that "*" asks for no more than the name.`

// maxMatches bounds what a route asks for of one kind, as each request may have to be
// looked through for each of them.
const maxMatches = 16

func (r *configReader) routeMethods(v *value) {
	r.strings(v, func(item *value) {
		if problem, hint := checkMethod(item.text); r.check(item, problem, hint) {
			r.route.Methods = append(r.route.Methods, item.text)
		}
	})
	if v.kind == unstable.Array && len(v.items) == 0 {
		r.fail(v.at, "name at least one, or remove the line to match all", "the route matches no method")
	}
}

func (r *configReader) routeHeaders(v *value) {
	r.route.Headers = r.matches(v, checkMatched)
}

// checkMatched checks the name of a field that a route asks for: one that requests still
// have when their routes are looked for.
func checkMatched(name string) (problem, hint string) {
	if problem, hint = checkFieldName(name); problem != "" {
		return problem, hint
	}
	if httpmsg.EqualFold(name, "Upgrade") || !httpmsg.IsGone(name) {
		return "", ""
	}
	hint = endedAtTheDoor + `; headers = { Upgrade = "websocket" } matches WebSockets`
	if httpmsg.EqualFold(name, "Host") {
		hint = `put the host into match, as in match = "shop.example.com/*"`
	}
	return fmt.Sprintf("no route can match by the field %s", name), hint
}

// endedAtTheDoor is the hint for a field that no request has any more.
const endedAtTheDoor = "fields of one connection, and fields in disguise, end at the door"

// stillThere checks that requests still have what a key names when they are told apart by
// it: by a field that ends at the door all of them would be alike. What is no key has been
// said already.
func (r *configReader) stillThere(v *value, text string) {
	key, err := hedge.ParseKey(text)
	if err != nil || key.From != hedge.KeyHeader || !httpmsg.IsGone(key.Name) {
		return
	}
	hint := endedAtTheDoor
	if httpmsg.EqualFold(key.Name, "Host") {
		hint = `the host is no field here; where a key may be one, it is "host"`
	}
	r.fail(v.at, hint, "no request has the field %s any more", key.Name)
}

func (r *configReader) routeQuery(v *value) {
	r.route.Query = r.matches(v, checkParameterName)
}

// matches reads a table of names and patterns.
func (r *configReader) matches(v *value, checkName func(string) (problem, hint string)) []hedge.FieldMatch {
	if !r.is(v, unstable.Table, typeTable) {
		return nil
	}
	var list []hedge.FieldMatch
	for _, name := range v.keys {
		item := v.table[name]
		if problem, hint := checkName(name); problem != "" {
			r.fail(item.keyAt, hint, "%s", problem)
		}
		if pattern, ok := r.string(item); ok {
			list = append(list, hedge.FieldMatch{Name: name, Pattern: pattern})
		}
	}
	if len(v.keys) == 0 || len(v.keys) > maxMatches {
		r.fail(v.at, fmt.Sprintf("name from 1 to %d", maxMatches), "the table has %d names", len(v.keys))
	}
	return list
}

// hides reports whether of two routes for the same hosts and paths the earlier one, a,
// takes all requests that match b, so that b is never reached. More conditions come
// first; so both have as many, and those of b imply those of a.
func hides(a, b *hedge.Route) bool {
	return a.Conditions() == b.Conditions() &&
		(len(a.Methods) == 0 || len(b.Methods) > 0 && isSubset(b.Methods, a.Methods)) &&
		implies(b.Headers, a.Headers, strings.EqualFold) && implies(b.Query, a.Query, func(x, y string) bool { return x == y })
}

func isSubset(part, all []string) bool {
	return !slices.ContainsFunc(part, func(m string) bool {
		return !slices.Contains(all, m) && (m != "HEAD" || !slices.Contains(all, "GET"))
	})
}

// implies reports whether what is asked for in given is enough for all of wanted.
func implies(given, wanted []hedge.FieldMatch, same func(a, b string) bool) bool {
	return !slices.ContainsFunc(wanted, func(w hedge.FieldMatch) bool {
		return !slices.ContainsFunc(given, func(g hedge.FieldMatch) bool {
			return same(g.Name, w.Name) && (g.Pattern == w.Pattern || w.Pattern == "*")
		})
	})
}

// claims reports whether some request for a host that a route matches may come to an
// app that answers for these hosts, by name and wildcard.
func claims(hosts map[string]bool, pattern string) bool {
	domain, wild := strings.CutPrefix(pattern, "*.")
	for rest := domain; rest != ""; _, rest, _ = strings.Cut(rest, ".") {
		if hosts["*."+rest] && (wild || rest != domain) {
			return true
		}
	}
	if !wild {
		return hosts[domain]
	}
	for host := range hosts {
		if strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
