package router

import (
	"fmt"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
)

// ask makes a request of "METHOD HOST/PATH?QUERY" and fields.
func ask(line string, fields ...string) (host string, req *httpmsg.Request) {
	method, url, _ := strings.Cut(line, " ")
	i := strings.IndexByte(url, '/')
	return url[:i], &httpmsg.Request{Method: method, Scheme: "http", Authority: url[:i], Target: url[i:], Header: httpmsg.NewHeader(fields...)}
}

func has(name, pattern string) []hedge.FieldMatch {
	return []hedge.FieldMatch{{Name: name, Pattern: pattern}}
}

// The most specific route is taken, whatever the order.
func TestPrecedence(t *testing.T) {
	routes := []hedge.Route{
		0:  {Path: "/"},
		1:  {Path: "/a/b", Exact: true},
		2:  {Path: "/a"},
		3:  {Path: "/a/b"},
		4:  {Path: "/a", Exact: true},
		5:  {Path: "/a/"},
		6:  {Host: "*.example.com", Path: "/"},
		7:  {Host: "*.b.example.com", Path: "/x"},
		8:  {Host: "a.example.com", Path: "/x"},
		9:  {Path: "/c", Methods: []string{"GET"}},
		10: {Path: "/c", Methods: []string{"GET"}, Headers: has("X-Preview", "*")},
		11: {Path: "/c", Query: has("v", "2")},
		12: {Path: "/c", Methods: []string{"GET"}}, // never
		13: {Path: "/c/d", Methods: []string{"PUT"}},
		14: {Path: "/", Exact: true},
		15: {Path: "/e/", Exact: true},
	}
	r := New(routes)
	for _, c := range []struct {
		line   string
		want   int
		fields []string
	}{
		{"GET h/", 14, nil},
		{"GET h/x", 0, nil},
		{"GET h/a", 4, nil},
		{"GET h/a/", 5, nil},
		{"GET h/a/x", 5, nil},
		{"GET h/a//x", 5, nil},
		{"GET h/ab", 0, nil},
		{"GET h/a/b", 1, nil},
		{"GET h/a/b/", 3, nil},
		{"GET h/a/b/c", 3, nil},
		{"GET h/a/bc", 5, nil},
		{"GET h/e/", 15, nil},
		{"GET h/e", 0, nil},
		{"GET a.example.com/x", 8, nil},
		{"GET a.example.com/y", 6, nil},
		{"GET example.com/x", 0, nil},
		{"GET xexample.com/x", 0, nil},
		{"GET z.b.example.com/x", 7, nil},
		{"GET y.z.b.example.com/y", 6, nil},
		{"GET b.example.com/x", 6, nil},
		{"GET h/c", 9, nil},
		{"HEAD h/c", 9, nil},
		{"POST h/c", 0, nil},
		{"GET h/c/d", 9, nil},
		{"PUT h/c/d/e", 13, nil},
		{"GET h/c?v=1", 9, nil},
		{"POST h/c?v=2", 11, nil},
		{"GET h/c?v=2", 9, nil}, // as many conditions: the earlier one
		{"GET h/c?v=2", 10, []string{"x-preview", ""}},
	} {
		host, req := ask(c.line, c.fields...)
		if got := r.Find(host, req.Path(), req); got != c.want {
			t.Errorf("%s %v: route %d, want %d", c.line, c.fields, got, c.want)
		}
	}
	if got := New([]hedge.Route{{Host: "a", Path: "/"}}).Find("b", "/", &httpmsg.Request{}); got != -1 {
		t.Errorf("a request that matches nothing goes to route %d", got)
	}
}

