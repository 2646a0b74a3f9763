package worker_test

import (
	"strings"
	"testing"
	"time"

	"hedge/jsapi/jsapitest"
)

// Code that goes on outside of any request, in a timer of a module, may use little: its
// isolate ends, and nothing burns without a request.
func TestCodeOutsideOfRequests(t *testing.T) {
	f := jsapitest.New(t)
	f.Limits.StartupCPU = 200 * time.Millisecond
	f.Start()
	for name, source := range map[string]string{
		"turns": `setInterval(() => { for (let i = 0; i < 1e7; i++); }, 1);`,
		"ops": `const key = crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
			setInterval(async () => crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 10_000 }, await key, 256), 1);`,
	} {
		t.Run(name, func(t *testing.T) {
			app := f.App(source + jsapitest.Handler(`return new Response("fine");`))
			defer app.Close()
			jsapitest.Eventually(t, "no isolate is left", func() bool { return f.Runtime.Stats().Isolates == 0 })
			if said := f.Console.Text(); !strings.Contains(said, "outside of any request") || !strings.Contains(said, "limits.startup_cpu") {
				t.Errorf("the console says %q", said)
			}
			jsapitest.Want(t, app, jsapitest.Request("GET", "/"), "fine")
		})
	}
}
