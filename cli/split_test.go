package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// Weights are of all sides: what one that is left out has by then, nobody sees.
func TestSplitSet(t *testing.T) {
	app := newApp(t, map[string]string{"hedge.toml": `
name = "shop"
[[route]]
match = "/*"
to = "split:home"
[split.home]
sides = { old = 95, new = 5 }
[upstream.old]
targets = ["http://127.0.0.1:1"]
[upstream.new]
targets = ["http://127.0.0.1:2"]
`})
	socket := filepath.Join(t.TempDir(), "s")
	get(t, start(t, "serve", app, "--listen", "127.0.0.1:0", "--admin", socket).url()) // from then on there is the socket
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"set home new=25", exitFailure, `the split "home" has the side "old", whose weight is missing`},
		{"set home old=75 new=25 old=1", exitUsage, `the side "old" has two weights`},
		{"show home", exitOK, "old               95.00%"},
		{"set home old=75 new=25", exitOK, "new               25.00%"},
		{"show --app blog", exitFailure, `there is no split of an app "blog" here`},
	} {
		code, stdout, stderr := run(t, append([]string{"split", "--admin", socket}, strings.Fields(test.args)...)...)
		if code != test.code || !strings.Contains(stdout+stderr, test.want) {
			t.Errorf("hedge split %s: %d %s%s; want %d and %q", test.args, code, stdout, stderr, test.code, test.want)
		}
	}
}
