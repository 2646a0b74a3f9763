package v8

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
)

// testRuntime stands in for the real one. A turn's input is one command:
//
//	import NAME   imports a module and says what came of it
//	call NAME     calls a global function
//	echo TEXT     says the text
//	"" (nothing)  does nothing
//
// Its output is lines of text, which say() writes.
const testRuntime = `(() => {
  const host = __host;
  let control, inbox, outbox;
  const rejections = [];
  const errors = [];

  function put(bytes) {
    const at = control[1];
    if (at + bytes.length > outbox.length) {
      const larger = new Uint8Array(host.growOutbox((at + bytes.length) * 2));
      larger.set(outbox.subarray(0, at));
      outbox = larger;
    }
    outbox.set(bytes, at);
    control[1] = at + bytes.length;
  }
  const say = (text) => put(host.utf8Encode(text + "\n"));
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const describe = (...args) => say("exception " + hex(host.describeError(...args)));

  const commands = {
    import: (name) => host.importModule(name).then((m) => say("exports " + Object.keys(m)), describe),
    call: (name) => globalThis[name](),
    echo: say,
  };

  function start(c, i, o) {
    control = new Uint32Array(c);
    inbox = new Uint8Array(i);
    outbox = new Uint8Array(o);
    if (globalThis.failAtStart) throw new Error("no start");
  }
  function turn() {
    const text = host.utf8Decode(inbox, 0, control[0]);
    if (text === "") return;
    const space = text.indexOf(" ");
    commands[text.slice(0, space)](text.slice(space + 1));
  }
  function settle() {
    for (const line of rejections.splice(0)) if (globalThis.sayRejections) say("rejection " + line);
  }
  function rejected(event, promise, reason) {
    rejections.push(event + " " + String(reason));
    control[4] = 1;
  }
  function builtin(name) {
    if (name === "hedge:test") return { answer: 42, greet: (who) => "hello " + who };
    if (name === "hedge:broken") throw new Error("broken builtin");
  }
  function cloneError(message) {
    const error = new Error(message);
    error.name = "DataCloneError";
    return error;
  }
  host.register(start, turn, (i) => { inbox = new Uint8Array(i); }, (o) => { outbox = new Uint8Array(o); }, settle, rejected, builtin, cloneError);
  Object.assign(globalThis, { host, say, describe, hex });
})()`

var testSnapshot = sync.OnceValues(func() (*Snapshot, error) {
	return NewSnapshot("hedge:test-runtime", []byte(testRuntime))
})

// testHost resolves every specifier to itself, except "missing". It is told of a
// module that reads import.meta, which happens where JavaScript says so.
type testHost struct{ reached chan string }

func (testHost) Resolve(specifier, _ string) (string, bool) { return specifier, specifier != "missing" }

func (h testHost) ModuleURL(name string) string {
	select {
	case h.reached <- name:
	default:
	}
	return "file:///" + name
}

// testIsolate is an isolate with numbered turns.
type testIsolate struct {
	*Isolate
	t    testing.TB
	host testHost
	seq  uint64
}

const testMemory = 64 << 20

func newIsolate(t testing.TB) *testIsolate { return newIsolateOf(t, testMemory) }

func newIsolateOf(t testing.TB, memory int64) *testIsolate {
	t.Helper()
	snapshot, err := testSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	host := testHost{reached: make(chan string, 1)}
	isolate := NewIsolate(snapshot, memory, host)
	t.Cleanup(isolate.Close)
	return &testIsolate{Isolate: isolate, t: t, host: host}
}

// turn runs one turn.
func (i *testIsolate) turn(in string) Result {
	i.seq++
	return i.Turn([]byte(in), time.UnixMilli(1000), i.seq)
}

// run runs one turn that must end well, and returns what it said.
func (i *testIsolate) run(in string) string {
	i.t.Helper()
	r := i.turn(in)
	if r.Status != OK {
		i.t.Fatalf("%s: %+v, %s", in, r, r.Out)
	}
	return string(r.Out)
}

// module imports a module of the given source, under a name that is new, and
// returns what it said.
func (i *testIsolate) module(source string) string {
	i.t.Helper()
	return i.run(i.add(source))
}

// add adds a module and returns the command that imports it.
func (i *testIsolate) add(source string) string {
	name := fmt.Sprintf("module%d.js", i.seq)
	i.AddModule(name, ModuleJS, []byte(source), nil)
	return "import " + name
}

// expect runs a module that says exactly these lines, apart from its exports.
func (i *testIsolate) expect(source string, lines ...string) {
	i.t.Helper()
	got := strings.TrimSuffix(i.module(source), "exports \n")
	want := ""
	for _, line := range lines {
		want += line + "\n"
	}
	if got != want {
		i.t.Errorf("%s\nsaid\n%swant\n%s", source, got, want)
	}
}

// exceptions takes the descriptions of exceptions out of what was said.
func (i *testIsolate) exceptions(out string) []*hedge.Exception {
	i.t.Helper()
	var list []*hedge.Exception
	for line := range strings.Lines(out) {
		digits, ok := strings.CutPrefix(strings.TrimSpace(line), "exception ")
		if !ok {
			continue
		}
		b, err := hex.DecodeString(digits)
		if err != nil {
			i.t.Fatal(err)
		}
		x, err := DecodeException(b)
		if err != nil {
			i.t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}
