package hedge_test

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hedge/bundle"
	"hedge/cli"
	"hedge/telemetry"
)

var update = flag.Bool("update", false, "write the tables into the documents")

// Tables that a document shows of the code, in the order in which it shows them.
func TestDocuments(t *testing.T) {
	for _, d := range []struct {
		name   string
		tables []string
	}{
		{"ARCHITECTURE.md", []string{partsTable(), reasonsTable(), scriptsTable()}},
		{"CONFIGURATION.md", append(configurationTables(), nodeTable())},
		{"REFERENCE.md", referenceTables()},
	} {
		file := path.Join("docs", d.name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc := string(text)
		for _, table := range d.tables {
			if strings.Contains(doc, table) {
				continue
			}
			if !*update {
				t.Errorf("%s does not show the table of the code; write it with `go test . -update`:\n\n%s", file, table)
			}
			doc = replaceTable(doc, table)
		}
		if *update {
			if err := os.WriteFile(file, []byte(doc), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// nodeTable has the keys of a node's configuration.
func nodeTable() string {
	b := &strings.Builder{}
	b.WriteString("| key of a node | type | the option of `hedge serve` |\n| --- | --- | --- |\n")
	for _, key := range cli.NodeKeys() {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key.Name, key.Type, cell(key.Doc))
	}
	return b.String()
}

// replaceTable puts a table in the place of the one that begins with the same
// line, or at the end.
func replaceTable(doc, table string) string {
	head, _, _ := strings.Cut(table, "\n")
	before, rest, found := strings.Cut(doc, head+"\n")
	if !found {
		return strings.TrimRight(doc, "\n") + "\n\n" + table
	}
	lines := strings.SplitAfter(rest, "\n")
	end := slices.IndexFunc(lines, func(line string) bool { return !strings.HasPrefix(line, "|") })
	return before + table + strings.Join(lines[max(end, 0):], "")
}

// configurationTables has a table for each section of hedge.toml. The first
// column's head names it.
func configurationTables() []string {
	var sections []string
	rows := map[string]*strings.Builder{}
	for _, key := range bundle.Keys() {
		b, ok := rows[key.Section]
		if !ok {
			b = &strings.Builder{}
			sections, rows[key.Section] = append(sections, key.Section), b
			fmt.Fprintf(b, "| %s | type | default | |\n| --- | --- | --- | --- |\n", sectionHead(key.Section))
		}
		value := ""
		if key.Default != "" {
			value = "`" + key.Default + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key.Name, cell(key.Type), value, cell(key.Doc))
	}
	tables := make([]string, len(sections))
	for i, section := range sections {
		tables[i] = rows[section].String()
	}
	return tables
}

// referenceTables are those of what an edge tells about itself.
func referenceTables() []string {
	var metrics, fields strings.Builder
	metrics.WriteString("| metric | type | labels | |\n| --- | --- | --- | --- |\n")
	for _, m := range telemetry.Metrics() {
		fmt.Fprintf(&metrics, "| `%s` | %s | %s | %s |\n", m.Name, m.Kind, code(m.Labels), cell(m.Help))
	}
	fields.WriteString("| field | type | |\n| --- | --- | --- |\n")
	for _, f := range telemetry.Fields() {
		fmt.Fprintf(&fields, "| `%s` | %s | %s |\n", f.Name, f.Type, cell(f.Help))
	}
	return []string{fields.String(), metrics.String(), wordsTable("outcome", telemetry.OutcomeWords()), wordsTable("reason", telemetry.ReasonWords()), wordsTable("cache", telemetry.CacheWords())}
}

func wordsTable(head string, words []telemetry.Word) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | |\n| --- | --- |\n", head)
	for _, w := range words {
		fmt.Fprintf(&b, "| `%s` | %s |\n", w.Name, cell(w.Help))
	}
	return b.String()
}

func sectionHead(section string) string {
	switch section {
	case "":
		return "key"
	case "route":
		return "`[[route]]`"
	default:
		return "`[" + section + "]`"
	}
}

// cell keeps text in one cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", "<br>").Replace(text)
}

// A test that a document names has to be there: folder and function, as in
// `http1.TestContinue`.
func TestNamedTests(t *testing.T) {
	named := regexp.MustCompile("`([a-z0-9/]*)\\.((?:Test|Fuzz|Benchmark)[A-Za-z0-9_]*)`")
	for _, file := range []string{"SECURITY.md", "docs/THREAT-MODEL.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllStringSubmatch(string(text), -1)
		for _, m := range found {
			if !hasTest(t, m[1], m[2]) {
				t.Errorf("%s names the test %s of the folder %q, which is not there", file, m[2], m[1])
			}
		}
		if file == "docs/THREAT-MODEL.md" && len(found) == 0 {
			t.Errorf("%s names no test", file)
		}
	}
}

// hasTest reports whether a folder, "" for the root, has a test function.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(".", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "\nfunc "+name+"(")
	})
}
