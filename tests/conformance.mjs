// Runs a suite of the tests of HTTP caches (npm: http-cache-tests, or a folder with a later
// version of it) against an edge, and says what passes.
//
//	node tests/conformance.mjs FOLDER HEDGE [TEST]
//
// FOLDER has the suite, HEDGE is the program. It ends with 1 if a required test fails that
// is not among those that are excused here.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// What the suite of npm has in the top folder, later ones have in test-engine.
const folder = resolve(process.argv[2]);
const engine = existsSync(join(folder, "test-engine")) ? join(folder, "test-engine") : folder;
const hedge = resolve(process.argv[3]);
const only = process.argv[4] ?? "";

// Tests that ask for what no cache can do, or what the standard forbids, and why. Those of the
// first list were changed in later versions of the suite; what became of seven of them asks for
// the opposite, so that no cache passes both.
const opposite = "a later version requires the opposite, with RFC 9111 §5.1";
const unheard = "it wants a field of an answer that the origin has hung up on instead of sending";
const changed = {
  "age-parse-nonnumeric": opposite,
  "age-parse-negative": opposite,
  "age-parse-float": opposite,
  "age-parse-prefix-twoline": opposite,
  "age-parse-dup-0": opposite,
  "age-parse-dup-0-twoline": opposite,
  "age-parse-dup-old": opposite,
  "304-etag-update-response-ETag": "a 304 with another strong tag must not update what is stored (RFC 9111 §4.3.4)",
  "stale-close-must-revalidate": unheard,
  "stale-close-proxy-revalidate": unheard,
  "stale-close-no-cache": unheard,
  "stale-close-s-maxage=2": unheard,
};
const excused = {
  "headers-store-Transfer-Encoding": "a transfer coding that nobody knows cannot be taken off, without which its content is none (RFC 9112 §6.1, §7)",
  ...(engine === folder ? changed : {}),
};

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const [origin, edge] = [await freePort(), await freePort()];
const dir = mkdtempSync(join(tmpdir(), "hedge-conformance-"));
// stale-close is no requirement, but others are judged only where it holds; and cookies are
// stored as the standard has it.
writeFileSync(join(dir, "hedge.toml"), `name = "conformance"

[[route]]
match = "/*"
to = "upstream:origin"

[upstream.origin]
targets = ["http://127.0.0.1:${origin}"]

[cache]
set_cookie = true
stale_if_error = "1m"
`);
const settings = {
  ...process.env,
  npm_config_protocol: "http", npm_config_port: String(origin), npm_config_pidfile: join(dir, "pid"),
  npm_config_base: `http://127.0.0.1:${edge}`, npm_config_id: only, npm_package_config_id: only, XDG_RUNTIME_DIR: dir,
};
const children = [
  spawn(process.execPath, [join(engine, "server/server.mjs")], { env: settings, cwd: folder, stdio: "ignore" }),
  spawn(hedge, ["serve", dir, "--listen", `127.0.0.1:${edge}`, "--isolation", "none"], { env: settings, stdio: "ignore" }),
];

// reachable waits until the origin answers through the edge.
const reachable = async () => {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`http://127.0.0.1:${edge}/state/none`).catch(() => undefined);
    if (answer !== undefined && answer.status < 500) return;
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error("the edge or the origin does not come up");
};

const output = (file) =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, ["--no-warnings", file], { env: settings, cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.on("error", fail);
    child.on("close", () => done(text));
  });

let text;
try {
  await reachable();
  text = await output(join(engine, "cli.mjs"));
} finally {
  for (const child of children) child.kill();
  rmSync(dir, { recursive: true, force: true });
}
if (only) {
  console.log(text);
  process.exit(0);
}

// A test counts as passed only where those that it depends on do.
const results = JSON.parse(text);
const suites = (await import(pathToFileURL(join(folder, "tests/index.mjs")))).default;
const tests = suites.flatMap((suite) => suite.tests).filter((test) => !test.browser_only);
const byId = new Map(tests.map((test) => [test.id, test]));
const passes = (test) => results[test.id] === true && (test.depends_on ?? []).every((id) => !byId.has(id) || passes(byId.get(id)));
let failed = false;
for (const kind of ["required", "optimal", "check"]) {
  const all = tests.filter((test) => (test.kind ?? "required") === kind);
  console.log(`${kind}: ${all.filter(passes).length} of ${all.length}`);
  for (const test of kind === "check" ? [] : all.filter((test) => !passes(test))) {
    const why = excused[test.id];
    failed ||= kind === "required" && why === undefined;
    console.log(`  ${test.id}: ${why ?? results[test.id]?.[1] ?? "another test that it depends on fails"}`);
  }
}
process.exit(failed ? 1 : 0);
