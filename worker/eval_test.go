package worker_test

import (
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// An app that may make code of strings does, at its start and later; what it makes has the
// limits of all code, and other apps still may not.
func TestEval(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = 100 * time.Millisecond
	f.Start()
	release := f.Release(`const add = new Function("a", "b", "return a + b");` + jsapitest.Handler(`
		const what = new URL(request.url).searchParams.get("eval");
		return new Response(String(add(1, (0, eval)(what))));`))
	release.Eval = true
	app, err := f.Runtime.Load(t.Context(), release)
	if err != nil {
		t.Fatal(err)
	}
	other := f.App(jsapitest.Handler(`return new Response(String(eval("2")));`))
	for _, test := range []struct {
		app     *worker.App
		target  string
		text    string // the answer, or what the error says
		outcome hedge.Outcome
	}{
		{app, "/?eval=2", "3", hedge.OutcomeOK},
		{app, "/?eval=null.x", "TypeError: Cannot read properties of null", hedge.OutcomeException},
		{app, "/?eval=for(;;)%7B%7D", "limits.cpu", hedge.OutcomeExceededCPU},
		{other, "/", "eval = true in hedge.toml", hedge.OutcomeException},
	} {
		_, text, outcome := jsapitest.Do(t, test.app, jsapitest.Request("GET", test.target))
		if !strings.Contains(text, test.text) || outcome != test.outcome {
			t.Errorf("%s: %s: %s; want %s: %s", test.target, outcome, text, test.outcome, test.text)
		}
	}
}
