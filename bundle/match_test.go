package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hedge"
)

func TestParseMatch(t *testing.T) {
	tests := []struct {
		match string
		want  hedge.Route
	}{
		{"/*", hedge.Route{Path: "/"}},
		{"/", hedge.Route{Path: "/", Exact: true}},
		{"/a/*", hedge.Route{Path: "/a"}},
		{"/a", hedge.Route{Path: "/a", Exact: true}},
		{"/a/", hedge.Route{Path: "/a/", Exact: true}},
		{"/a%20b%C3%BC/c;d=1/*", hedge.Route{Path: "/a%20b%C3%BC/c;d=1"}},
		{"a.example.com", hedge.Route{Host: "a.example.com", Path: "/"}},
		{"A.Example.com/*", hedge.Route{Host: "a.example.com", Path: "/"}},
		{"a.example.com/", hedge.Route{Host: "a.example.com", Path: "/", Exact: true}},
		{"*.Example.com/a/*", hedge.Route{Host: "*.example.com", Path: "/a"}},
		{"localhost/b/*", hedge.Route{Host: "localhost", Path: "/b"}},
	}
	for _, test := range tests {
		if got, problem, _ := parseMatch(test.match); problem != "" || !cmp.Equal(got, test.want) {
			t.Errorf("%q is %+v, %q, want %+v", test.match, got, problem, test.want)
		}
	}
	refused := []string{
		"", "*", "a b", "/a//*", "//*", "/a/**", "/*/a", "/a*", "/a/./b", "/..", "/a?b", "/a#b", "/ü", "/a b", "/a\n",
		"/%", "/%2", "/%zz", "/%2f", "/%41", "/%7E", "*/a", "**.example.com", "a.*.example.com", "*.", "a.example.com:80/*", "http://a.example.com/", "-/x",
	}
	for _, match := range refused {
		if got, problem, hint := parseMatch(match); problem == "" || hint == "" {
			t.Errorf("%q is %+v, with the problem %q and the hint %q", match, got, problem, hint)
		}
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"name", "main", "hosts", "upstream", "limits"}
	tests := map[string]string{
		"nmae": "name", "Main": "main", "host": "hosts", "upstraem": "upstream", "limit": "limits",
		"xyz": "", "": "", "name": "", "compatibility_date": "",
	}
	for name, want := range tests {
		if got := nearest(name, candidates); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	tests := map[string]int64{
		"1B": 1, "1KiB": 1024, "1.5MiB": 3 << 19, "2 GB": 2e9, "0.5B": 0,
		"": -1, "B": -1, "1": -1, "1M": -1, "-1B": -1, "1e3B": -1, "1.2.3B": -1, "99999999TiB": -1, "NaNB": -1,
	}
	for text, want := range tests {
		got, ok := ParseSize(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("ParseSize(%q) = %d, want %d", text, got, want)
		}
	}
	for n, want := range map[int]string{0: "0B", 1023: "1023B", 1024: "1KiB", 1536: "1.5KiB", 10 << 20: "10MiB"} {
		if got := formatSize(n); got != want {
			t.Errorf("formatSize(%d) = %q, want %q", n, got, want)
		}
	}
}
