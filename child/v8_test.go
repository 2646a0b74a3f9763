package child_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"time"

	"hedge/child"
	"hedge/v8"
)

// engine is a runtime that imports the module which a turn names, and says whatever
// the module says.
const engine = `(() => {
  const host = __host;
  let control, inbox, outbox;
  globalThis.say = (text) => {
    const bytes = host.utf8Encode(text + "\n");
    outbox.set(bytes, control[1]);
    control[1] += bytes.length;
  };
  host.register(
    (c, i, o) => { control = new Uint32Array(c); inbox = new Uint8Array(i); outbox = new Uint8Array(o); },
    () => { host.importModule(host.utf8Decode(inbox, 0, control[0])).catch((e) => say("failed " + e)); },
    (i) => { inbox = new Uint8Array(i); }, (o) => { outbox = new Uint8Array(o); },
    () => {}, () => {}, () => undefined, (message) => new Error(message));
})()`

// load is code that makes V8 compile, collect and take memory of all kinds.
const load = `
  const hot = (n) => { let s = 0; for (let i = 0; i < n; i++) s = (s + i * 7) % 1000003; return s; };
  say("compiled " + hot(3e7));
  let kept = [];
  for (let i = 0; i < 2e5; i++) { kept.push({ i, text: "x" + i }); if (i % 5e4 === 0) kept = []; }
  say("collected " + kept.length);
  say("buffer " + new Uint8Array(32 << 20).fill(1).length);
  const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,5,3,1,0,16,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]);
  const { add } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  let sum = 0;
  for (let i = 0; i < 1e6; i++) sum = add(sum, 1);
  say("wasm " + sum);
  say("matched " + "a1b22c333".match(/\d+/g).join());
  say(new Date(0).toISOString() + " " + (1234.5).toLocaleString("de"));
`

type noImports struct{}

func (noImports) Resolve(specifier, _ string) (string, bool) { return specifier, true }
func (noImports) ModuleURL(string) string                    { return "" }

// javaScript runs each module whose source is in a line, quoted, in an isolate of
// its own. V8's platform is started before the child is confined.
func javaScript(s *child.Self) error {
	snapshot, err := v8.NewSnapshot("engine", []byte(engine))
	if err != nil {
		return err
	}
	if _, err := s.Confine(child.Policy{Data: 2 << 30, Files: 64, Threads: 256}); err != nil {
		return err
	}
	r := bufio.NewReader(s.Conn)
	for {
		var source string
		if _, err := fmt.Fscanf(r, "%q\n", &source); err != nil {
			return nil // the parent has enough of it
		}
		isolate := v8.NewIsolate(snapshot, 128<<20, noImports{})
		isolate.AddModule("main.js", v8.ModuleJS, []byte(source), nil)
		result := isolate.Turn([]byte("main.js"), time.UnixMilli(0), 1)
		fmt.Fprintf(s.Conn, "%s%v memory refused: %v\n", result.Out, result.Status == v8.OK, result.MemoryRefused)
		isolate.Close()
	}
}

// V8 compiles, collects and runs Wasm behind the filter, and within RLIMIT_DATA,
// which its reservation of a terabyte does not count for.
func TestV8Confined(t *testing.T) {
	p := start(t, child.Command{Role: "v8"})
	if len(p.Report()) == 0 {
		t.Fatalf("the child %v", p.Exit())
	}
	fmt.Fprintf(p.Conn(), "%q\n", load)
	want := []string{
		"compiled ", "collected 49999", "buffer 33554432", "wasm 1000000", "matched 1,22,333",
		"1970-01-01T00:00:00.000Z ", "true memory refused: false",
	}
	lines := bufio.NewScanner(p.Conn())
	for _, w := range want {
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), w) {
			t.Fatalf("said %q, not %q: %v", lines.Text(), w, lines.Err())
		}
	}
	if n, err := p.Resident(); err == nil {
		t.Logf("%d MiB in memory; %v", n>>20, p.Report())
	}
	// one more, in another isolate, which ends V8 and so the process
	fmt.Fprintf(p.Conn(), "%q\n", `"x".repeat(2e8).match(/x/g)`)
	if lines.Scan() {
		t.Errorf("said %q", lines.Text())
	}
	if e := p.Exit(); e.Cause != child.ByCrash {
		t.Errorf("the child %v", e)
	} else {
		t.Log(e)
	}
}
