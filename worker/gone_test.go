package worker_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// told is a client for apps in which an origin tells what it was asked, and another
// sends the beginning of an answer.
func told(bodies *ledger) (httpmsg.RoundTripper, <-chan string) {
	heard := make(chan string, 10)
	return httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Authority != "half" {
			heard <- req.Target
			return httpmsg.Text(200, "heard"), nil
		}
		rest := bodies.endless()
		body := struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader("abc\n"), rest), rest}
		return &httpmsg.Response{Status: 200, Body: body, ContentLength: 10}, nil
	}), heard
}

// A client that leaves in the middle of the answer: code gets to know, may do
// something about it, and is not to blame.
func TestClientGoneDuringTheBody(t *testing.T) {
	const (
		listen = `request.signal.addEventListener("abort", () => ctx.waitUntil(fetch("http://told/" + request.signal.reason.name)));`
		stream = `new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode("abc\n".repeat(4096))); }, cancel() { ctx.waitUntil(fetch("http://told/cancelled")); } })`
	)
	for _, c := range []struct{ name, source, heard string }{
		{"passed on", listen + `return fetch("http://half/");`, "/AbortError"},
		{"passed on, with waitUntil", listen + `ctx.waitUntil(Promise.resolve()); return fetch("http://half/");`, "/AbortError"},
		{"passed on through code", listen + `return new Response((await fetch("http://half/")).body.pipeThrough(new TransformStream()));`, "/AbortError"},
		{"made by code", listen + `return new Response(new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode("abc\n".repeat(4096))); } }));`, "/AbortError"},
		{"cancelled", `return new Response(` + stream + `);`, "/cancelled"},
		{"cancelled behind a pipe", `return new Response(` + stream + `.pipeThrough(new TransformStream()));`, "/cancelled"},
		{"cancelled later", `return new Response(new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode("abc\n".repeat(4096))); }, async cancel() { await new Promise((r) => setTimeout(r, 1)); ctx.waitUntil(fetch("http://told/cancelled")); } }));`, "/cancelled"},
		{"throws", `const r = await fetch("http://half/", { signal: request.signal }); return new Response(r.body.pipeThrough(new TransformStream()));`, ""},
	} {
		// Either the exchange's context is first to notice, or its server is.
		for _, closes := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				var bodies ledger
				f := jsapitest.New(t)
				client, heard := told(&bodies)
				f.Client = client
				f.Start()
				app := f.App(jsapitest.Handler(c.source))
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				req := jsapitest.Request("GET", "/")
				res, err := app.RoundTrip(ctx, req)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(res.Body, make([]byte, 4)); err != nil {
					t.Fatal(err)
				}
				leave()
				if !closes {
					if _, err := io.Copy(io.Discard, res.Body); hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
						t.Errorf("the body ends with %v", err)
					}
				}
				res.CloseBody()
				if c.heard != "" {
					jsapitest.Eventually(t, "the origin is told", func() bool { return len(heard) > 0 })
					if got := <-heard; got != c.heard {
						t.Errorf("the origin is told %s, want %s", got, c.heard)
					}
				}
				bodies.awaitBalance(t)
				if e := req.Account.Snapshot(); e.Outcome != "" && e.Outcome != hedge.OutcomeClientGone {
					t.Errorf("the account has %s (%v)", e.Outcome, e.Err)
				}
				if text := f.Console.Text(); text != "" {
					t.Errorf("the app complains: %s", text)
				}
			})
		}
	}
}

// An app that has the request's signal is not kept by it once the answer has been
// delivered.
func TestSignalDoesNotOutliveTheAnswer(t *testing.T) {
	f := jsapitest.New(t)
	var bodies ledger
	f.Client = bodies.origin(1000)
	f.Configure = oneIsolate
	f.Start()
	app := f.App(jsapitest.Handler(`request.signal.addEventListener("abort", () => console.log("aborted")); return fetch("http://origin/");`))
	for range 10 {
		if status, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/")); status != 200 || len(body) != 1000 || outcome != hedge.OutcomeOK {
			t.Errorf("%d, %d bytes, %s", status, len(body), outcome)
		}
	}
	if status, body, outcome := jsapitest.Do(t, app, jsapitest.Request("HEAD", "/")); status != 200 || body != "" || outcome != hedge.OutcomeOK {
		t.Errorf("HEAD: %d %q, %s", status, body, outcome)
	}
	app.Drain()
	jsapitest.Eventually(t, "the isolate is freed", func() bool { return f.Runtime.Stats().Isolates == 0 })
	if text := f.Console.Text(); text != "" {
		t.Errorf("the app says %s", text)
	}
}

