package wpt

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"hedge"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

const (
	atOnce      = 2                // how many files run at the same time
	timeout     = 5 * time.Second  // how long a file waits for its tests
	longTimeout = 60 * time.Second // and one that asks for more
	origin      = "http://web-platform.test:8000/"
)

// status is what became of a subtest, or, with statusError, of a file.
type status int

// The numbers are testharness.js's own.
const (
	statusPass status = iota
	statusFail
	statusTimeout
	statusNotRun
	statusUnsupported // a feature that the standard makes optional
)

// subtest is the result of one.
type subtest struct {
	Name    string
	Status  status
	Message string
}

// result is that of a file with one of its variants.
type result struct {
	id       string // path and query
	subtests []subtest
	// trouble says why there may be subtests that have no result; "" when there are none.
	trouble string
}

// runFiles runs files, each variant in an isolate of its own.
func runFiles(t *testing.T, tree string, files []file) []result {
	t.Helper()
	files, functions := functionsOf(t, tree, files)
	f := jsapitest.New(t)
	f.Client = behindCache(t, server{tree, &handlers{seen: map[string][]map[string]string{}}})
	f.Limits.CPU, f.Limits.Wall, f.Limits.Memory = 5*time.Minute, 10*time.Minute, 512<<20
	f.Limits.WaitUntil, f.Limits.Subrequests, f.Limits.OpenSubrequests, f.Limits.ResponseBytes = time.Minute, 100_000, 100, 1<<30
	f.Configure = func(cfg *worker.Config) { cfg.Script, cfg.Spares = script(t, tree, functions), 0 }
	f.Start()
	var all []result
	var places []func()
	for _, file := range files {
		for _, variant := range file.variants {
			at := len(all)
			all = append(all, result{id: file.path + variant})
			places = append(places, func() { all[at].run(f, &file, variant) })
		}
	}
	var work sync.WaitGroup
	defer work.Wait()
	queue := make(chan func()) // closed when all have been taken
	for range atOnce {
		work.Go(func() {
			for run := range queue {
				run()
			}
		})
	}
	for _, run := range places {
		queue <- run
	}
	close(queue)
	work.Wait()
	if *showFlag {
		for i := range all {
			all[i].show(t)
		}
	}
	return all
}

// run runs one variant of a file.
func (r *result) run(f *jsapitest.Fixture, file *file, variant string) {
	r.trouble = "it never ended"
	limit := timeout
	if file.long {
		limit = longTimeout
	}
	source := fmt.Sprintf("return new Response(__wpt.run(%q, %q, %q, %d));", file.path, origin+r.id, file.title, limit.Milliseconds())
	app, err := f.Runtime.Load(context.Background(), f.Release(jsapitest.Handler(source)))
	if err != nil {
		r.trouble = err.Error()
		return
	}
	defer app.Close()
	res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/"))
	if err != nil {
		r.trouble = err.Error()
		return
	}
	defer res.CloseBody()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line struct {
			subtest
			End bool
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			r.trouble = err.Error()
			return
		}
		if !line.End {
			r.subtests = append(r.subtests, line.subtest)
		} else if r.trouble = ""; line.Status != statusPass {
			r.trouble = strings.TrimSpace(line.Message)
			if r.trouble == "" {
				r.trouble = "some tests took too long"
			}
		}
	}
	if err := lines.Err(); err != nil {
		r.trouble = fmt.Sprintf("%v (%s)", err, hedge.OutcomeOf(err))
	}
}

// show prints what did not pass.
func (r *result) show(t *testing.T) {
	t.Helper()
	if r.trouble != "" {
		t.Logf("%s: %s", r.id, r.trouble)
	}
	for _, s := range r.subtests {
		if s.Status != statusPass {
			t.Logf("%s: %s: %d %s", r.id, s.Name, s.Status, s.Message)
		}
	}
}

// functionsOf returns the files as functions, and which files these are: those that need
// something which is not in the tree are left out.
func functionsOf(t *testing.T, tree string, files []file) (kept []file, functions []byte) {
	t.Helper()
	for _, file := range files {
		text, err := file.function(tree)
		if err != nil {
			t.Logf("%s is left out: %v", file.path, err)
			continue
		}
		kept, functions = append(kept, file), append(functions, text...)
	}
	return kept, functions
}

// script bundles the runtime with the driver, the harness and the files' functions, none
// of which is run before an isolate is told to.
func script(t *testing.T, tree string, functions []byte) []byte {
	t.Helper()
	built := api.Build(api.BuildOptions{
		EntryPoints: []string{"driver.ts"}, Bundle: true, Format: api.FormatIIFE, Target: api.ESNext,
		Platform: api.PlatformNeutral, Charset: api.CharsetASCII, Outfile: "test.js",
	})
	for _, m := range built.Errors {
		t.Fatalf("%v: %s", m.Location, m.Text)
	}
	harness, err := os.ReadFile(filepath.Join(tree, "resources", "testharness.js"))
	if err != nil {
		t.Fatal(err)
	}
	// The runtime's code is strict, that of the tests is not.
	all := append([]byte("(function () {\n"), built.OutputFiles[0].Contents...)
	all = append(all, "\n})();\n__wpt.harness = function () {\n"+ascii(string(harness))+"\n};\n"...)
	return append(all, functions...)
}
