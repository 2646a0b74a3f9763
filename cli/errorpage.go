package cli

import (
	"html"

	"hedge"
)

// errorPage is an app that says, in plain text or on a page, why the real one
// cannot be served yet.
func errorPage(name, text string) *hedge.Release {
	return &hedge.Release{
		ID: "error", Name: name, Main: "error.js",
		Modules: []hedge.Module{{Name: "error.js", Kind: hedge.ModuleJS, Source: []byte(errorCode)}},
		Vars: map[string]string{
			"TEXT": text,
			"PAGE": errorHead + html.EscapeString(text) + "</pre>\n",
		},
	}
}

const errorCode = `export default {
  fetch(request, { TEXT, PAGE }) {
    const page = (request.headers.get("accept") ?? "").includes("text/html");
    return new Response(page ? PAGE : TEXT, { status: 503, headers: {
      "content-type": page ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
      "cache-control": "no-store",
    }});
  },
};
`

const errorHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The app cannot be served yet</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
pre { padding: 1rem; overflow-x: auto; font: 14px/1.5 ui-monospace, monospace; border: 1px solid; border-radius: 6px; }
</style>
<h1>The app cannot be served yet</h1>
<p>Reload this page when you have mended it.</p>
<pre>`
