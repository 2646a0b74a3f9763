package jsapi_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"hedge"
	"hedge/jsapi"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// TestTypeScript runs the tests next to the built-ins, x.test.ts, each file in a
// fresh isolate. They are bundled with the runtime, so that they reach what is
// internal and run where apps run.
func TestTypeScript(t *testing.T) {
	files, err := filepath.Glob("*/*.test.ts")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests found: %v", err)
	}
	f := jsapitest.New(t)
	f.Limits.CPU, f.Limits.Wall, f.Limits.Memory = 30*time.Second, time.Minute, 512<<20
	f.Configure = func(cfg *worker.Config) { cfg.Script, cfg.Spares = script(t, files), 0 }
	f.Start()
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			app := f.App(jsapitest.Handler(`return new Response(await runTests("` + file + `"));`))
			defer app.Close()
			_, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
			if outcome != hedge.OutcomeOK {
				t.Fatalf("%s: %s", outcome, body)
			}
			report(t, body)
		})
	}
}

// Two features never share an op's number: the runtime would give one the calls of the other.
func TestOpsHaveNumbersOfTheirOwn(t *testing.T) {
	owners := map[uint32]string{}
	for _, m := range jsapi.All(jsapi.Services{}) {
		for _, op := range m.Ops {
			if other := owners[op.Code]; other != "" {
				t.Errorf("%s and %s both have the number %d", other, op.Name, op.Code)
			}
			owners[op.Code] = op.Name
		}
	}
}

// report makes a subtest of each result.
func report(t *testing.T, body string) {
	var results []struct{ Name, Error string }
	if err := json.Unmarshal([]byte(body), &results); err != nil || len(results) == 0 {
		t.Fatalf("%v: %.200s", err, body)
	}
	for _, r := range results {
		t.Run(r.Name, func(t *testing.T) {
			if r.Error != "" {
				t.Error(r.Error)
			}
		})
	}
}

// script bundles the runtime together with files of tests, which are not run
// before runTests is called.
func script(t *testing.T, files []string) []byte {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var entry strings.Builder
	entry.WriteString(`import "./runtime.ts"; import { run } from "./core/testing.ts"; const files = {`)
	for _, file := range files {
		entry.WriteString(`"` + file + `": () => require("./` + file + `"),`)
	}
	entry.WriteString(`}; globalThis.runTests = (file) => { files[file](); return run(); };`)
	built := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: entry.String(), ResolveDir: dir, Loader: api.LoaderJS},
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
