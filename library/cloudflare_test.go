package library_test

import (
	"testing"

	"hedge/jsapi/jsapitest"
)

// What frameworks build for Cloudflare Workers reads the app's vars, and what the app has
// put beside them, from the env of a module. The handler's own env stays as it was.
func TestEnvOfCloudflareWorkers(t *testing.T) {
	f := jsapitest.New(t).Start()
	app, err := f.Runtime.Load(t.Context(), buildFiles(t, map[string]string{
		"hedge.toml": "name = \"test\"\nmain = \"main.js\"\n[vars]\nGREETING = \"hello\"\n",
		"main.js": `
import { RpcTarget, env } from "cloudflare:workers";
import worker from "./worker.js";
env.ASSETS = { fetch: async (url) => new Response("the file " + url) };
class Api extends RpcTarget {}
export default { fetch: async (request, own) => Response.json([await worker.fetch(), Object.keys(own), new Api() instanceof RpcTarget]) };`,
		"worker.js": `
import { env } from "cloudflare:workers";
import "cloudflare:workers";
export default { fetch: async () => env.GREETING + ", " + await (await env.ASSETS.fetch("/a.css")).text() };`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	_, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
	if want := `["hello, the file /a.css",["GREETING"],true]`; body != want {
		t.Errorf("%s: got\n%s\nwant\n%s", outcome, body, want)
	}
}
