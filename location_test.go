package hedge_test

import (
	"strings"
	"testing"

	"hedge"
)

func TestLocation(t *testing.T) {
	for _, c := range []struct{ template, path, query, want string }{
		{"/new/{rest}", "/old/a/b", "c=d", "/new/a/b?c=d"},
		{"/new/{rest}", "/old", "", "/new/"},
		{"/{path}", "/old/a", "", "/old/a"},
		{"https://{host}/{path}", "/old/a", "c", "https://h.example/old/a?c"},
		{"https://{host}:8443", "/old/a", "", "https://h.example:8443"},
		{"http://x.example/a?b=c", "/old/a", "d=e", "http://x.example/a?b=c"},
		{"http://x.example/a?b=c&{query}", "/old/a", "d=e", "http://x.example/a?b=c&d=e"},
		{"/a?", "/old/a", "d=e", "/a"},
		{"/login?to={path}#form", "/old/a&b=%20", "", "/login?to=old/a%26b%3D%2520#form"},
		{"/a#b", "/old/a", "c", "/a?c#b"},
		{"/{rest}", "/old//evil.example", "", "/.//evil.example"},
		{"/{path}", "//evil.example", "", "/.//evil.example"},
		{"https://x.example/{rest}", "/old//evil.example", "", "https://x.example//evil.example"},
		{"https://x.example{path}", "/old/a", "", ""},
	} {
		location, err := hedge.ParseLocation(c.template)
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.template, err)
			}
			continue
		}
		got := location.Expand(func(placeholder string) string {
			return map[string]string{
				hedge.PlaceholderHost: "h.example", hedge.PlaceholderPath: c.path[1:], hedge.PlaceholderQuery: c.query,
				hedge.PlaceholderRest: strings.TrimPrefix(strings.TrimPrefix(c.path, "/old"), "/"),
			}[placeholder]
		})
		if got != c.want {
			t.Errorf("%s for %s?%s: got %s, want %s", c.template, c.path, c.query, got, c.want)
		}
	}
	for _, template := range []string{"", "a", "//a", "https://", "ftp://a/", "/{x}", "/{rest", "/rest}", "/a b", "/\r\n", "/ü", `/\x`, "https://a.{host}{path}/", "/#{path}", "https://{rest}/", "/{query}"} {
		if _, err := hedge.ParseLocation(template); err == nil {
			t.Errorf("%q is taken for a target", template)
		}
	}
}
