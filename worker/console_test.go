package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// What an app prints beyond its share is dropped, and one line says how much.
func TestConsoleFlood(t *testing.T) {
	for _, c := range []struct {
		name, body string
		least      int // lines that get through
		dropped    string
	}{
		{"lines", `for (let i = 0; i < 5000; i++) console.log(i);`, 256, " more lines were dropped: an app may print 256 lines and 64 KiB a second"},
		{"bytes", `for (let i = 0; i < 100; i++) console.log("x".repeat(5000));`, 13, " more lines were dropped"},
		{"more than there is memory for", `for (let i = 0; i < 50000; i++) console.log("x".repeat(5000));`, 13, " more lines were dropped"},
		{"rejections", `for (let i = 0; i < 1000; i++) Promise.reject(new Error("x".repeat(i)));`, 20, " more lines were dropped"},
		{"more rejections than there is memory for", `const e = new Error("x".repeat(15000)); for (let i = 0; i < 15000; i++) Promise.reject(e);`, 4, " more lines were dropped"},
		{"little", `for (let i = 0; i < 200; i++) console.log(i);`, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := jsapitest.New(t)
			f.Limits.CPU = 10 * time.Second
			f.Start()
			app := f.App(jsapitest.Handler(c.body + `return new Response("fine");`))
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
			if c.dropped == "" {
				jsapitest.Eventually(t, "all is printed", func() bool { return len(f.Console.All()) == c.least })
				return
			}
			jsapitest.Eventually(t, "it says what was dropped", func() bool { return strings.Contains(f.Console.Text(), c.dropped) })
			lines := f.Console.All()
			if through := len(lines) - 1; through < c.least {
				t.Errorf("%d lines got through, want %d at least", through, c.least)
			}
			var dropped, told int
			for _, line := range lines {
				if strings.Contains(line.Text, "were dropped") && line.Level == worker.LevelWarn {
					told++
					_, _ = fmt.Sscanf(line.Text, "%d", &dropped)
				}
			}
			if told == 0 || dropped == 0 {
				t.Errorf("%d lines tell of %d that are missing", told, dropped)
			}
		})
	}
}

// Stacks that code prints have the places of the app's sources, and no calls of the
// runtime; all else is printed as it is.
func TestStacksInTheConsole(t *testing.T) {
	f := jsapitest.New(t).Start()
	release := f.Release(`function deep() { throw new TypeError("no"); }
export default { async fetch(request) {
  try { deep(); } catch (e) { console.error("failed:", e); console.log({ inner: [e] }); console.log(e.stack); }
  console.trace("here");
  console.log(Object.assign(new Error("more"), { code: 42 }));
  console.log("we met at main.js:1:1\n  at noon (main.js:5)\n    at main.js:99999999999:1\nat 2026-11-28T08:03:05Z");
  return new Response("");
} };`)
	release.Modules[0].SourceMap = []byte(`{"version":3,"sources":["src/a.ts"],"sourcesContent":[""],"names":[],"mappings":"AAAA;AACA;AACA;AACA;AACA"}`)
	app, err := f.Runtime.Load(t.Context(), release)
	if err != nil {
		t.Fatal(err)
	}
	jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "")
	const thrown = "TypeError: no\n    at deep (src/a.ts:1:1)\n    at Object.fetch (src/a.ts:3:1)"
	want := []string{
		"failed: " + thrown,
		"{\n  inner: [\n    " + strings.ReplaceAll(thrown, "\n", "\n    ") + "\n  ]\n}",
		thrown,
		"Trace: here\n    at Object.fetch (src/a.ts:4:1)",
		"Error: more\n    at Object.fetch (src/a.ts:5:1) {\n  code: 42\n}",
		"we met at main.js:1:1\n  at noon (main.js:5)\n    at main.js:99999999999:1\nat 2026-11-28T08:03:05Z",
	}
	for i, line := range f.Console.All() {
		if line.Text != want[i] {
			t.Errorf("line %d is\n%s\nwant\n%s", i, line.Text, want[i])
		}
	}
}

// Who develops an app is told once of what it does in vain; nobody else is.
func TestHints(t *testing.T) {
	for _, hints := range []bool{true, false} {
		f := jsapitest.New(t)
		f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
			return httpmsg.Text(200, "fetched"), nil
		})
		f.Configure = func(cfg *worker.Config) { cfg.Hints = hints }
		f.Start()
		app := f.App(jsapitest.Handler(`await fetch("http://o/", { cf: { cacheTtl: 60 } }); return fetch("http://o/", { cf: {} });`))
		for range 3 {
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fetched")
		}
		lines := f.Console.All()
		if hints && (len(lines) != 1 || !strings.Contains(lines[0].Text, "'cf'") || lines[0].Level != worker.LevelWarn || lines[0].Site != "main.js:2:7") || !hints && len(lines) > 0 {
			t.Errorf("hints %v: %+v", hints, lines)
		}
	}
}

// An app's flood is no other app's.
func TestConsoleFloodIsTheApps(t *testing.T) {
	f := jsapitest.New(t).Start()
	loud := f.App(jsapitest.Handler(`for (let i = 0; i < 500; i++) console.log("loud"); return new Response("");`))
	jsapitest.Want(t, loud, jsapitest.Request("GET", "/"), "")
	quiet := f.App(jsapitest.Handler(`console.log("quiet"); return new Response("");`))
	jsapitest.Want(t, quiet, jsapitest.Request("GET", "/"), "")
	jsapitest.Eventually(t, "the quiet one is heard", func() bool { return strings.Contains(f.Console.Text(), "quiet") })
}
