package library_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/bundle"
	"hedge/jsapi"
	"hedge/jsapi/jsapitest"
	"hedge/library"
	"hedge/worker"
)

// build bundles testdata/NAME.ts as an app.
func build(t testing.TB, name string) *hedge.Release {
	t.Helper()
	files := map[string]string{"hedge.toml": "name = \"test\"\nmain = \"" + name + ".ts\"\n[vars]\nGREETING = \"hello\"\n"}
	for _, file := range []string{"testdata/" + name + ".ts", "../jsapi/core/testing.ts"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(file)] = string(source)
	}
	return buildFiles(t, files)
}

// buildFiles bundles an app of these files.
func buildFiles(t testing.TB, files map[string]string) *hedge.Release {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	release, _, err := bundle.Build(t.Context(), bundle.Options{Dir: dir, Modules: jsapi.Modules(), Library: library.Modules()})
	if err != nil {
		t.Fatal(err)
	}
	release.Limits = hedge.DefaultLimits()
	release.Limits.Memory = 256 << 20
	release.Limits.CPU = 20 * time.Second // the race detector, and a busy machine
	return release
}

// Each module may be the first that an app loads, and the only one.
func TestEachModuleAlone(t *testing.T) {
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Spares = 0 }
	f.Start()
	for name := range library.Modules() {
		if name == "hedge:runtime" || name == "hedge:absent" {
			continue // which are not for apps
		}
		t.Run(name, func(t *testing.T) {
			app, err := f.Runtime.Load(t.Context(), buildFiles(t, map[string]string{
				"hedge.toml": "name = \"test\"\nmain = \"main.js\"\n",
				"main.js":    "import * as module from \"" + name + "\";\nexport default { fetch: () => new Response(Object.keys(module.default ?? module).join()) };",
			}))
			if err != nil {
				t.Fatal(err)
			}
			defer app.Close()
			if _, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); body == "" {
				t.Errorf("it is empty: %s", outcome)
			}
		})
	}
}

// TestModules runs the tests in testdata, each file as an app in a fresh isolate.
func TestModules(t *testing.T) {
	if len(library.Modules()) == 0 {
		t.Fatal("the library is empty: run `npm ci` and `make generate` in the repository, as `make test` does")
	}
	files, err := filepath.Glob("testdata/*.test.ts")
	if err != nil || len(files) == 0 {
		t.Fatal("no tests", err)
	}
	f := jsapitest.New(t)
	f.Configure = func(cfg *worker.Config) { cfg.Spares = 0 }
	f.Start()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".ts")
		t.Run(name, func(t *testing.T) {
			app, err := f.Runtime.Load(t.Context(), build(t, name))
			if err != nil {
				t.Fatal(err)
			}
			defer app.Close()
			_, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
			var results []struct{ Name, Error string }
			if err := json.Unmarshal([]byte(body), &results); err != nil || len(results) == 0 {
				t.Fatalf("%v: %s: %.400s", err, outcome, body)
			}
			for _, r := range results {
				t.Run(r.Name, func(t *testing.T) {
					if r.Error != "" {
						t.Error(r.Error)
					}
				})
			}
		})
	}
}
