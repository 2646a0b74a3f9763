package tests

import (
	"path/filepath"
	"testing"
)

// What is wrong with a source is shown with its file, line, column and a caret.
func TestFaultsInSources(t *testing.T) {
	for _, c := range []struct{ name, main, want string }{
		{
			"syntax error", "export default {\n\tfetch() { return new Response(\"a\" },\n};\n",
			"main.js:2:36: Expected \")\" but found \"}\"\n" +
				"  2 | \tfetch() { return new Response(\"a\" },\n" +
				"    | \t                                  ^\n",
		},
		{
			"unresolved import", "import { b } from \"./absent.js\";\nexport default { fetch() { return new Response(b); } };\n",
			"main.js:1:19: cannot find \"./absent.js\"\n" +
				"  1 | import { b } from \"./absent.js\";\n" +
				"    |                   ^~~~~~~~~~~~~\n",
		},
		{
			"unresolved package", "import a from \"left-out\";\nexport default a;\n",
			"main.js:1:15: cannot find \"left-out\"\n" +
				"  1 | import a from \"left-out\";\n" +
				"    |               ^~~~~~~~~~\n" +
				"  hint: a file of the app is imported as \"./left-out\"; a package is installed with: npm install left-out\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := app{name: "broken", main: c.main}.write(t)
			release := filepath.Join(t.TempDir(), "broken.hedge")
			for _, command := range []struct {
				args []string
				want string
			}{
				{[]string{"build", dir, "-o", release}, c.want},
				{[]string{"serve", dir, "--listen", "127.0.0.1:0"}, dir + "/" + c.want}, // it serves several
			} {
				if code, output := run(t, command.args...); code != 1 || output != command.want {
					t.Errorf("%s: exit code %d and\n%swant 1 and\n%s", command.args[0], code, output, command.want)
				}
			}
			if exists(release) {
				t.Error("there is a release all the same")
			}
		})
	}
}

// What can be built may still not start.
func TestFaultsAtStart(t *testing.T) {
	for _, c := range []struct{ name, main, want string }{
		{"no handler", "export const fetch = 1;\n", "exports no handler"},
		{"throws", "const a = undefined;\nexport default a.b;\n", "TypeError: Cannot read properties of undefined"},
		{"never ends", "for (;;);\n", "limits.startup_cpu"},
		{"takes all memory", "const a = [];\nfor (;;) a.push(new ArrayBuffer(1 << 24));\n", "limits.memory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := app{name: "broken", main: c.main, config: "[limits]\nstartup_cpu = \"200ms\"\n"}.write(t)
			if code, output := run(t, "serve", dir, "--listen", "127.0.0.1:0"); code != 1 || !contains(output, c.want, dir) {
				t.Errorf("exit code %d and\n%s\nwant 1, the folder, and %q", code, output, c.want)
			}
			p := dev(t, dir)
			at := p.addr()
			p.await("requests get these errors")
			if page := get(t, at, "/"); page.status != 503 || !contains(page.body, c.want) {
				t.Errorf("in development the answer is %d and\n%s\nwant 503 and %q", page.status, page.body, c.want)
			}
			p.mustRun()
		})
	}
}
