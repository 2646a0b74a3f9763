package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkReload100 measures the time from saving a file of an app of 100 modules
// until a request gets the new version.
func BenchmarkReload100(b *testing.B) {
	const modules = 100
	files := map[string]string{"hedge.toml": config}
	var imports, sum strings.Builder
	for i := range modules - 1 {
		name := fmt.Sprintf("lib/m%d.ts", i)
		files[name] = moduleSource(i, 0)
		fmt.Fprintf(&imports, "import { value as v%d } from \"./%s\";\n", i, name)
		fmt.Fprintf(&sum, " + v%d()", i)
	}
	files["main.js"] = imports.String() + "export default { fetch() { return new Response(String(0" + sum.String() + ")); } };\n"
	dir := newApp(b, files)
	p, url := startDev(b, dir)
	_, before := get(b, url)
	changed := filepath.Join(dir, "lib", "m50.ts")
	for n := 1; b.Loop(); n++ {
		write(b, changed, moduleSource(50, n))
		p.await("reloaded in")
		if _, now := get(b, url); now == before {
			b.Fatal("the old version is served")
		} else {
			before = now
		}
	}
}

// moduleSource is a module of some 60 lines.
func moduleSource(i, value int) string {
	var s strings.Builder
	for f := range 10 {
		fmt.Fprintf(&s, "export function helper%d_%d(list: number[]): number {\n  let sum = 0;\n  for (const item of list) {\n    sum += item * %d;\n  }\n  return sum;\n}\n", i, f, f)
	}
	fmt.Fprintf(&s, "export function value(): number {\n  return helper%d_3([%d]);\n}\n", i, value)
	return s.String()
}
