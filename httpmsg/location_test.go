package httpmsg

import (
	"strings"
	"testing"
)

func TestRewriteLocation(t *testing.T) {
	const origin, public = "https://docs.example.com/v2", "https://www.example.com/docs"
	for _, tt := range []struct{ value, origin, public, want string }{
		{"https://docs.example.com/v2/a?b#c", origin, public, "https://www.example.com/docs/a?b#c"},
		{"https://docs.example.com/v2", origin, public, "https://www.example.com/docs"},
		{"HTTPS://Docs.Example.com:443/v2/", origin, public, "https://www.example.com/docs/"},
		{"//docs.example.com/v2/a", origin, public, "https://www.example.com/docs/a"},
		{"/v2/a?x=http://y", origin, public, "/docs/a?x=http://y"},
		{"https://docs.example.com/v2/a", origin, "/docs", "/docs/a"},
		{"/v2?b", origin, public, "/docs?b"},
		{"https://o.example", "https://o.example", public, "https://www.example.com/docs/"},
		{"https://o.example?x", "https://o.example/", public + "/", "https://www.example.com/docs/?x"},
		{"/", "https://o.example", "/docs", "/docs/"},
		{"/a", "https://o.example:8443", "/", "/a"},
		{"/v2/a", origin, "/", "/a"},
		{"/v2", origin, "https://www.example.com", "/"},
		{"/v2/a/../b", origin, public, "/docs/b"},
		// What stays as it is
		{"a/b", origin, public, "a/b"},
		{"?x", origin, public, "?x"},
		{"#x", origin, public, "#x"},
		{"", origin, public, ""},
		{"/v20/a", origin, public, "/v20/a"},
		{"/v2/../secret", origin, public, "/v2/../secret"},
		{"/v2/%2e%2e/secret", origin, public, "/v2/%2e%2e/secret"},
		{"http://docs.example.com/v2/a", origin, public, "http://docs.example.com/v2/a"},
		{"https://docs.example.com:8443/v2/a", origin, public, "https://docs.example.com:8443/v2/a"},
		{"https://user@docs.example.com/v2/a", origin, public, "https://user@docs.example.com/v2/a"},
		{"https://docs.example.com.evil.example/v2/a", origin, public, "https://docs.example.com.evil.example/v2/a"},
		{"mailto:/v2/a", origin, public, "mailto:/v2/a"},
		// What must not become another host
		{"/v2//evil.example/x", origin, "/", "/.//evil.example/x"},
		{"/v2/\\evil.example/x", origin, "/", "/./\\evil.example/x"},
		{"/v2/\t/evil.example/x", origin, "/", "/./\t/evil.example/x"},
		{"/v2/.//evil.example/x", origin, "/", "/.//evil.example/x"},
	} {
		if got := RewriteLocation(tt.value, tt.origin, tt.public); got != tt.want {
			t.Errorf("%q, %s → %s: got %q, want %q", tt.value, tt.origin, tt.public, got, tt.want)
		}
	}
}

func TestResolveRelative(t *testing.T) {
	for _, tt := range []struct{ path, reference, want string }{
		{"/a/b", "c?d/../e#f", "/a/c?d/../e#f"},
		{"/a/b", "./b/", "/a/b/"},
		{"/a/b/", "c", "/a/b/c"},
		{"/a/b/", "..", "/a/"},
		{"/a/b", "../../../c", "/c"},
		{"/", ".", "/"},
		{"/a/b", "./c:d", "/a/c:d"},
		{"/a//b", "c", "/a//c"},
		{"/a/b", "%63", "/a/c"},
		// What must not become another host
		{"/a", ".//evil.example/x", "/.//evil.example/x"},
		{"/a/b", "..//evil.example/x", "/.//evil.example/x"},
		// What is none
		{"/a/b", "", ""},
		{"/a/b", "?c", ""},
		{"/a/b", "#c", ""},
		{"/a/b", "/c", ""},
		{"/a/b", "//c", ""},
		{"/a/b", "https://c/", ""},
		{"/a/b", "c:d", ""},
		{"/a/b", "c\\d", ""},
		{"/a/b", "..%2fc", ""},
	} {
		if got, ok := ResolveRelative(tt.path, tt.reference); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q from %s: got %q, %v, want %q", tt.reference, tt.path, got, ok, tt.want)
		}
	}
}

func FuzzLocation(f *testing.F) {
	for _, s := range []string{"/v2//x", "https://o.example/v2/a", "//o.example/v2", "/v2/\\x", "/v2/%2e./x", "/v2?//", "..//x", ".//x", "./\\x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		moved := RewriteLocation(value, "https://o.example/v2", "/")
		resolved, _ := ResolveRelative("/a/b", value)
		for _, got := range []string{moved, resolved} {
			if got == value || got == "" {
				continue
			}
			stripped := strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(got)
			if !strings.HasPrefix(stripped, "/") || strings.HasPrefix(stripped, "//") || strings.HasPrefix(stripped, `/\`) {
				t.Fatalf("%q became %q", value, got)
			}
		}
	})
}
