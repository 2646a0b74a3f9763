package router

import (
	"cmp"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
)

// FuzzFind compares the router with one that looks at all routes, the most specific
// first. Each line of the input is a route, "HOST PATH METHODS HEADERS QUERY" with "-"
// for nothing, and the last one a request in the same form.
func FuzzFind(f *testing.F) {
	f.Add("a.b /a/* GET x=* -\n*.b /a - - q=1*\n- /* - - -\na.b /a/b GET x=1 q=12&q=2")
	f.Add("*.b /a/ - - -\n*.a.b /a/* - - -\nb /a/b PUT - -\nc.a.b /a/b/ PUT - -")
	f.Add("- /* - - q=a*b\n- /* - - q=*\n- /*/ GET,PUT - -\nx / HEAD - %71=a%2bb")
	f.Fuzz(func(t *testing.T, input string) {
		lines := strings.Split(input, "\n")
		var routes []hedge.Route
		for _, line := range lines[:len(lines)-1] {
			if route, ok := routeOf(line); ok {
				routes = append(routes, route)
			}
		}
		host, req, ok := requestOf(lines[len(lines)-1])
		if !ok {
			return
		}
		if got, want := New(routes).Find(host, req.Path(), req), plainFind(routes, host, req); got != want {
			t.Errorf("route %d, want %d", got, want)
		}
	})
}

func words(line string) []string {
	list := strings.Split(line, " ")
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], "-")
	}
	return append(list, make([]string, 5)...)
}

func routeOf(line string) (r hedge.Route, ok bool) {
	w := words(line)
	domain, _ := strings.CutPrefix(w[0], "*.")
	if domain != "" {
		if normal, port, err := httpmsg.NormalHost(domain); err != nil || normal != domain || port != "" {
			return r, false
		}
	}
	path, below := strings.CutSuffix(w[1], "/*")
	r = hedge.Route{Host: w[0], Path: path, Exact: !below}
	if path == "" && below {
		r.Path = "/"
	}
	if !strings.HasPrefix(r.Path, "/") || w[0] == "*." {
		return r, false
	}
	if w[2] != "" {
		r.Methods = strings.Split(w[2], ",")
	}
	r.Headers, r.Query = matchesOf(w[3]), matchesOf(w[4])
	return r, true
}

func matchesOf(text string) (list []hedge.FieldMatch) {
	for pair := range strings.SplitSeq(text, "&") {
		if name, pattern, ok := strings.Cut(pair, "="); ok {
			list = append(list, hedge.FieldMatch{Name: name, Pattern: pattern})
		}
	}
	return list
}

func requestOf(line string) (host string, req *httpmsg.Request, ok bool) {
	w := words(line)
	host, port, err := httpmsg.NormalHost(w[0])
	path, pathErr := httpmsg.NormalPath(w[1])
	if err != nil || port != "" || pathErr != nil {
		return "", nil, false
	}
	req = &httpmsg.Request{Method: w[2], Target: path + "?" + w[4]}
	for _, m := range matchesOf(w[3]) {
		req.Header.Add(m.Name, m.Pattern)
	}
	return host, req, true
}

// plainFind is what hedge.Route says, word by word.
func plainFind(routes []hedge.Route, host string, req *httpmsg.Request) int {
	order := make([]int, len(routes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &routes[i], &routes[j]
		return cmp.Or(
			cmp.Compare(hostRank(b.Host), hostRank(a.Host)),
			cmp.Compare(pathRank(b), pathRank(a)),
			cmp.Compare(b.Conditions(), a.Conditions()),
		)
	})
	for _, i := range order {
		if plainMatch(&routes[i], host, req) {
			return i
		}
	}
	return -1
}

func hostRank(host string) int {
	if host == "" || strings.HasPrefix(host, "*.") {
		return len(host)
	}
	return 1 << 20
}

func pathRank(r *hedge.Route) int {
	if r.Exact {
		return 1 << 20
	}
	return len(r.Path)
}

func plainMatch(r *hedge.Route, host string, req *httpmsg.Request) bool {
	domain, wild := strings.CutPrefix(r.Host, "*")
	if r.Host != "" && (wild && !strings.HasSuffix(host, domain) || !wild && host != r.Host) {
		return false
	}
	if r.Exact && req.Path() != r.Path || !httpmsg.HasPrefixSegment(req.Path(), r.Path) {
		return false
	}
	method := req.Method
	if method == "HEAD" && !slices.Contains(r.Methods, "HEAD") {
		method = "GET"
	}
	if len(r.Methods) > 0 && !slices.Contains(r.Methods, method) {
		return false
	}
	for _, m := range r.Headers {
		if strings.EqualFold(m.Name, "Upgrade") {
			return false // no request here asks for that
		}
		if !slices.ContainsFunc(req.Header.Values(m.Name), fits(m.Pattern)) {
			return false
		}
	}
	for _, m := range r.Query {
		if !slices.ContainsFunc(parameters(req.Query(), m.Name), fits(m.Pattern)) {
			return false
		}
	}
	return true
}

// fits compares a pattern with a text by trying all ways.
func fits(pattern string) func(string) bool {
	return func(text string) bool {
		ends := map[int]bool{0: true} // where in the text the pattern may have come to
		for i := range len(pattern) {
			next := map[int]bool{}
			for end := range ends {
				switch {
				case pattern[i] == '*':
					for rest := end; rest <= len(text); rest++ {
						next[rest] = true
					}
				case end < len(text) && text[end] == pattern[i]:
					next[end+1] = true
				}
			}
			ends = next
		}
		return ends[len(text)]
	}
}

// parameters returns the values of a parameter, decoded.
func parameters(query, wanted string) (values []string) {
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		if parameter != "" && plainDecode(name) == wanted {
			values = append(values, plainDecode(value))
		}
	}
	return values
}

func plainDecode(s string) string {
	escape := regexp.MustCompile(`^%[0-9A-Fa-f]{2}`)
	var out strings.Builder
	for s = strings.ReplaceAll(s, "+", " "); s != ""; {
		if found := escape.FindString(s); found != "" {
			c, _ := hex.DecodeString(found[1:])
			out.Write(c)
			s = s[3:]
			continue
		}
		out.WriteByte(s[0])
		s = s[1:]
	}
	return out.String()
}
