package upstream_test

import (
	"encoding/json"
	"testing"
	"time"

	"hedge"
	"hedge/upstream"
)

// carried is a state as another process reads it.
func carried(t *testing.T, s *upstream.Split) *upstream.SplitState {
	t.Helper()
	text, err := json.Marshal(s.State())
	if err != nil {
		t.Fatal(err)
	}
	state := &upstream.SplitState{}
	if err := json.Unmarshal(text, state); err != nil {
		t.Fatal(err)
	}
	if err := state.Check(); err != nil {
		t.Fatal(err)
	}
	return state
}

// Who changes how a ramp goes on changes nothing of what it has come to: nobody moves back,
// and what was given up or set by hand stays so.
func TestRampWithOtherSettings(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*testing.T, *world, *origins, *upstream.Split)
		change func(*hedge.Ramp)
		state  string
		share  float64
		notice []string
	}{
		{
			"running", func(t *testing.T, w *world, _ *origins, s *upstream.Split) { drive(t, w, s, 70*time.Second) },
			func(r *hedge.Ramp) { r.Every = 2 * time.Minute }, upstream.RampRunning, 0.5, nil,
		},
		{"aborted", func(t *testing.T, w *world, o *origins, s *upstream.Split) {
			o.set("new", 500)
			drive(t, w, s, 30*time.Second)
		}, func(r *hedge.Ramp) { r.Samples = 30 }, upstream.RampAborted, 0, nil},
		{"set by hand", func(t *testing.T, _ *world, _ *origins, s *upstream.Split) {
			if err := s.Set(map[string]int{"old": 3, "new": 1}); err != nil {
				t.Fatal(err)
			}
		}, func(r *hedge.Ramp) { r.AbortIf = "" }, upstream.RampStopped, 0.25, nil},
		{"set by hand when it was over", func(t *testing.T, w *world, _ *origins, s *upstream.Split) {
			drive(t, w, s, 4*time.Minute)
			if err := s.Set(map[string]int{"old": 1, "new": 0}); err != nil {
				t.Fatal(err)
			}
		}, func(r *hedge.Ramp) { r.Every *= 2 }, upstream.RampStopped, 0, nil},
		{
			"more steps", func(t *testing.T, w *world, _ *origins, s *upstream.Split) { drive(t, w, s, 70*time.Second) },
			func(r *hedge.Ramp) { r.Steps = []float64{0.6, 0.8} }, upstream.RampRunning, 0.6,
			[]string{"split:home: stepped, new has 60%"},
		},
		{"another side", func(t *testing.T, w *world, o *origins, s *upstream.Split) {
			o.set("new", 500)
			drive(t, w, s, 30*time.Second)
		}, func(r *hedge.Ramp) { r.To = "old" }, upstream.RampRunning, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, o := newWorld(), newOrigins()
			s := w.split(t, ramped(), o, nil)
			c.before(t, w, o, s)
			w.notices = nil
			spec := ramped()
			c.change(spec.Ramp)
			next := w.split(t, spec, o, stateOf(s))
			s.Close()
			if status := next.Show(); status.Ramp.State != c.state || status.Sides[1].Share != c.share {
				t.Errorf("the new side has %v, the ramp is %+v", status.Sides[1].Share, status.Ramp)
			}
			w.wantNotices(t, c.notice...)
			again := w.split(t, spec, o, stateOf(next)) // nothing has changed
			if was, is := next.Show().Ramp, again.Show().Ramp; was.State != is.State || was.Step != is.Step {
				t.Errorf("the ramp was %+v, and is %+v", was, is)
			}
		})
	}
}

// A ramp that is new to a split begins with the shares as they are, and one that is gone
// leaves them.
func TestRampThatComesAndGoes(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, twoSides(100, 0), o, nil)
	if err := s.Set(map[string]int{"old": 3, "new": 1}); err != nil {
		t.Fatal(err)
	}
	with := w.split(t, ramped(), o, stateOf(s))
	if status := with.Show(); status.Ramp.State != upstream.RampRunning || status.Sides[1].Share != 0.25 {
		t.Errorf("with a ramp the split is %+v, %+v", status, status.Ramp)
	}
	without := w.split(t, twoSides(100, 0), o, stateOf(with))
	if status := without.Show(); status.Ramp != nil || status.Sides[1].Share != 0.25 {
		t.Errorf("without a ramp the split is %+v", status)
	}
}

// What a ramp gives back goes to the others as they were before it, whoever goes on with it.
func TestOthersKeepTheirRelation(t *testing.T) {
	spec := hedge.Split{Sides: []hedge.Side{{Upstream: "a", Weight: 75}, {Upstream: "b", Weight: 25}, {Upstream: "c"}}}
	spec.Ramp = &hedge.Ramp{To: "c", Steps: []float64{1}, Every: time.Minute}
	w, o := newWorld(), newOrigins()
	s := w.split(t, spec, o, nil)
	spec.Ramp = &hedge.Ramp{To: "c", Steps: []float64{1}, Every: time.Hour}
	next := w.split(t, spec, o, carried(t, s))
	if err := next.Abort(); err != nil {
		t.Fatal(err)
	}
	if sides := next.Show().Sides; sides[0].Share != 0.75 || sides[1].Share != 0.25 {
		t.Errorf("the sides get %+v", sides)
	}
}

// Another process goes on where a split is: with three sides, whose shares depend on the way,
// every visitor stays.
func TestSplitSurvivesItsProcess(t *testing.T) {
	w, o := newWorld(), newOrigins()
	spec := hedge.Split{Sides: []hedge.Side{{Upstream: "a", Weight: 1}, {Upstream: "b", Weight: 1}, {Upstream: "c"}}}
	spec.Ramp = &hedge.Ramp{To: "c", Steps: []float64{0.2, 0.7}, Every: time.Minute}
	s := w.split(t, spec, o, nil)
	drive(t, w, s, 70*time.Second)
	w.notices = nil
	next := w.split(t, spec, o, carried(t, s))
	for range 200 {
		was, res, _ := ask(t, s, "/")
		if is, _, _ := ask(t, next, "/", "Cookie", res.Header.Get("Set-Cookie")); is != was {
			t.Fatalf("a visitor of %s is sent to %s", was, is)
		}
	}
	s.Close()
	drive(t, w, next, 55*time.Second)
	w.wantNotices(t, "split:home: completed, c has 70%")
}

func TestStatesThatMakeNoSense(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, ramped(), o, nil)
	for name, spoil := range map[string]func(*upstream.SplitState){
		"nothing":     func(st *upstream.SplitState) { *st = upstream.SplitState{} },
		"weights":     func(st *upstream.SplitState) { st.Weights = []int{0, 0} },
		"a weight":    func(st *upstream.SplitState) { st.Weights = []int{1} },
		"no shares":   func(st *upstream.SplitState) { st.Shares = nil },
		"shares":      func(st *upstream.SplitState) { st.Shares = st.Shares[1:] },
		"sides":       func(st *upstream.SplitState) { st.Shares[0].Side = 2 },
		"a step":      func(st *upstream.SplitState) { st.Ramp.Step = 3 },
		"a state":     func(st *upstream.SplitState) { st.Ramp.State = "" },
		"a base":      func(st *upstream.SplitState) { st.Ramp.Base = nil },
		"a condition": func(st *upstream.SplitState) { st.Ramp.AbortIf = "?" },
	} {
		state := carried(t, s)
		spoil(state)
		if err := state.Check(); hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}
