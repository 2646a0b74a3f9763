package timers_test

import (
	"testing"
	"time"

	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// A timer that has been cleared, has run, or has ended with its request keeps nothing in
// memory, though it would only be due in an hour and another one comes before it.
func TestTimersAreLetGo(t *testing.T) {
	const ahead = `setInterval(() => {}, 60e3);`
	for name, tt := range map[string]struct {
		before, body string
		requests     int
	}{
		"cleared":                    {ahead, `for (let i = 0; i < 200; i++) clearTimeout(later());`, 40},
		"cleared, an interval":       {ahead, `for (let i = 0; i < 200; i++) clearInterval(later(setInterval));`, 40},
		"ended with their request":   {ahead, `for (let i = 0; i < 200; i++) later();`, 40},
		"cleared, in a long request": {ahead, `for (let i = 0; i < 8000; i++) clearTimeout(later());`, 1},
		"behind one of the request":  {"", `setTimeout(() => {}, 60e3); for (let i = 0; i < 8000; i++) clearTimeout(later());`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := jsapitest.New(t)
			f.Limits.Memory, f.Limits.CPU = 16<<20, time.Minute
			f.Configure = func(cfg *worker.Config) { cfg.Isolates = 1 }
			f.Start()
			app := f.App(tt.before + `
				const f = () => {};
				function later(set = setTimeout) { const large = new Array(1000).fill(0); return set(() => large, 3.6e6); }
				` + jsapitest.Handler(tt.body+` return new Response("done");`))
			for range tt.requests {
				if jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "done"); t.Failed() {
					break
				}
			}
		})
	}
}
