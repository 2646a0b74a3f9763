package worker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/jsapi/jsapitest"
)

// costly are ways to have the host compute for long.
var costly = []struct{ name, body string }{
	{"derived again and again", `
		const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
		for (;;) await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: key && new Uint8Array(8), iterations: 10_000 }, key, 256);`},
	{"derived all at once", `
		const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
		await Promise.all(Array.from({ length: 1000 }, () => crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 10_000 }, key, 256)));`},
	{"compressed", `
		const noise = crypto.getRandomValues(new Uint8Array(65536));
		const endless = new ReadableStream({ pull(c) { c.enqueue(noise); } });
		for await (const _ of endless.pipeThrough(new CompressionStream("gzip")));`},
	{"hashed", `
		const noise = crypto.getRandomValues(new Uint8Array(65536));
		const endless = new ReadableStream({ pull(c) { c.enqueue(noise); } });
		await endless.pipeTo(new crypto.DigestStream("SHA-512"));`},
}

// A request pays for what the host computes for it, and is ended when that is too much.
func TestHostComputes(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = 200 * time.Millisecond
	f.Start()
	for _, test := range costly {
		t.Run(test.name, func(t *testing.T) {
			app := f.App(jsapitest.Handler(`if (request.url.endsWith("/fine")) return new Response("fine");` + test.body))
			req := jsapitest.Request("GET", "/")
			_, message, outcome := jsapitest.Do(t, app, req)
			if outcome != hedge.OutcomeExceededCPU || !strings.Contains(message, "limits.cpu") {
				t.Errorf("%s: %s; want %s", outcome, message, hedge.OutcomeExceededCPU)
			}
			if got := req.Account.Snapshot().CPU; got < f.Limits.CPU {
				t.Errorf("the account says %v", got)
			}
			jsapitest.Want(t, app, jsapitest.Request("GET", "/fine"), "fine")
		})
	}
}

// What the host has computed for a request is gone from what its own code may use, in
// whatever process that runs.
func TestHostComputesOnTheSameAccount(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = time.Second
	f.Start()
	app := f.App(jsapitest.Handler(`
		const [times, then] = request.url.split("/").slice(-2);
		const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
		for (let i = 0; i < times; i++) await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 10_000 }, key, 256);
		if (then === "loop") for (;;);
		return new Response("derived");`))
	spent := func(path string) time.Duration {
		req := jsapitest.Request("GET", path)
		_, _, outcome := jsapitest.Do(t, app, req)
		t.Logf("%s: %s", path, outcome)
		return req.Account.Snapshot().CPU
	}
	ten := spent("/10/answer")
	most := 8 * f.Limits.CPU / ten
	if got := spent(fmt.Sprintf("/%d/loop", most)); got > f.Limits.CPU*14/10 {
		t.Errorf("it used %v of the processor, where %v are the limit and the host used four fifths of them", got, f.Limits.CPU)
	}
}

// What an app has computed while it loads counts, too.
func TestHostComputesAtStart(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.StartupCPU = 100 * time.Millisecond
	f.Start()
	_, err := f.Runtime.Load(t.Context(), f.Release(costly[0].body))
	if hedge.OutcomeOf(err) != hedge.OutcomeExceededCPU || !strings.Contains(err.Error(), "limits.startup_cpu") {
		t.Errorf("%v", err)
	}
}

// An app that has much computed does not keep others from it.
func TestHostComputesByTurns(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.CPU = time.Hour
	f.Start()
	greedy := f.App(jsapitest.Handler(costly[1].body + "return new Response();"))
	modest := f.App(jsapitest.Handler(`return new Response("" + (await crypto.subtle.digest("SHA-256", new Uint8Array(8))).byteLength);`))
	over := make(chan struct{})
	go func() { // ends with the runtime
		defer close(over)
		_, _ = greedy.RoundTrip(t.Context(), jsapitest.Request("GET", "/"))
	}()
	for range 20 {
		jsapitest.Want(t, modest, jsapitest.Request("GET", "/"), "32")
	}
	select {
	case <-over:
		t.Error("others had to wait until all of it was done")
	default:
	}
	greedy.Close()
	<-over
}
