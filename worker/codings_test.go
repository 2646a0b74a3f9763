package worker_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// The codings of bodies take memory of the app's, whether code reads a body or passes it on,
// and give it back however that ends. Where it is short, code's own bodies go without.
func TestCodingsTakeTheAppsMemory(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.Memory = 16 << 20 // brotli's largest window takes it all
	var l ledger
	f.Client = httpmsg.RoundTripperFunc(func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{
			Status: 200, Header: httpmsg.NewHeader("Content-Encoding", "br"), ContentLength: -1,
			Body: struct {
				io.Reader
				io.Closer
			}{strings.NewReader("\xCF\xFF\xFF\xFF" + strings.Repeat(".", 1<<20)), l.body(nil)},
		}, nil
	})
	f.Start()
	app := f.App(jsapitest.Handler(`switch (new URL(request.url).pathname) {
		case "/passed": return fetch("http://origin/");
		case "/made": return new Response("made here", { headers: { "content-encoding": "gzip", etag: '"one"' } });
		case "/read": {
			const { body } = await fetch("http://origin/");
			const reader = body.getReader();
			return new Response(new ReadableStream({ async pull(c) { c.enqueue((await reader.read()).value); }, cancel() { return reader.cancel(); } }));
		}
		case "/unpacked": {
			const { body } = await fetch("http://origin/", { headers: { "accept-encoding": "br" } });
			const packed = new Response(new Uint8Array([0xcf, 0xff, 0xff, 0xff, 46])).body;
			await body.cancel();
			const reader = packed.pipeThrough(new DecompressionStream("brotli")).getReader();
			return new Response(new ReadableStream({ async pull(c) { c.enqueue((await reader.read()).value); }, cancel() { return reader.cancel(); } }));
		}
	}`))
	for _, path := range []string{"/passed", "/read", "/unpacked"} {
		res, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", path))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if path != "/unpacked" { // which is at its end
			if got := app.CodingMemory(); got != f.Limits.Memory {
				t.Errorf("%s takes %d bytes", path, got)
			}
			made, err := app.RoundTrip(context.Background(), jsapitest.Request("GET", "/made"))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(made.Body)
			if string(text) != "made here" || err != nil || made.Header.Has("Content-Encoding") || made.Header.Get("ETag") != `W/"one"` {
				t.Errorf("beside %s: %q, %v, %v", path, text, err, made.Header)
			}
			made.Body.Close()
		}
		res.Body.Close()
		jsapitest.Eventually(t, "the memory is given back", func() bool { return app.CodingMemory() == 0 })
	}
	l.awaitBalance(t)
}