// brokenUpload is a request whose client leaves in the middle of its body.
type brokenUpload struct{ io.Reader }

func (brokenUpload) Read([]byte) (int, error) {
	return 0, hedge.Errorf(hedge.OutcomeClientGone, "the client went away")
}
func (brokenUpload) Close() error { return nil }

// Whatever code throws when the client has gone, that is the reason.
func TestClientGoneIsTheCause(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		_, err := io.Copy(&bytes.Buffer{}, req.Body)
		return nil, err
	})
	f.Start()
	for name, source := range map[string]string{
		"read":      `await request.text();`,
		"rethrown":  `try { await request.text(); } catch { throw new RangeError("of its own"); }`,
		"passed on": `return fetch("http://origin/", { method: "POST", body: request.body, duplex: "half" });`,
		"changed":   `return fetch("http://origin/", { method: "POST", body: request.body.pipeThrough(new TransformStream()), duplex: "half" });`,
	} {
		t.Run(name, func(t *testing.T) {
			req := jsapitest.Request("POST", "/")
			req.Body, req.ContentLength = brokenUpload{}, 10
			_, message, outcome := jsapitest.Do(t, f.App(jsapitest.Handler(source)), req)
			if got := req.Account.Snapshot().Outcome; outcome != hedge.OutcomeClientGone || got != outcome {
				t.Errorf("%s: %s; the account says %q", outcome, message, got)
			}
		})
	}
}

func TestClientGoneWhileItWaits(t *testing.T) {
	f := jsapitest.New(t)
	g := newGate()
	f.Client = g
	f.Start()
	app := f.App(jsapitest.Handler(`return fetch("http://gate/", { signal: request.signal });`))
	for range 20 {
		ctx, leave := context.WithCancel(t.Context())
		req := jsapitest.Request("GET", "/")
		go func() {
			<-g.arrived
			leave()
		}()
		_, err := app.RoundTrip(ctx, req)
		if got := req.Account.Snapshot().Outcome; hedge.OutcomeOf(err) != hedge.OutcomeClientGone || got != hedge.OutcomeClientGone {
			t.Errorf("%v; the account says %q", err, got)
		}
	}
}

// An app that settles does what it has left to waitUntil, and is given up when time is over.
func TestSettle(t *testing.T) {
	asked, more := make(chan string, 3), make(chan struct{})
	f := jsapitest.New(t)
	f.Client = httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		asked <- req.Target
		select {
		case <-more:
		case <-ctx.Done():
			return nil, hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "ended")
		}
		return httpmsg.Text(200, ""), nil
	})
	f.Start()
	source := jsapitest.Handler(`if (request.url.endsWith("/closed")) return new Response(); ctx.waitUntil((async () => { await fetch("http://origin/1"); await fetch("http://origin/2"); })()); return new Response("fine");`)
	for _, patient := range []bool{false, true} {
		app := f.App(source)
		jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
		if got := <-asked; got != "/1" {
			t.Fatalf("asked for %s", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		settled := make(chan struct{})
		go func() {
			app.Settle(ctx)
			close(settled)
		}()
		jsapitest.Eventually(t, "the app takes no more", func() bool {
			_, _, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/closed"))
			return outcome != hedge.OutcomeOK
		})
		if patient {
			close(more)
			if got := <-asked; got != "/2" {
				t.Errorf("asked for %s", got)
			}
		} else {
			cancel()
		}
		<-settled
		cancel()
	}
	jsapitest.Eventually(t, "no isolate is left", func() bool { return f.Runtime.Stats().Isolates == 0 })
}
