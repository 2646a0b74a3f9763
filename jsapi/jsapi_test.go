package jsapi_test

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/fetch"
	"hedge/worker"
)

// TestTypeScript runs the tests next to the built-ins, x.test.ts, each file in a
// runtime of its own whose snapshot holds the file too, so that tests reach what
// is internal and run where apps run.
func TestTypeScript(t *testing.T) {
	files, err := filepath.Glob("*/*.test.ts")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests found: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			for _, r := range runFile(t, file) {
				t.Run(r.Name, func(t *testing.T) {
					if r.Error != "" {
						t.Error(r.Error)
					}
				})
			}
		})
	}
}

type result struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

// script bundles the runtime together with a file of tests.
func script(t *testing.T, file string) []byte {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	built := api.Build(api.BuildOptions{
		Stdin: &api.StdinOptions{
			Contents:   `import "./runtime.ts"; import { run } from "./core/testing.ts"; import "./` + file + `"; globalThis.runTests = run;`,
			ResolveDir: dir, Loader: api.LoaderTS,
		},
		Bundle: true, Format: api.FormatIIFE, Target: api.ESNext, Platform: api.PlatformNeutral,
		Outfile: "test.js",
	})
	for _, m := range built.Errors {
		t.Errorf("%v: %s", m.Location, m.Text)
	}
	if t.Failed() {
		t.FailNow()
	}
	return built.OutputFiles[0].Contents
}

func runFile(t *testing.T, file string) []result {
	t.Helper()
	cfg := worker.DefaultConfig()
	cfg.Script = script(t, file)
	cfg.Spares = 0
	cfg.Modules = []worker.Module{fetch.Module(nil)}
	cfg.Console = func(l worker.Line) { t.Logf("%s %s", l.Site, l.Text) }
	rt, err := worker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	limits := hedge.DefaultLimits()
	limits.CPU, limits.Wall, limits.Memory = 30*time.Second, time.Minute, 512<<20
	app, err := rt.Load(context.Background(), &hedge.Release{
		Name: "tests", Main: "tests.js", Limits: limits,
		Modules: []hedge.Module{{Name: "tests.js", Kind: hedge.ModuleJS, Source: []byte(`export default { async fetch() { return new Response(await runTests()) } }`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	res, err := app.RoundTrip(context.Background(), &httpmsg.Request{Method: "GET", Scheme: "http", Authority: "tests", Target: "/", Proto: "HTTP/1.1"})
	if err != nil {
		t.Fatal(err)
	}
	defer res.CloseBody()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var results []result
	if err := json.Unmarshal(body, &results); err != nil || len(results) == 0 {
		t.Fatalf("%v: %.200s", err, body)
	}
	return results
}
