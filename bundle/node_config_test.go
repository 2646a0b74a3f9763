package bundle

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestNodeConfig(t *testing.T) {
	const good = `listen = ":80"
allow_egress = ["10.0.0.0/8", "10.1.0.0/16"]
json = true
redirect_https = false

[[app]]
path = "shop"
cordon = "team_a"

[[app]]
path = "/srv/blog.hedge"
`
	for _, test := range []struct{ name, source, want string }{
		{"complete", good, "listen=:80 allow_egress=10.0.0.0/8 allow_egress=10.1.0.0/16 json=true [{shop team_a} {/srv/blog.hedge }]"},
		{"empty", "", "[]"},
		{"inline apps", `app = [{ path = "shop" }]`, "[{shop }]"},
		{"misspelt key", `lisen = ":80"`, "node.toml:1:1: error: unknown key \"lisen\" at the top of the file\ndid you mean \"listen\"?"},
		{"key of an app's file", `hosts = ["a.example.com"]`, "node.toml:1:1: error: unknown key \"hosts\" at the top of the file\n\"hosts\" belongs into an app's hedge.toml"},
		{"unknown key", `color = "red"`, "node.toml:1:1: error: unknown key \"color\" at the top of the file\nthe keys here are app, listen, allow_egress, json, redirect_https"},
		{"value that is refused", "\nlisten = \"never\"", "node.toml:2:10: error: listen needs another value, not \"never\""},
		{"element that is refused", `allow_egress = ["10.0.0.0/8", "never"]`, "node.toml:1:31: error: allow_egress needs another value, not \"never\""},
		{"type of text", `listen = 80`, "node.toml:1:10: error: this is an integer; it has to be a string\nwrite it in quotes: \"80\""},
		{"type of list", `allow_egress = "10.0.0.0/8"`, "node.toml:1:16: error: this is a string; it has to be an array of strings\nwrite it in brackets: [\"10.0.0.0/8\"]"},
		{"type of flag", `json = "true"`, "node.toml:1:8: error: this is a string; it has to be a boolean\nwrite it without quotes"},
		{"app of one bracket", "[app]\npath = \"shop\"", "node.toml:1:2: error: this is a table; it has to be an array of tables\nwrite two brackets: [[app]]"},
		{"app that is none", `app = ["shop"]`, "node.toml:1:8: error: this is a string; it has to be a table"},
		{"app without a path", "[[app]]\ncordon = \"a\"", "node.toml:1:3: error: the app has no path\nname a release file or an app's folder, as in path = \"shop\""},
		{"key of an app", "[[app]]\npath = \"a\"\ncorden = \"a\"", "node.toml:3:1: error: unknown key \"corden\" in [[app]]\ndid you mean \"cordon\"?"},
		{"name of a cordon", "[[app]]\npath = \"a\"\ncordon = \"a b\"", "node.toml:3:10: error: \"a b\" is not a name for a cordon\na name is 1 to 63 letters, digits, hyphens and underscores"},
		{"duplicate", "json = true\njson = true", "node.toml:2:1: error: \"json\" is already set at line 1"},
		{"syntax", "listen = :80", "node.toml:1:10: error: this is not a value of TOML\nstrings stand in quotes: \":80\""},
		{"not UTF-8", "listen = \"\xff\"", "node.toml: error: the file is not UTF-8: byte 10\nsave the file as UTF-8"},
		{"too large", strings.Repeat("#", maxConfigBytes+1), "node.toml: error: the file has 1MiB; at most 1MiB are read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := readNode(test.source); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// readNode returns what a configuration sets, and its apps, or what is wrong with it.
func readNode(source string) string {
	var set []string
	key := func(name string, kind NodeKind) NodeKey {
		return NodeKey{name, kind, func(value string) error {
			if value == "never" {
				return fmt.Errorf("needs another value, not %q", value)
			}
			set = append(set, name+"="+value)
			return nil
		}}
	}
	apps, err := ReadNodeConfig("node.toml", []byte(source), []NodeKey{
		key("listen", NodeText), key("allow_egress", NodeList), key("json", NodeFlag), key("redirect_https", NodeFlag),
	})
	var failed *BuildError
	if errors.As(err, &failed) {
		lines := []string{}
		for _, d := range failed.Diagnostics {
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s: error: %s\n%s", strings.TrimSuffix(d.place(), ": error"), d.Text, d.Hint), "\n"))
		}
		return strings.Join(lines, "\n")
	}
	return strings.Join(append(set, fmt.Sprint(apps)), " ")
}
