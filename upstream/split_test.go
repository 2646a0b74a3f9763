package upstream_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/upstream"
)

// split makes a split whose sides are origins in memory.
func (w *world) split(t testing.TB, spec hedge.Split, o *origins, before *upstream.SplitState) *upstream.Split {
	t.Helper()
	sides := map[string]httpmsg.RoundTripper{}
	for _, one := range spec.Sides {
		sides[one.Upstream] = httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
			out := req.Clone()
			out.Authority = one.Upstream
			return o.answer(ctx, out)
		})
	}
	s, err := upstream.NewSplit("home", spec, sides, before, w.config(nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Begin(before)
	return s
}

// stateOf is what a split leaves to the one that takes its place.
func stateOf(s *upstream.Split) *upstream.SplitState {
	state := s.State()
	return &state
}

func twoSides(old, new int) hedge.Split {
	return hedge.Split{Sides: []hedge.Side{{Upstream: "old", Weight: old}, {Upstream: "new", Weight: new, Testers: "header:X-Preview=yes"}}}
}

// A visitor stays where it is while shares stay, nobody who has moved moves back while
// the share grows, and shares are what they are said to be.
func TestVisitorsOfSplitMoveOnce(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, twoSides(95, 5), o, nil)
	cookies := make([]string, 2000)
	moved := make([]bool, len(cookies))
	for _, percent := range []int{5, 25, 60, 100} {
		if err := s.Set(map[string]int{"old": 100 - percent, "new": percent}); err != nil {
			t.Fatal(err)
		}
		on := 0
		for i := range cookies {
			who, res, _ := ask(t, s, "/", "Cookie", cookies[i])
			if set := res.Header.Get("Set-Cookie"); set != "" {
				if cookies[i] != "" {
					t.Fatalf("visitor %d gets a second cookie", i)
				}
				cookies[i], _, _ = strings.Cut(set, ";")
			}
			if again, _, _ := ask(t, s, "/other", "Cookie", cookies[i]); again != who {
				t.Fatalf("visitor %d flips from %s to %s", i, who, again)
			}
			if moved[i] && who != "new" {
				t.Errorf("at %d %% visitor %d, who had moved, is back", percent, i)
			}
			if moved[i] = who == "new"; moved[i] {
				on++
			}
		}
		share := float64(percent) / 100
		n := float64(len(cookies))
		if off := math.Abs(float64(on) - n*share); off > 4*math.Sqrt(n*share*(1-share)) {
			t.Errorf("%d of %.0f visitors are on the side with %d %%", on, n, percent)
		}
	}
}

func TestTestersAndForgedVisitors(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, twoSides(100, 0), o, nil)
	for _, c := range []struct{ name, value, want string }{
		{"X-Preview", "yes", "new"}, {"X-Preview", "no", "old"}, {"Cookie", "hedge-split-home=0.AAAA", "old"},
	} {
		if who, res, _ := ask(t, s, "/", c.name, c.value); who != c.want || res.Header.Has("Set-Cookie") != (who == "old") {
			t.Errorf("%s: %s leads to %s, with %v", c.name, c.value, who, res.Header)
		}
	}
}

// drive makes requests while time goes by, of which some take longer on one side.
func drive(t *testing.T, w *world, s httpmsg.RoundTripper, d time.Duration) {
	t.Helper()
	for range int(d / time.Second) {
		for range 20 {
			ask(t, s, "/")
		}
		w.pass(time.Second)
	}
}

func ramped() hedge.Split {
	spec := twoSides(100, 0)
	spec.Ramp = &hedge.Ramp{To: "new", Steps: []float64{0.1, 0.5, 1}, Every: time.Minute, AbortIf: "error_rate > 5% or p99 > 2x"}
	return spec
}

func TestRampCompletes(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, ramped(), o, nil)
	drive(t, w, s, 4*time.Minute)
	w.wantNotices(t, "split:home: stepped, new has 10%", "split:home: stepped, new has 50%", "split:home: stepped, new has 100%", "split:home: completed, new has 100%")
	if status := s.Show(); status.Ramp.State != upstream.RampCompleted || status.Sides[1].Share != 1 {
		t.Errorf("the split is %+v", status)
	}
}

func TestRampAborts(t *testing.T) {
	for _, c := range []struct {
		name  string
		fails func(*world, *origins)
		why   string
	}{
		{"errors", func(_ *world, o *origins) { o.set("new", 500) }, "error_rate > 5%: "},
		{"slow", func(w *world, o *origins) { o.delay = w.delay }, "p99 > 2x: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, o := newWorld(), newOrigins()
			o.delay = func(string) { w.pass(time.Millisecond) }
			s := w.split(t, ramped(), o, nil)
			drive(t, w, s, 70*time.Second)
			w.wantNotices(t, "split:home: stepped, new has 10%", "split:home: stepped, new has 50%")
			c.fails(w, o)
			drive(t, w, s, 30*time.Second)
			status := s.Show()
			if status.Ramp.State != upstream.RampAborted || !strings.HasPrefix(status.Ramp.Why, c.why) || status.Sides[1].Share != 0 {
				t.Errorf("the split is %+v, %+v", status, status.Ramp)
			}
			if len(w.notices) != 1 || !strings.HasPrefix(w.notices[0], "split:home: aborted, "+c.why) {
				t.Errorf("noticed %q", w.notices)
			}
			if err := s.Abort(); err == nil {
				t.Error("what has been aborted is aborted again")
			}
		})
	}
}

