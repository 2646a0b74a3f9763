package v8

import (
	"encoding/json"
	"strings"
	"testing"
)

// debugger is the far end of an inspector session.
type debugger struct {
	*Session
	t        testing.TB
	messages chan message
	id       int
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

func (i *testIsolate) debugger() *debugger {
	d := &debugger{t: i.t, messages: make(chan message, 1000)}
	d.Session = i.Inspect(func(b []byte) {
		var m message
		if err := json.Unmarshal(b, &m); err != nil {
			d.t.Errorf("%v in %s", err, b)
		}
		d.messages <- m
	})
	return d
}

func (d *debugger) send(method, params string) int {
	d.id++
	b, err := json.Marshal(map[string]any{"id": d.id, "method": method, "params": json.RawMessage(params)})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Dispatch(b)
	return d.id
}

// call sends a command and waits for its result; events that come first are lost.
func (d *debugger) call(method, params string) string {
	id := d.send(method, params)
	for m := range d.messages {
		if m.ID == id {
			return string(m.Result) + string(m.Error)
		}
	}
	return ""
}

func (d *debugger) event(method string) {
	for m := range d.messages {
		if m.Method == method {
			return
		}
	}
}

func (d *debugger) expect(expression, want string) {
	d.t.Helper()
	got := d.call("Runtime.evaluate", `{"expression": `+expression+`}`)
	if !strings.Contains(got, want) {
		d.t.Errorf("%s: %s", expression, got)
	}
}

func TestInspectorEvaluate(t *testing.T) {
	i := newIsolate(t)
	d := i.debugger()
	d.expect(`"1 + 1"`, `"value":2`)
	d.expect(`"'é日😀'.length"`, `"value":4`)
	d.expect(`"throw new Error('mine')"`, "mine")
	d.expect(`"say('from the debugger'); 3"`, `"value":3`)
	if got := i.run(""); got != "from the debugger\n" {
		t.Errorf("the turn after said %q", got)
	}
	if got := i.run(""); got != "" {
		t.Errorf("and the next %q", got)
	}
	if got := d.call("No.such", `{}`); !strings.Contains(got, "wasn't found") {
		t.Error(got)
	}
	d.Dispatch([]byte("{ not JSON"))
	d.Dispatch(nil)
	d.expect(`"4"`, `"value":4`)
	d.Close()
	d.Close()
	d.Dispatch([]byte("{}"))
}

func TestInspectorPause(t *testing.T) {
	i := newIsolate(t)
	d := i.debugger()
	d.call("Debugger.enable", `{}`)
	in := i.add("let a = 1;\ndebugger;\na++;\nsay('a is ' + a);")
	said := make(chan string)
	go func() { said <- string(i.turn(in).Out) }()
	d.event("Debugger.paused")
	d.expect(`"40 + 2"`, `"value":42`)
	d.send("Debugger.stepOver", `{}`)
	d.event("Debugger.paused")
	d.send("Debugger.stepOver", `{}`)
	d.event("Debugger.paused")
	d.send("Debugger.resume", `{}`)
	if got := <-said; got != "a is 2\nexports \n" {
		t.Errorf("said %q", got)
	}
}

// A debugger can stop what runs for ever.
func TestInspectorInterrupt(t *testing.T) {
	i := newIsolate(t)
	d := i.debugger()
	d.call("Debugger.enable", `{}`)
	in := i.add("globalThis.go = true; import.meta; while (go); say('went on');")
	said := make(chan string)
	go func() { said <- string(i.turn(in).Out) }()
	<-i.host.reached
	d.send("Debugger.pause", `{}`)
	d.event("Debugger.paused")
	d.expect(`"go = false"`, `"value":false`)
	d.send("Debugger.resume", `{}`)
	if got := <-said; got != "went on\nexports \n" {
		t.Errorf("said %q", got)
	}
}

// Closing the session, or opening another one, lets a paused isolate go on.
func TestInspectorCloseWhilePaused(t *testing.T) {
	i := newIsolate(t)
	for _, end := range []func(*debugger){
		func(d *debugger) { d.Close() },
		func(d *debugger) { i.debugger() },
	} {
		d := i.debugger()
		d.call("Debugger.enable", `{}`)
		in := i.add("for (let i = 0; i < 3; i++) debugger;\nsay('went on');")
		said := make(chan string)
		go func() { said <- string(i.turn(in).Out) }()
		d.event("Debugger.paused")
		end(d)
		if got := <-said; got != "went on\nexports \n" {
			t.Errorf("said %q", got)
		}
	}
	i.expect(`debugger; say("no debugger")`, "no debugger")
}

// An isolate closes its session.
func TestInspectorIsolateCloses(t *testing.T) {
	snapshot, err := testSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	isolate := NewIsolate(snapshot, testMemory, testHost{})
	d := (&testIsolate{Isolate: isolate, t: t}).debugger()
	d.expect(`"1"`, `"value":1`)
	isolate.Close()
	d.Dispatch([]byte("{}"))
	d.Close()
}

func TestInspectorTerminate(t *testing.T) {
	i := newIsolate(t)
	d := i.debugger()
	d.call("Debugger.enable", `{}`)
	i.terminated(i.add("import.meta; for (;;);"))
	d.expect(`"1"`, `"value":1`)
	i.expect(`say("alive")`, "alive")
}
