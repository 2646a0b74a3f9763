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

// The next process may ask again, for the one that asked first may not have come to serve.
func TestSplitsAreTold(t *testing.T) {
	spec := hedge.Split{Sides: []hedge.Side{{Upstream: "old", Weight: 1}, {Upstream: "new"}}, Sticky: hedge.StickyNone}
	spec.Ramp = &hedge.Ramp{To: "new", Steps: []float64{0.25, 1}, Every: time.Hour}
	to := httpmsg.RoundTripperFunc(nil)
	split, err := upstream.NewSplit("home", spec, map[string]httpmsg.RoundTripper{"old": to, "new": to}, nil, upstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer split.Close()
	mine, theirs := pair(t)
	go answerSplits(mine, func() []node.SplitState { return []node.SplitState{{App: "shop", SplitState: split.State()}} })
	for _, change := range []func() error{func() error { return nil }, split.Abort} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		states, err := askSplits(theirs)
		if err != nil || len(states) != 1 || states[0].App != "shop" || states[0].Name != "home" || states[0].Ramp.State != split.Show().Ramp.State {
			t.Errorf("told %+v, %v", states, err)
		}
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
		if states, err := askSplits(theirs); err == nil || states != nil {
			t.Errorf("%s: told %+v", name, states)
		}
	}
}
