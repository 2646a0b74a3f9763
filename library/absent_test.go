package library_test

import (
	"testing"

	"hedge/jsapi/jsapitest"
)

// A package that asks for modules of Node which are not there loads; what it calls of them
// says so, and what it guards takes its other way.
func TestAbsentModules(t *testing.T) {
	f := jsapitest.New(t).Start()
	app, err := f.Runtime.Load(t.Context(), buildFiles(t, map[string]string{
		"hedge.toml": "name = \"test\"\nmain = \"main.js\"\n",
		"main.js": `
import { inspect } from "node:util";
import pkg, { read } from "pkg";
const said = async (fn) => { try { return String(await fn()); } catch (error) { return error.message; } };
export default { fetch: async () => Response.json([
	await said(() => new pkg.Socket()),
	await said(() => pkg.net.connect(25)),
	await said(() => pkg.named(25)),
	await said(() => read("/etc/passwd")),
	await said(() => pkg.promises.readFile("/etc/passwd")),
	{} instanceof pkg.Stats,
	pkg.guarded,
	await pkg.imported,
	(await pkg.net) === pkg.net,
	typeof inspect(pkg.net),
]) };`,
		"node_modules/pkg/package.json": `{ "name": "pkg", "module": "index.mjs" }`,
		"node_modules/pkg/index.mjs": `
import net, { connect as named } from "node:net";
import { Stats, promises, readFile } from "fs";
import { promisify } from "util";
import { guarded } from "./guarded.cjs";
export const read = promisify(readFile);
class Socket extends net.Socket {}
const imported = import("node:tls").then(() => "there", () => "away");
export default { net, named, Stats, promises, Socket, guarded, imported };`,
		"node_modules/pkg/guarded.cjs": `try { exports.guarded = require("dns"); } catch { exports.guarded = "away"; }`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	_, body, outcome := jsapitest.Do(t, app, jsapitest.Request("GET", "/"))
	want := `["node:net is not available: net.Socket was called",` +
		`"node:net is not available: net.connect was called",` +
		`"node:net is not available: net.connect was called",` +
		`"node:fs is not available: fs.readFile was called",` +
		`"node:fs is not available: fs.promises.readFile was called",` +
		`false,"away","away",true,"string"]`
	if body != want {
		t.Errorf("%s: got\n%s\nwant\n%s", outcome, body, want)
	}
}
