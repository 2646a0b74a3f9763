package v8

import (
	"testing"
	"time"
)

// A runtime of a few lines that stands in for the real one: a frame is a script's
// name to import or text to evaluate.
const testRuntime = `
(() => {
  const host = __host;
  let control, inbox, outbox;
  const rejections = [];
  function say(text) {
    const at = control[1];
    const n = host.utf8EncodeInto(text + "\n", outbox, at);
    if (n >= 0) { control[1] = at + n; return; }
    const larger = new Uint8Array(host.growOutbox(outbox.length * 2 + text.length * 3));
    larger.set(outbox.subarray(0, at));
    outbox = larger;
    say(text);
  }
  globalThis.say = say;
  host.register(
    (c, i, o) => { control = new Uint32Array(c); inbox = new Uint8Array(i); outbox = new Uint8Array(o); },
    () => {
      const name = host.utf8Decode(inbox, 0, control[0]);
      if (name === "") return;
      const [command, rest] = name.split(" ");
      if (command === "call") { globalThis[rest](); return; }
      host.importModule(name).then(
        (m) => say("loaded " + Object.keys(m).join()),
        (e) => { const d = host.describeError(e); say("failed"); const at = control[1]; outbox.set(d, at); control[1] += d.length; });
    },
    (i) => { inbox = new Uint8Array(i); },
    () => { for (const r of rejections.splice(0)) say("unhandled " + r); },
    (event, promise, reason) => { if (event === 0) { rejections.push(String(reason)); control[4] = 1; } },
    (name) => name === "hedge:test" ? { answer: 42, greet: (n) => "hello " + n } : undefined,
    (message) => { const e = new Error(message); e.name = "DataCloneError"; return e; });
  globalThis.clone = host.structuredClone;
  globalThis.toASCII = host.domainToASCII;
  globalThis.context = [host.getContext, host.setContext];
})()`

type testHost struct{}

func (testHost) Resolve(specifier, _ string) (string, bool) { return specifier, specifier != "missing" }
func (testHost) ModuleURL(name string) string               { return "file:///" + name }

func newTestIsolate(t testing.TB) *Isolate {
	t.Helper()
	snapshot, err := NewSnapshot("hedge:test-runtime", []byte(testRuntime))
	if err != nil {
		t.Fatal(err)
	}
	isolate := NewIsolate(snapshot, 64<<20, testHost{})
	t.Cleanup(func() { isolate.Close(); snapshot.Close() })
	return isolate
}

func (i *Isolate) run(in string) Result { return i.Turn([]byte(in), time.UnixMilli(1000), 1) }

func TestFirst(t *testing.T) {
	i := newTestIsolate(t)
	i.AddModule("main.js", ModuleJS, []byte(`import {answer} from "hedge:test"; say("x" + answer + import.meta.url + typeof SharedArrayBuffer + " " + toASCII("bücher.DE", false)); export const a = 1; export default {}`), nil)
	r := i.run("main.js")
	t.Logf("%v %q", r, r.Out)
	i.AddModule("bad.js", ModuleJS, []byte("let a = 1;\n  let b == 2;"), nil)
	r = i.run("bad.js")
	x, err := DecodeException(r.Out[len("failed\n"):])
	t.Logf("%+v %v", x, err)
}

func BenchmarkTurn(b *testing.B) {
	i := newTestIsolate(b)
	now := time.Now()
	for b.Loop() {
		i.Turn(nil, now, 1)
	}
}

func BenchmarkIsolate(b *testing.B) {
	snapshot, _ := NewSnapshot("hedge:test-runtime", []byte(testRuntime))
	for b.Loop() {
		NewIsolate(snapshot, 64<<20, testHost{}).Close()
	}
}