// A path that some servers read as another one must not get around the route of that.
func TestRivals(t *testing.T) {
	r := New([]hedge.Route{
		0: {Path: "/"},
		1: {Path: "/admin"},
		2: {Path: "/image/"},
		3: {Path: "/", Exact: true},
		4: {Path: "/login", Exact: true},
		5: {Path: "/cart;v=1"},
		6: {Path: "/x%2Fy"},
		7: {Path: "/image/raw", Methods: []string{"PUT"}},
		8: {Host: "code.example", Path: "/"},
	})
	for line, want := range map[string]struct{ taken, rival int }{
		"GET h/admin/a//b%2Fc;d":            {1, -1},
		"GET h//admin/secret":               {0, 1},
		"GET h/%2Fadmin/secret":             {0, 1},
		"GET h/admin%2Fsecret":              {0, 1},
		"GET h/admin;x":                     {0, 1},
		"GET h/admin;x/secret":              {0, 1},
		"GET h/;/admin":                     {0, 1},
		"GET h/;x%2Fadmin":                  {0, 3}, // or 1
		"GET h/login;x":                     {0, 4},
		"GET h//login":                      {0, 4},
		"GET h/login%2F;x":                  {0, -1}, // as /login/ is not
		"GET h//":                           {0, 3},
		"GET h/a//admin":                    {0, -1},
		"GET h/image/https://h/admin":       {2, -1},
		"GET h/image/https:%2F%2Fh%2Fadmin": {2, -1},
		"GET h/image//raw/a":                {2, -1},
		"PUT h/image//raw/a":                {2, 7},
		"GET h/image%2Fa":                   {0, 2},
		"GET h/cart;v=1/a":                  {5, -1}, // the route itself says so
		"GET h/x%2Fy/a":                     {6, -1},
		"GET h/x%2Fy%2Fa":                   {0, -1},
		"GET code.example//admin/a;b%2Fc":   {8, -1},
	} {
		host, req := ask(line)
		if taken := r.Find(host, req.Path(), req); taken != want.taken {
			t.Errorf("%s: route %d, want %d", line, taken, want.taken)
		} else if rival := r.Rival(host, req.Path(), req, taken); rival != want.rival {
			t.Errorf("%s: the rival is %d, want %d", line, rival, want.rival)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		pattern, query string
		want           bool
	}{
		{"1", "a=1", true},
		{"1", "a=2", false},
		{"1", "b=1", false},
		{"1", "a=2&a=1", true},
		{"1", "a=%31", true},
		{"1", "%61=1", true},
		{"1", "ab=1", false},
		{"", "a", true},
		{"", "a=", true},
		{"*", "a", true},
		{"*", "", false},
		{"*", "&&", false},
		{"x y", "a=x+y", true},
		{"x+y", "a=x%2By", true},
		{"100%", "a=100%", true},
		{"%zz", "a=%zz", true},
		{"a=b", "a=a=b", true},
		{"v*", "a=v2", true},
		{"v*", "a=w2", false},
		{"*2", "a=v2", true},
		{"*2", "a=2v", false},
		{"a*a", "a=a", false},
		{"a*a", "a=aa", true},
		{"*a*b*", "a=xaxbx", true},
		{"*a*b*", "a=xbxax", false},
		{"*ab*ab", "a=ab", false},
		{"**", "a=", true},
	} {
		r := New([]hedge.Route{{Path: "/", Query: has("a", c.pattern)}})
		host, req := ask("GET h/?" + c.query)
		if got := r.Find(host, req.Path(), req) == 0; got != c.want {
			t.Errorf("%q matches a = %q: %v", c.query, c.pattern, got)
		}
	}
	r := New([]hedge.Route{{Path: "/", Headers: append(has("X-A", "a*"), has("X-B", "*")...)}})
	for _, c := range []struct {
		want   bool
		fields []string
	}{
		{true, []string{"x-a", "ab", "X-B", ""}},
		{true, []string{"X-A", "b", "X-A", "a", "X-B", ""}},
		{false, []string{"X-A", "A", "X-B", ""}},
		{false, []string{"X-A", "ab"}},
		{false, nil},
	} {
		host, req := ask("GET h/", c.fields...)
		if got := r.Find(host, req.Path(), req) == 0; got != c.want {
			t.Errorf("%q: %v", c.fields, got)
		}
	}
}

// A WebSocket is one by Request.Upgrade, whatever version of HTTP it came over.
func TestRoutesByUpgrade(t *testing.T) {
	for pattern, want := range map[string]bool{"websocket": true, "WebSocket": true, "*": true, "w*": true, "h2c": false} {
		r := New([]hedge.Route{{Path: "/", Headers: has("upgrade", pattern)}, {Path: "/"}})
		host, req := ask("GET h/")
		if r.Find(host, "/", req) != 1 {
			t.Errorf("a request that asks for no upgrade matches Upgrade = %q", pattern)
		}
		req.Upgrade = httpmsg.WebSocket
		if got := r.Find(host, "/", req) == 0; got != want {
			t.Errorf("a WebSocket matches Upgrade = %q: %v", pattern, got)
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	var routes []hedge.Route
	for i := range 1000 {
		host := fmt.Sprintf("h%d.example.com", i)
		routes = append(routes, hedge.Route{Host: host, Path: "/a/b", Methods: []string{"GET"}, Headers: has("X-A", "a*c"), Query: has("q", "*")},
			hedge.Route{Host: "*." + host, Path: "/"})
	}
	r := New(routes)
	host, req := ask("GET h7.example.com/a/b/c?x=%20&q=1", "X-A", "abc")
	below, plain := ask("GET a.b.h9.example.com/x")
	allocated := testing.AllocsPerRun(100, func() {
		if r.Find(host, "/a/b/c", req) != 14 || r.Rival(host, "/a/b/c", req, 14) != -1 || r.Find(below, "/x", plain) != 19 || r.Find("other", "/x", plain) != -1 {
			t.Error("the wrong route")
		}
	})
	if allocated > 0 {
		t.Errorf("three matches allocate %v times", allocated)
	}
}