// A ramp goes by what the origins do: what a cache answers in their place says nothing of
// them, and a cache is warm on the side that visitors come from and cold on the other.
func TestRampSeesThroughACache(t *testing.T) {
	for _, c := range []struct {
		name, abort string
		broken      bool
		// way is the cache of a side, which to stands behind, and hit an answer of it.
		way   func(side string, to, hit httpmsg.RoundTripperFunc) httpmsg.RoundTripperFunc
		state string
		share float64
	}{
		{"hits of the old side", "p50 > 2x", false, func(side string, to, hit httpmsg.RoundTripperFunc) httpmsg.RoundTripperFunc {
			asked := 0
			return func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
				if asked++; side == "new" || asked%10 == 0 {
					return to(ctx, req)
				}
				return hit(ctx, req)
			}
		}, upstream.RampCompleted, 1},
		{"errors of the new side behind stale answers", "error_rate > 5%", true, func(_ string, to, hit httpmsg.RoundTripperFunc) httpmsg.RoundTripperFunc {
			return func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
				if res, err := to(ctx, req); err == nil && res.Status < 500 {
					return res, nil
				}
				return hit(ctx, req)
			}
		}, upstream.RampAborted, 0},
		{"hits of the new side", "error_rate > 5%", false, func(side string, to, hit httpmsg.RoundTripperFunc) httpmsg.RoundTripperFunc {
			if side == "new" {
				return hit
			}
			return to
		}, upstream.RampRunning, 0.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, o := newWorld(), newOrigins()
			o.delay = func(string) { w.pass(20 * time.Millisecond) }
			if c.broken {
				o.set("new", 500)
			}
			spec := ramped()
			spec.Ramp.AbortIf = c.abort
			s := w.split(t, spec, o, nil)
			hit := func(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
				w.pass(100 * time.Microsecond)
				return httpmsg.Text(200, "a hit"), nil
			}
			cached := s.Through(func(side string, to httpmsg.RoundTripper) httpmsg.RoundTripper { return c.way(side, to.RoundTrip, hit) })
			drive(t, w, cached, 5*time.Minute)
			if status := s.Show(); status.Ramp.State != c.state || status.Sides[1].Share != c.share {
				t.Errorf("the new side has %v, the ramp is %+v", status.Sides[1].Share, status.Ramp)
			}
		})
	}
}

// Without enough samples a ramp neither goes on nor ends.
func TestRampWaitsForSamples(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, ramped(), o, nil)
	o.set("new", 500)
	for range 10 {
		ask(t, s, "/", "X-Preview", "yes")
	}
	w.pass(10 * time.Minute)
	w.wantNotices(t, "split:home: stepped, new has 10%")
}

// A split that takes the place of one with the same definition goes on from there.
func TestSplitSurvivesReload(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, ramped(), o, nil)
	drive(t, w, s, 70*time.Second)
	w.notices = nil
	next := w.split(t, ramped(), o, stateOf(s))
	s.Close()
	drive(t, w, next, 50*time.Second)
	w.wantNotices(t)
	drive(t, w, next, 20*time.Second)
	w.wantNotices(t, "split:home: stepped, new has 100%")
	other := ramped()
	other.Sides[1].Testers = ""
	if share := w.split(t, other, o, stateOf(next)).Show().Sides[1].Share; share != 0.1 {
		t.Errorf("with other sides the new one begins with %v", share)
	}
}

func TestBadSplits(t *testing.T) {
	w, o := newWorld(), newOrigins()
	s := w.split(t, twoSides(95, 5), o, nil)
	for i, err := range []error{
		s.Set(map[string]int{"none": 1}), s.Set(map[string]int{"old": -1}), s.Set(map[string]int{"old": 0, "new": 0}),
		s.Ramp(hedge.Ramp{To: "none", Steps: []float64{1}, Every: 1}), s.Ramp(hedge.Ramp{To: "new", Steps: []float64{0.5, 0.2}, Every: 1}),
		s.Ramp(hedge.Ramp{To: "new", Steps: []float64{1}, Every: 1, AbortIf: "p99 > 1"}), s.Abort(),
	} {
		if hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := fmt.Sprint(s.Show().Sides[0].Weight, s.Show().Sides[1].Weight); got != "95 5" {
		t.Errorf("the weights are %s", got)
	}
}

// The ramp of a split that was replaced goes on in the one that took its place, and
// only there: the old one's timer ends, and it changes nothing any more.
func TestRampOfAReplacedSplitEnds(t *testing.T) {
	w, o := newWorld(), newOrigins()
	spec := twoSides(100, 0)
	spec.Ramp = &hedge.Ramp{To: "new", Steps: []float64{0.5, 1}, Every: time.Minute, Samples: 1}
	old := w.split(t, spec, o, nil)
	w.wantNotices(t, "split:home: stepped, new has 50%")
	next := w.split(t, spec, o, stateOf(old))
	old.Close()
	if len(w.timers) != 1 {
		t.Errorf("%d timers are set, want the new split's alone", len(w.timers))
	}
	for range 10 {
		ask(t, next, "/", "X-Preview", "yes")
		ask(t, old, "/", "X-Preview", "yes") // a request that was under way
	}
	w.pass(2 * time.Minute)
	w.wantNotices(t, "split:home: stepped, new has 100%")
	if was, is := old.Show(), next.Show(); was.Sides[1].Share != 0.5 || is.Sides[1].Share != 1 {
		t.Errorf("the old split gives %v, the new one %v", was.Sides, is.Sides)
	}
	next.Close()
	if len(w.timers) != 0 {
		t.Errorf("%d timers are set when all splits are closed", len(w.timers))
	}
}
