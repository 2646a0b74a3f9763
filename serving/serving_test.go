package serving

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestConns(t *testing.T) {
	var s Conns[string]
	if !s.Add("a") || !s.Add("b") || s.Len() != 2 || s.Stopping() {
		t.Fatal("connections are not taken in")
	}
	drained := s.Drained()
	s.Remove("a")
	s.Stop(func(c string) {
		if c != "b" {
			t.Errorf("%s is ended", c)
		}
	})
	if s.Add("c") || s.Do(func() { t.Error("done at the end") }) {
		t.Error("it goes on after the end")
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Wait(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.Remove("b")
	<-drained
	s.Remove("b")                            // twice is the same
	s.Stop(func(string) { t.Error("left") }) // likewise
	if err := s.Wait(context.Background()); err != nil {
		t.Error(err)
	}
	var never Conns[string]
	never.Stop(func(string) { t.Error("there is none") })
	<-never.Drained()
}

// Who drains goes on taking connections, of which the last is waited for.
func TestConnsDrain(t *testing.T) {
	var s Conns[string]
	s.Add("a")
	ended := ""
	end := func(c string) { ended += c }
	s.Drain(end)
	if !s.Stopping() || !s.Add("b") || s.Do(func() { t.Error("done at the end") }) {
		t.Error("a connection that comes is not taken in, or the end has not begun")
	}
	s.Drain(end)
	if ended != "a" {
		t.Errorf("ended: %s, want those that were there, once", ended)
	}
	s.Remove("a")
	s.Remove("b")
	if !s.Add("c") {
		t.Error("no connection is taken in any more, and nobody waits")
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Wait(gone); !errors.Is(err, context.Canceled) || s.Add("d") {
		t.Errorf("it is not the end: %v", err)
	}
	s.Remove("c")
	<-s.Drained()
}

func TestAllowance(t *testing.T) {
	a := NewAllowance(10, 100)
	for _, step := range []struct {
		take, back int
		now        int64
		over       bool
	}{
		{10, 0, 100, false},
		{1, 0, 100, true},
		{1, 0, 102, false}, // two have come back, of which one was owed
		{5, 5, 102, false},
		{10, 0, 1000, false}, // no more than all comes back
		{1, 0, 999, true},    // time does not go back
	} {
		a.GiveBack(step.back)
		if over := a.Take(step.take, step.now); over != step.over {
			t.Errorf("%+v: got %v", step, over)
		}
	}
}

func TestIdle(t *testing.T) {
	var s Conns[string]
	since := map[string]int64{"busy": 0, "new": 30, "old": 10, "between": 20}
	for c := range since {
		s.Add(c)
	}
	for n, want := range map[int]string{-1: "[]", 0: "[]", 1: "[old]", 2: "[old between]", 9: "[old between new]"} {
		if got := fmt.Sprint(s.Idle(n, func(c string) int64 { return since[c] })); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
