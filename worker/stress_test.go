package worker_test

import (
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

// countGoroutines returns how many there are once those that are ending have ended.
func countGoroutines(t *testing.T) int {
	t.Helper()
	n, same := runtime.NumGoroutine(), 0
	jsapitest.Eventually(t, "the goroutines come to rest", func() bool {
		if now := runtime.NumGoroutine(); now != n {
			n, same = now, 0
		}
		same++
		return same > 1000
	})
	return n
}

func awaitGoroutines(t *testing.T, most int) {
	t.Helper()
	jsapitest.Eventually(t, "no more goroutines are left than there were", func() bool { return runtime.NumGoroutine() <= most })
}

const stressApp = `
let kept = [];
export default { async fetch(request, env, ctx) {
	switch (new URL(request.url).pathname) {
	case "/hello": return new Response("hello");
	case "/echo": return new Response(request.body);
	case "/text": return new Response(await request.text());
	case "/stream": { let n = 0; return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(20000)); if (++n === 10) c.close(); } })); }
	case "/timers": await new Promise((r) => setTimeout(r, 1)); return new Response("slept");
	case "/throw": throw new Error("thrown");
	case "/passed": return fetch("http://origin/");
	case "/later": ctx.waitUntil(new Promise((r) => setTimeout(r, 3))); return new Response("early");
	case "/loop": for (;;);
	case "/greedy": new ArrayBuffer(2 ** 31);
	case "/hungry": for (;;) kept.push(new Array(1000).fill("x"));
	case "/hung": await new Promise(() => {});
	}
} }`

// Everything at once, and apps that come and go meanwhile. Whatever happens to a
// request, it ends, with an outcome that fits it, and leaves nothing behind.
func TestStress(t *testing.T) {
	before := countGoroutines(t)
	var bodies ledger
	f := jsapitest.New(t)
	f.Client = bodies.origin(100_000)
	f.Limits.CPU, f.Limits.Memory, f.Limits.WaitUntil = 30*time.Millisecond, 32<<20, 20*time.Millisecond
	f.Configure = func(cfg *worker.Config) { cfg.Isolates = 3 }
	f.Start()
	app := &swapped{app: f.App(stressApp)}
	targets := []string{"/hello", "/echo", "/text", "/stream", "/timers", "/throw", "/passed", "/later"}
	faults := []string{"/loop", "/greedy", "/hungry", "/hung"}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 40 {
				target := targets[(i+j)%len(targets)]
				if i < 8 && j%10 == 0 {
					target = faults[i%len(faults)]
				}
				stressOne(t, app, &bodies, target, (i+j)%7 == 0)
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			app.swap(f.App(stressApp))
		}
	})
	wg.Wait()
	bodies.awaitBalance(t)
	f.Runtime.Close()
	if stats := f.Runtime.Stats(); stats != (worker.Stats{}) {
		t.Errorf("%+v", stats)
	}
	awaitGoroutines(t, before)
}

func stressOne(t *testing.T, app *swapped, bodies *ledger, target string, goesAway bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req := jsapitest.Request("POST", target)
	req.Body, req.ContentLength = bodies.body(io.LimitReader(zeros{}, 70_000)), 70_000
	if goesAway {
		go cancel()
	}
	res, err := app.RoundTrip(ctx, req)
	if err == nil && res.Body != nil {
		_, err = io.Copy(io.Discard, res.Body)
		res.CloseBody()
	}
	switch outcome := hedge.OutcomeOf(err); outcome {
	case hedge.OutcomeOK, hedge.OutcomeClientGone, hedge.OutcomeIsolateLost:
	case hedge.OutcomeException:
		if target != "/throw" && !goesAway {
			t.Errorf("%s: %v", target, err)
		}
	case hedge.OutcomeHung:
		if target != "/hung" && !goesAway {
			t.Errorf("%s: %v", target, err)
		}
	case hedge.OutcomeExceededCPU, hedge.OutcomeExceededMemory:
		// On a busy machine any request may need long for what should be short.
	default:
		t.Errorf("%s: %s: %v", target, outcome, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// swapped is an app that is replaced now and then, as a deployment does it.
type swapped struct {
	mu  sync.RWMutex // guards app
	app *worker.App
}

func (s *swapped) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	s.mu.RLock()
	app := s.app
	s.mu.RUnlock()
	return app.RoundTrip(ctx, req)
}

func (s *swapped) swap(app *worker.App) {
	s.mu.Lock()
	old := s.app
	s.app = app
	s.mu.Unlock()
	old.Drain()
}
