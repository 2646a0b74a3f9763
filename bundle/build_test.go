package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hedge"
	"hedge/sourcemap"
)

func build(t *testing.T, dir string) *hedge.Release {
	t.Helper()
	r, _, err := Build(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// appOfKinds is an app with every kind of file that can be imported.
func appOfKinds(t *testing.T) []archiveFile {
	_, files := readCase(t, "testdata/cases/build-kinds.txt")
	return files
}

func TestBuildsOfOneSourceAreEqual(t *testing.T) {
	files := appOfKinds(t)
	dirA, dirB := writeApp(t, files), writeApp(t, files)
	a, b := build(t, dirA), build(t, dirB)
	if a.Dir != dirA || b.Dir != dirB {
		t.Errorf("Dir is %s and %s", a.Dir, b.Dir)
	}
	a.Dir, b.Dir = "", ""
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("builds in two folders differ\n%s", diff)
	}
	for _, m := range a.Modules {
		for _, data := range [][]byte{m.Source, m.SourceMap} {
			if bytes.Contains(data, []byte(filepath.Dir(dirA))) {
				t.Errorf("%s contains the path of the app's folder", m.Name)
			}
		}
	}
}

func TestIDDependsOnContent(t *testing.T) {
	files := []archiveFile{
		{"hedge.toml", "name = \"shop\"\nmain = \"index.js\"\n"},
		{"index.js", "export default {};\n"},
	}
	dir := writeApp(t, files)
	seen := map[string]string{build(t, dir).ID: "the first"}
	changes := []archiveFile{
		{"index.js", "export default { a: 1 };\n"},
		{"hedge.toml", "name = \"shop2\"\nmain = \"index.js\"\n"},
		{"hedge.toml", "name = \"shop\"\nmain = \"index.js\"\nlimits.cpu = \"1ms\"\n"},
		{"hedge.toml", "name = \"shop\"\nmain = \"index.js\"\nvars.A = \"1\"\n"},
	}
	for _, c := range changes {
		writeFile(t, filepath.Join(dir, c.name), c.content)
		id := build(t, dir).ID
		if other, ok := seen[id]; ok {
			t.Errorf("%q has the ID of %q", c.content, other)
		}
		seen[id] = c.content
	}
}

func TestVarsOverride(t *testing.T) {
	dir := writeApp(t, []archiveFile{
		{"hedge.toml", "name = \"shop\"\nmain = \"index.js\"\n[vars]\nA = \"1\"\nB = \"2\"\n"},
		{"index.js", ""},
	})
	r, _, err := Build(t.Context(), Options{Dir: dir, Vars: map[string]string{"B": "x", "C": "y"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"A": "1", "B": "x", "C": "y"}, r.Vars); diff != "" {
		t.Error(diff)
	}
	if _, _, err := Build(t.Context(), Options{Dir: dir, Vars: map[string]string{"a-b": ""}}); err == nil {
		t.Error("no error for the name a-b")
	}
}

func TestSourceMapLeadsToSource(t *testing.T) {
	dir := writeApp(t, []archiveFile{
		{"hedge.toml", "name = \"shop\"\nmain = \"src/index.ts\"\n"},
		{"src/index.ts", "type A = number;\nexport default { fetch(): A {\n\tthrow new Error(\"here\");\n} };\n"},
	})
	main := build(t, dir).Modules[0]
	m, err := sourcemap.Parse(main.SourceMap)
	if err != nil {
		t.Fatal(err)
	}
	lines := sourcemap.Lines(string(main.Source))
	i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "new Error") })
	p, ok := m.Find(i+1, 1+strings.Index(lines[i], "new Error"))
	if want := (sourcemap.Position{File: "src/index.ts", Line: 3, Column: 8}); !ok || p != want {
		t.Errorf("position %+v, want %+v", p, want)
	}
	content, ok := m.SourceContent(p.File)
	if !ok || content[2] != "\tthrow new Error(\"here\");" {
		t.Errorf("content %q", content)
	}
}

