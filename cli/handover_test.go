package cli

import (
	"bufio"
	"net"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/node"
	"hedge/upstream"
)

// pair is what two processes have between them.
func pair(t *testing.T) (mine, theirs net.Conn) {
	t.Helper()
	mine, f, err := connected()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = net.FileConn(f)
	_ = f.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = mine.Close()
		_ = theirs.Close()
	})
	return mine, theirs
}

// The next process may ask again, for the one that asked first may not have come to serve. When
// it serves, it is told what has become of the splits by then.
func TestSplitsAreTold(t *testing.T) {
	spec := hedge.Split{Sides: []hedge.Side{{Upstream: "old", Weight: 1}, {Upstream: "new"}}, Sticky: hedge.StickyNone}
	spec.Ramp = &hedge.Ramp{To: "new", Steps: []float64{0.25, 1}, Every: time.Hour}
	to := httpmsg.RoundTripperFunc(nil)
	split, err := upstream.NewSplit("home", spec, map[string]httpmsg.RoundTripper{"old": to, "new": to}, nil, upstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	split.Begin(nil)
	defer split.Close()
	mine, theirs := pair(t)
	next := &successor{conn: mine, serves: make(chan int, 1)}
	before := newPredecessor(theirs)
	wants := func(line, ramp string) {
		t.Helper()
		states, err := before.ask(line)
		if err != nil || len(states) != 1 || states[0].App != "shop" || states[0].Name != "home" || states[0].Ramp.State != ramp {
			t.Errorf("told %+v, %v", states, err)
		}
	}
	go next.answer(func() []node.SplitState { return []node.SplitState{{App: "shop", SplitState: split.State()}} })
	wants("", upstream.RampRunning)
	if err := split.Abort(); err != nil {
		t.Fatal(err)
	}
	wants("", upstream.RampAborted)
	parted := make(chan int)
	go func() {
		parted <- next.part(func() []node.SplitState {
			if err := split.RampAgain(); err != nil {
				t.Error(err)
			}
			return []node.SplitState{{App: "shop", SplitState: split.Leave()}}
		})
	}()
	wants("4711", upstream.RampRunning)
	if pid := <-parted; pid != 4711 {
		t.Errorf("the next process is %d", pid)
	}
}

// A process of another version says nothing when it serves, or wants no last word.
func TestNoLastWord(t *testing.T) {
	mine, theirs := pair(t)
	next := &successor{conn: mine, serves: make(chan int, 1)}
	go next.answer(nil)
	_ = theirs.Close()
	if pid := next.part(nil); pid != 0 {
		t.Errorf("the next process is %d", pid)
	}
	if states, err := newPredecessor(theirs).ask("4711"); err == nil {
		t.Errorf("the last word is %+v", states)
	}
	if pid := new(successor).part(nil); pid != 0 {
		t.Errorf("nobody is %d", pid)
	}
}

func TestSplitsThatAreNotTold(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "no JSON": "what?\n", "something else": "{}\n", "nonsense": `[{"app":"shop","name":"home","weights":[1,2]}]`,
	} {
		mine, theirs := pair(t)
		go func() {
			_, _ = bufio.NewReader(mine).ReadByte()
			_, _ = mine.Write([]byte(answer))
			_ = mine.Close()
		}()
		if states, err := newPredecessor(theirs).ask(""); err == nil || states != nil {
			t.Errorf("%s: told %+v", name, states)
		}
	}
}
