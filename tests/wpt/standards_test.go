package wpt

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const standardsFile = "../../docs/STANDARDS.md"

const standardsHead = `# Standards

Apps are written against the Minimum Common Web API of WinterTC (ECMA-429). This page says how far each standard is kept, by the web's own tests, and what deviates,
with the reason, as ECMA-429 §7 asks for. The READMEs in ` + "`jsapi/`" + ` name what no test looks at. Generated from ` + "`tests/wpt/expect`" + ` by ` + "`make wpt ARGS=-update`" + `.

What is counted are the subtests of the *.any.js files, each in an isolate of its own; a file that ends in trouble counts as one more that fails.

The tests of the Cache API (service-workers/cache-storage) are not among them. There is no ` + "`Cache.keys()`" + `, no ` + "`matchAll()`" + ` without a request, no ` + "`ignoreSearch`" + ` and ` + "`ignoreVary`" + `, and no ` + "`caches.keys()`" + ` and ` + "`caches.has()`" + `: entries are
found by their requests and cannot be listed. What differs besides is in ` + "`jsapi/cache/README.md`" + `.

`

// writeStandards writes docs/STANDARDS.md.
func writeStandards(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(standardsFile, standards(t), 0o644); err != nil {
		t.Fatal(err)
	}
}

// standards is docs/STANDARDS.md: a table of directories, and what deviates in each.
func standards(t *testing.T) []byte {
	t.Helper()
	var table, details strings.Builder
	table.WriteString("| directory | subtests that pass | of | |\n| --- | --- | --- | --- |\n")
	for _, dir := range directories() {
		content, err := os.ReadFile(expectFile(dir))
		if err != nil {
			fmt.Fprintf(&table, "| `%s` | not run | | |\n", dir)
			continue
		}
		var c tally
		if _, err := fmt.Sscanf(string(content), "pass %d of %d", &c.pass, &c.all); err != nil {
			t.Fatalf("%s: %v", expectFile(dir), err)
		}
		fmt.Fprintf(&table, "| `%s` | %d | %d | %.2f %% |\n", dir, c.pass, c.all, 100*float64(c.pass)/float64(c.all))
		want, err := readExpectations(dir)
		if err != nil {
			t.Fatal(err)
		}
		describe(&details, dir, want)
	}
	return []byte(standardsHead + table.String() + details.String())
}

// describe writes what deviates in a directory: for each reason the files.
func describe(b *strings.Builder, dir string, want expectations) {
	byReason := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		at := want[id]
		count := len(at.failing) + at.many
		what := fmt.Sprintf("%s (%d)", strings.TrimPrefix(id, dir+"/"), count)
		if at.trouble != "" {
			what = fmt.Sprintf("%s (%d, and it does not come to its end)", strings.TrimPrefix(id, dir+"/"), count)
		}
		byReason[at.reason] = append(byReason[at.reason], "`"+strings.ReplaceAll(what, " (", "` ("))
	}
	if len(byReason) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n", dir)
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		text := reason
		if text == noReason {
			text = "not looked at yet"
		}
		fmt.Fprintf(b, "- %s: %s\n", text, strings.Join(byReason[reason], ", "))
	}
}

// docs/STANDARDS.md says what is recorded.
func TestStandards(t *testing.T) {
	have, err := os.ReadFile(filepath.FromSlash(standardsFile))
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != string(standards(t)) {
		t.Error("docs/STANDARDS.md is stale: make wpt ARGS=-update writes it")
	}
}
