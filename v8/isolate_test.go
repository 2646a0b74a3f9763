package v8

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hedge"
)

func TestTurn(t *testing.T) {
	i := newIsolate(t)
	if got := i.run(""); got != "" {
		t.Errorf("an empty turn said %q", got)
	}
	i.module(`globalThis.now = () => say("called")`)
	for range 3 {
		if got := i.run("call now"); got != "called\n" {
			t.Errorf("said %q", got)
		}
	}
}

// The boxes grow in both directions, and what was said is whole.
func TestLargeTurn(t *testing.T) {
	i := newIsolate(t)
	i.module(`globalThis["x".repeat(1e6)] = () => { for (let i = 0; i < 10; i++) say("y".repeat(1e5)); }`)
	want := strings.Repeat(strings.Repeat("y", 1e5)+"\n", 10)
	for range 2 {
		if got := i.run("call " + strings.Repeat("x", 1e6)); got != want {
			t.Fatalf("%d bytes came back", len(got))
		}
	}
}

// An input or an output for which there is no memory ends the isolate.
func TestTurnWithoutMemory(t *testing.T) {
	i := newIsolateOf(t, 8<<20)
	if r := i.turn("call " + strings.Repeat("x", 9<<20)); r.Status != Terminated || !r.OutOfMemory {
		t.Errorf("a large input: %+v", r.Status)
	}
	i = newIsolateOf(t, 8<<20)
	if r := i.turn(i.add(`const s = "y".repeat(1 << 20); for (;;) say(s);`)); r.Status != Terminated || !r.OutOfMemory {
		t.Errorf("a large output: %v %s", r.Status, r.Out)
	}
	if r := i.turn(""); r.Status != Terminated || !r.OutOfMemory {
		t.Errorf("the turn after: %v", r.Status)
	}
}

// What the runtime throws is described; the isolate goes on.
func TestRuntimeThrows(t *testing.T) {
	i := newIsolate(t)
	r := i.turn("nonsense x")
	if r.Status != Threw {
		t.Fatalf("status %v", r.Status)
	}
	x, err := DecodeException(r.Out)
	if err != nil || x.Name != "TypeError" || x.Frames[0].File != "hedge:test-runtime" {
		t.Errorf("%+v, %v", x, err)
	}
	i.expect(`say("alive")`, "alive")
}

func TestRuntimeFailsToStart(t *testing.T) {
	snapshot, err := NewSnapshot("hedge:test-runtime", []byte(testRuntime+"; globalThis.failAtStart = true"))
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	isolate := NewIsolate(snapshot, testMemory, testHost{})
	defer isolate.Close()
	for range 2 {
		r := isolate.Turn(nil, time.Now(), 1)
		x, err := DecodeException(r.Out)
		if r.Status != Threw || err != nil || x.Message != "no start" {
			t.Errorf("%v %v %v", r.Status, x, err)
		}
	}
}

func TestSnapshotErrors(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"throws", "let a = 1;\nfunction f() { throw new RangeError('bad runtime') }\nf()", "the runtime failed to load: RangeError: bad runtime\n    at f (hedge:x:2:22)\n    at hedge:x:3:1"},
		{"syntax", "let a = 1;\n  let b == 2;", "the runtime failed to load: SyntaxError: Unexpected token '=='\n    at hedge:x:2:9"},
		{"thrown string", "throw 'no error'", "the runtime failed to load: no error\n    at hedge:x:1:1"},
		{"no register", "1", "the runtime failed to load: its script did not call __host.register"},
		{"register of nonsense", "__host.register(1, 2)", "the runtime failed to load: TypeError: register takes the functions of every entry, once\n    at hedge:x:1:8"},
		{"register twice", "const f = () => {};\nfor (;;) __host.register(f, f, f, f, f, f, f, f)", "the runtime failed to load: TypeError: register takes the functions of every entry, once\n    at hedge:x:2:17"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewSnapshot("hedge:x", []byte(test.script))
			var e *hedge.Error
			if !errors.As(err, &e) || e.Outcome != hedge.OutcomeStartupFailed || e.Message != test.want {
				t.Errorf("%v\nwant %s", err, test.want)
			}
		})
	}
}

// V8 warns of a flag that it does not know, and goes on.
func TestFlags(t *testing.T) {
	if os.Getenv("HEDGE_TEST_FLAGS") != "" {
		start()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFlags$")
	cmd.Env = append(os.Environ(), "HEDGE_TEST_FLAGS=1")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "PASS\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// An isolate moves between threads and is closed on another than it was made on.
func TestThreads(t *testing.T) {
	i := newIsolate(t)
	i.module(`globalThis.deep = () => { const f = (n) => n === 0 ? 0 : 1 + f(n - 1); say(f(2000)); }`)
	for range 8 {
		said := make(chan string)
		go func() { said <- string(i.turn("call deep").Out) }()
		if got := <-said; got != "2000\n" {
			t.Errorf("said %q", got)
		}
	}
}

// The time on the processor of two turns is ordered as their work is, and time
// that a turn spends waiting does not count.
func TestCPU(t *testing.T) {
	i := newIsolate(t)
	i.module(`globalThis.little = () => {};
globalThis.much = () => { let x = 0; for (let i = 0; i < 2e7; i++) x += i % 7; return x; }`)
	little, much := i.turn("call little").CPU, i.turn("call much").CPU
	if little <= 0 || much <= little {
		t.Errorf("little work took %v, much %v", little, much)
	}
	began := time.Now()
	host := waitingHost{until: began.Add(2 * much)}
	snapshot, err := testSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	waiting := NewIsolate(snapshot, testMemory, host)
	defer waiting.Close()
	waiting.AddModule("waits.js", ModuleJS, []byte("import.meta"), nil)
	r := waiting.Turn([]byte("import waits.js"), began, 1)
	if wall := time.Since(began); r.CPU >= wall {
		t.Errorf("the turn took %v of %v", r.CPU, wall)
	}
}

// waitingHost holds a turn up, off the processor.
type waitingHost struct{ until time.Time }

func (waitingHost) Resolve(specifier, _ string) (string, bool) { return specifier, true }

func (h waitingHost) ModuleURL(string) string {
	<-time.After(time.Until(h.until))
	return ""
}

func TestRunningCPU(t *testing.T) {
	i := newIsolate(t)
	if _, _, ok := i.RunningCPU(); ok {
		t.Error("a turn runs before there is one")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-i.host.reached
		first, seq, ok := i.RunningCPU()
		if !ok || seq != 1 {
			t.Errorf("turn %d runs: %v", seq, ok)
		}
		for cpu := first; cpu <= first; cpu, _, _ = i.RunningCPU() {
		}
		i.Terminate(1)
	}()
	if r := i.turn(i.add(`import.meta; for (;;);`)); r.Status != Terminated {
		t.Errorf("status %v", r.Status)
	}
	<-done
	if _, _, ok := i.RunningCPU(); ok {
		t.Error("a turn runs after its end")
	}
}
