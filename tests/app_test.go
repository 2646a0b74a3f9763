package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hedge"
)

// app is the folder of an app that a test makes.
type app struct {
	name  string
	hosts []string
	// config follows name, main and hosts in hedge.toml.
	config string
	// main is the source of main.js; an app without it is routes alone.
	main string
	// egress is for apps of an edge in the test's process.
	egress hedge.Egress
}

// write writes the app's files and returns its folder.
func (a app) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	toml := fmt.Sprintf("name = %q\n", a.name)
	if a.main != "" {
		toml += "main = \"main.js\"\n"
		writeFile(t, filepath.Join(dir, "main.js"), a.main)
	}
	if len(a.hosts) > 0 {
		toml += `hosts = ["` + strings.Join(a.hosts, `", "`) + "\"]\n"
	}
	writeFile(t, filepath.Join(dir, "hedge.toml"), toml+a.config)
	return dir
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

// paths is the source of an app that has a function body for each path, with
// request, env, ctx and url in scope.
func paths(bodies map[string]string) string {
	var b strings.Builder
	b.WriteString("const paths = {\n")
	for path, body := range bodies {
		fmt.Fprintf(&b, "%q: async (request, env, ctx, url) => {\n%s\n},\n", path, body)
	}
	b.WriteString("};\nexport default { fetch(request, env, ctx) { const url = new URL(request.url); return paths[url.pathname](request, env, ctx, url); } };\n")
	return b.String()
}

// answers is the source of an app that always answers with a text.
func answers(text string) string {
	return fmt.Sprintf("export default { fetch() { return new Response(%q); } };\n", text)
}

// proxy is an app that is one route, to an origin.
func proxy(name, origin string, hosts ...string) app {
	return app{name: name, hosts: hosts, config: fmt.Sprintf("[[route]]\nmatch = \"/*\"\nto = \"upstream:origin\"\n[upstream.origin]\ntargets = [%q]\n", origin)}
}
