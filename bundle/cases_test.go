package bundle

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hedge"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// archiveFile is a file of a case.
type archiveFile struct{ name, content string }

// readCase reads a case: a comment, and files that each start with a line
// "-- NAME --".
func readCase(t *testing.T, path string) (comment string, files []archiveFile) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(source)) {
		name, isName := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if name, ok := strings.CutSuffix(name, " --"); ok && isName {
			files = append(files, archiveFile{name: name})
		} else if len(files) == 0 {
			comment += line
		} else {
			files[len(files)-1].content += line
		}
	}
	return comment, files
}

// writeApp writes files into a new folder. A file NAME.hex is written as NAME,
// decoded.
func writeApp(t testing.TB, files []archiveFile) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "my-shop")
	for _, f := range files {
		writeFile(t, filepath.Join(dir, f.name), f.content)
	}
	return dir
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if name, ok := strings.CutSuffix(path, ".hex"); ok {
		data, err := hex.DecodeString(strings.TrimSpace(content))
		if err != nil {
			t.Fatal(err)
		}
		path, content = name, string(data)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// testLibrary stands for that of a build of Hedge.
func testLibrary() map[string]string {
	return map[string]string{
		"cloudflare:workers": `export const env = {};`,

		"hedge:absent":  `export const absent = (module) => ({ "what stands in for": module });`,
		"hedge:html":    `export class HTMLRewriter {}`,
		"hedge:runtime": `export { inspect } from "hedge:runtime";`,
		"hedge:words":   `export const word = "of the library";`,
		"node:events":   `module.exports = class EventEmitter {};`,
		"node:util":     `const { inspect } = require("hedge:runtime"); module.exports = { inspect, EventEmitter: require("node:events") };`,
	}
}

// TestCases builds the apps in testdata/cases. The last file of each, "want", is
// what building it prints.
func TestCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			comment, files := readCase(t, path)
			i := slices.IndexFunc(files, func(f archiveFile) bool { return f.name == "want" })
			want := ""
			if i >= 0 {
				want, files = files[i].content, files[:i]
			}
			dir := writeApp(t, files)
			release, report, err := Build(t.Context(), Options{Dir: dir, Modules: []string{"hedge:route"}, Library: testLibrary()})
			got := strings.ReplaceAll(dump(t, release, report, err), dir, "DIR")
			if *update {
				rewriteCase(t, path, comment, files, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func rewriteCase(t *testing.T, path, comment string, files []archiveFile, want string) {
	var b strings.Builder
	b.WriteString(comment)
	for _, f := range append(files, archiveFile{"want", want}) {
		fmt.Fprintf(&b, "-- %s --\n%s", f.name, f.content)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// dump prints the outcome of a build.
func dump(t *testing.T, r *hedge.Release, report *Report, err error) string {
	if err != nil {
		if e := (*BuildError)(nil); !errors.As(err, &e) {
			t.Errorf("%v is a %T, not a BuildError", err, err)
		}
		return err.Error() + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "name %s\n", r.Name)
	for _, h := range r.Hosts {
		fmt.Fprintf(&b, "host %s\n", h)
	}
	for _, route := range r.Routes {
		line, err := json.Marshal(describeRoute(route))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "route %s\n", line)
	}
	for _, name := range sortedKeys(r.Upstreams) {
		u := r.Upstreams[name]
		fmt.Fprintf(&b, "upstream %s %v %s\n", name, u.Targets, u.Host)
		u.Targets, u.Host = nil, ""
		if !reflect.ValueOf(u).IsZero() {
			fmt.Fprintf(&b, "    %+v\n", u)
		}
	}
	for _, name := range sortedKeys(r.Splits) {
		s := r.Splits[name]
		fmt.Fprintf(&b, "split %s %+v %s\n", name, s.Sides, s.Sticky)
		if s.Ramp != nil {
			fmt.Fprintf(&b, "    %+v\n", *s.Ramp)
		}
	}
	for _, name := range sortedKeys(r.RateLimits) {
		fmt.Fprintf(&b, "rate limit %s %+v\n", name, r.RateLimits[name])
	}
	for _, name := range sortedKeys(r.Vars) {
		fmt.Fprintf(&b, "var %s=%s\n", name, r.Vars[name])
	}
	if r.Limits != (hedge.Limits{}) {
		fmt.Fprintf(&b, "limits %+v\n", r.Limits)
	}
	for _, network := range r.Egress.Networks {
		fmt.Fprintf(&b, "egress %s\n", network)
	}
	for _, host := range r.Egress.Hosts {
		fmt.Fprintf(&b, "egress %s\n", host)
	}
	for _, w := range report.Warnings {
		fmt.Fprintf(&b, "warning %s", w)
	}
	for _, m := range r.Modules {
		fmt.Fprintf(&b, "module %s %s, %d bytes\n", m.Kind, m.Name, len(m.Source))
		if m.Kind == hedge.ModuleJS {
			b.Write(m.Source)
		}
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