func TestSizeLimit(t *testing.T) {
	dir := writeApp(t, []archiveFile{
		{"hedge.toml", "name = \"shop\"\nmain = \"index.js\"\n"},
		{"index.js", "import a from './a.txt'; import b from './b.txt'; import c from './c.wasm'; export default [a, b, c];"},
		{"a.txt", strings.Repeat("a", 6<<20)},
		{"b.txt", "b"},
		{"c.wasm", "\x00asm\x01\x00\x00\x00" + strings.Repeat("\x00", 5<<20)},
	})
	_, _, err := Build(t.Context(), Options{Dir: dir})
	want := "index.js: the bundle has 11MiB; at most 10MiB are allowed\n" +
		"  hint: the largest parts are\n" +
		"              6MiB  a.txt\n" +
		"              5MiB  c.wasm\n"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestFolderThatDoesNotExist(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nowhere")
	_, _, err := Build(t.Context(), Options{Dir: dir})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	e := &BuildError{}
	for i := range maxPrinted + 5 {
		e.Diagnostics = append(e.Diagnostics, Diagnostic{File: fmt.Sprint(i), Text: "wrong"})
	}
	if got := e.Error(); !strings.HasSuffix(got, "19: wrong\n\n… and 5 more errors") {
		t.Error(got)
	}
}

func TestRebuild(t *testing.T) {
	dir := writeApp(t, []archiveFile{
		{"hedge.toml", "name = \"shop\"\nmain = \"index.ts\"\n"},
		{"index.ts", "import { a } from './a';\nexport default { fetch: () => a };\n"},
		{"a.ts", "export const a = 'first';\n"},
		{"other.ts", "export default { fetch: () => 'other' };\n"},
	})
	b := NewBuilder(Options{Dir: dir})
	defer b.Close()
	steps := []struct {
		name          string
		change        archiveFile
		output, error string
	}{
		{"first", archiveFile{"README", ""}, "first", ""},
		{"a source changes", archiveFile{"a.ts", "export const a = 'second';\n"}, "second", ""},
		{"a source breaks", archiveFile{"a.ts", "export const a = ;\n"}, "", "a.ts:1:18"},
		{"a source is mended", archiveFile{"a.ts", "export const a = 'third';\n"}, "third", ""},
		{"the configuration breaks", archiveFile{"hedge.toml", "name = 1"}, "", "hedge.toml:1:8"},
		{"the main changes", archiveFile{"hedge.toml", "name = \"shop\"\nmain = \"other.ts\"\n"}, "other", ""},
	}
	for _, s := range steps {
		writeFile(t, filepath.Join(dir, s.change.name), s.change.content)
		r, _, err := b.Rebuild(t.Context())
		if s.error != "" {
			if err == nil || !strings.Contains(err.Error(), s.error) {
				t.Errorf("%s: error %v, want %q", s.name, err, s.error)
			}
		} else if err != nil || !bytes.Contains(r.Modules[0].Source, []byte(s.output)) {
			t.Errorf("%s: error %v, or the output is not %q", s.name, err, s.output)
		}
	}
}

func TestInputs(t *testing.T) {
	dir := writeApp(t, []archiveFile{
		{"hedge.toml", "name = \"shop\"\nmain = \"src/index.ts\"\n"},
		{"src/index.ts", "import { a } from './a';\nimport 'pkg';\nimport w from './w.wasm';\nimport t from './t.txt';\nexport default [a, w, t];\n"},
		{"src/a.ts", "export const a = 1;\n"},
		{"src/unrelated.ts", ""},
		{"src/w.wasm", "\x00asm\x01\x00\x00\x00"},
		{"src/t.txt", ""},
		{"node_modules/pkg/index.js", "export const p = 1;\n"},
	})
	b := NewBuilder(Options{Dir: dir})
	defer b.Close()
	inputs := func() []string {
		var out []string
		for _, path := range b.Inputs() {
			rel, err := relative(dir, path)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, rel)
		}
		return out
	}
	if _, _, err := b.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"hedge.toml", "node_modules/.package-lock.json", "package.json",
		"src/a.ts", "src/index.ts", "src/t.txt", "src/w.wasm", "tsconfig.json",
	}
	if diff := cmp.Diff(want, inputs()); diff != "" {
		t.Error(diff)
	}

	t.Run("after a failure they include what is missing", func(t *testing.T) {
		writeFile(t, filepath.Join(dir, "src/index.ts"), "import './later';\n")
		if _, _, err := b.Rebuild(t.Context()); err == nil {
			t.Fatal("no error")
		}
		for _, name := range []string{"hedge.toml", "src/index.ts", "src/later.ts", "src/later.js"} {
			if !slices.Contains(inputs(), name) {
				t.Errorf("no %s in %q", name, inputs())
			}
		}
	})
	t.Run("without a main they include the configuration", func(t *testing.T) {
		writeFile(t, filepath.Join(dir, "hedge.toml"), "")
		if _, _, err := b.Rebuild(t.Context()); err == nil {
			t.Fatal("no error")
		}
		if !slices.Contains(inputs(), "hedge.toml") {
			t.Errorf("no hedge.toml in %q", inputs())
		}
	})
}

func TestRebuildEndsWithItsContext(t *testing.T) {
	dir := writeApp(t, []archiveFile{{"hedge.toml", "name = \"shop\"\nmain = \"index.js\"\n"}, {"index.js", ""}})
	b := NewBuilder(Options{Dir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := b.Rebuild(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, _, err := b.Rebuild(t.Context()); err != nil {
		t.Errorf("the build after a cancelled one: %v", err)
	}
	b.Close()
	b.Close()
	if _, _, err := b.Rebuild(t.Context()); err == nil {
		t.Error("a closed builder builds")
	}
}

// BenchmarkRebuild100 changes one module of an app of a hundred and builds it.
func BenchmarkRebuild100(b *testing.B) {
	const modules = 100
	files := []archiveFile{{"hedge.toml", "name = \"shop\"\nmain = \"src/m0.ts\"\n"}}
	body := strings.Repeat("export function f(a: number): string { return `${a + 1} is more`; }\n", 1)
	for i := range modules {
		source := fmt.Sprintf("export const value%d: number = %d;\n", i, i)
		if i+1 < modules {
			source = fmt.Sprintf("import { value%d } from './m%d';\nexport const value%d: number = value%d + 1;\n", i+1, i+1, i, i+1)
		}
		for j := range 40 {
			source += strings.Replace(body, "f(", fmt.Sprintf("f%d(", j), 1)
		}
		if i == 0 {
			source += "export default { fetch: () => new Response(String(value0)) };\n"
		}
		files = append(files, archiveFile{fmt.Sprintf("src/m%d.ts", i), source})
	}
	dir := writeApp(b, files)
	builder := NewBuilder(Options{Dir: dir})
	defer builder.Close()
	if _, _, err := builder.Rebuild(b.Context()); err != nil {
		b.Fatal(err)
	}
	changed := files[modules/2]
	for n := 0; b.Loop(); n++ {
		writeFile(b, filepath.Join(dir, changed.name), fmt.Sprintf("%sconsole.log(%d);\n", changed.content, n))
		if _, _, err := builder.Rebuild(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// In a repository of several apps, packages are installed above the app's folder.
func TestPackagesAboveTheFolder(t *testing.T) {
	files := []archiveFile{
		{"apps/shop/hedge.toml", "name = \"shop\"\nmain = \"index.js\"\n"},
		{"apps/shop/index.js", "import { p } from 'pkg';\nexport default p;\n"},
		{"node_modules/pkg/index.js", "export const p = 1;\n"},
	}
	a := build(t, filepath.Join(writeApp(t, files), "apps/shop"))
	b := build(t, filepath.Join(writeApp(t, files), "apps/shop"))
	if a.ID != b.ID {
		t.Errorf("IDs %s and %s of builds in two folders", a.ID, b.ID)
	}
	if !bytes.Contains(a.Modules[0].SourceMap, []byte(`"../../node_modules/pkg/index.js"`)) {
		t.Errorf("source map %s", a.Modules[0].SourceMap)
	}
}

func TestFolderThroughSymbolicLink(t *testing.T) {
	dir := writeApp(t, appOfKinds(t))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if a, b := build(t, dir), build(t, link); a.ID != b.ID {
		t.Errorf("IDs %s and %s", a.ID, b.ID)
	}
}
