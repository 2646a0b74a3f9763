package node

import (
	"context"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/upstream"
)

// set changes the weight of the new side by hand.
func (r *running) set(t *testing.T, weight int) {
	t.Helper()
	if err := r.ChangeSplit("shop", "home", func(s *upstream.Split) error { return s.Set(map[string]int{"new": weight}) }); err != nil {
		t.Fatal(err)
	}
}

// wantShare deploys a release, and compares what the new side gets.
func (r *running) wantShare(t *testing.T, when string, share float64) {
	t.Helper()
	if is := r.Splits()[0].Sides[1].Share; is != share {
		t.Errorf("%s the new side gets %v, want %v", when, is, share)
	}
}

// deploy deploys a release.
func (r *running) deploy(t *testing.T, release *hedge.Release) {
	t.Helper()
	if err := r.Deploy(t.Context(), release); err != nil {
		t.Fatal(err)
	}
}

// An app goes on from where it was in another process when it comes, and at no other time:
// what was handed over grows old.
func TestInheritedSplits(t *testing.T) {
	release := divided("http://127.0.0.1:1", "http://127.0.0.1:1", hedge.Route{Path: "/"})
	before := caching(t, nil, release)
	before.set(t, 3)
	r := caching(t, nil)
	r.cfg.Origins.Inherit(before.SplitStates())
	r.deploy(t, release)
	r.wantShare(t, "before it begins", 0.75)
	before.set(t, 1)
	r.cfg.Origins.Begin(before.LeaveSplits())
	r.wantShare(t, "by the last word", 0.5)
	if err := before.ChangeSplit("shop", "home", (*upstream.Split).RampAgain); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("a split that has been left can be changed: %v", err)
	}
	r.set(t, 3)
	r.deploy(t, release)
	r.wantShare(t, "after a change", 0.75)
	r.cfg.Origins.Begin(before.SplitStates())
	r.wantShare(t, "after another word", 0.75)
	r.Remove("shop")
	r.deploy(t, release)
	r.wantShare(t, "anew", 0)
}

// The last word may not come, and the split goes on from what is known.
func TestInheritedSplitsWithoutALastWord(t *testing.T) {
	release := divided("http://127.0.0.1:1", "http://127.0.0.1:1", hedge.Route{Path: "/"})
	release.Splits["home"] = ramping(release.Splits["home"])
	before := caching(t, nil, release)
	r := caching(t, nil)
	r.cfg.Origins.Inherit(before.SplitStates())
	r.deploy(t, release)
	if ramp := r.Splits()[0].Ramp; ramp != nil {
		t.Errorf("before it begins the ramp is %+v", ramp)
	}
	r.cfg.Origins.Begin(nil)
	if ramp := r.Splits()[0].Ramp; ramp == nil || ramp.State != upstream.RampRunning {
		t.Errorf("the ramp is %+v", ramp)
	}
}

// ramping gives a split a ramp to its new side.
func ramping(s hedge.Split) hedge.Split {
	s.Ramp = &hedge.Ramp{To: "new", Steps: []float64{0.25, 1}, Every: time.Hour}
	return s
}

// What is changed by hand while a release is being loaded holds for it, and the ramp of the one
// before does not go on beside it.
func TestSplitChangedDuringADeployment(t *testing.T) {
	for name, deploy := range map[string]func(*Node, context.Context, *hedge.Release) error{
		"deployed": (*Node).Deploy,
		"replaced": func(n *Node, ctx context.Context, release *hedge.Release) error {
			_, err := n.Replace(ctx, []*hedge.Release{release})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			release := divided("http://127.0.0.1:1", "http://127.0.0.1:1", hedge.Route{Path: "/"})
			release.Splits["home"] = ramping(release.Splits["home"])
			r := caching(t, nil, release)
			old := r.cfg.Origins.current["shop"].splits["home"]
			next := *release
			next.ID, next.Main = "another", "index.js"
			r.load = func(context.Context, *hedge.Release) (code, error) {
				return newCode(nil), r.ChangeSplit("", "home", (*upstream.Split).Abort)
			}
			if err := deploy(r.Node, t.Context(), &next); err != nil {
				t.Fatal(err)
			}
			status := r.Splits()[0]
			if status.Ramp == nil || status.Ramp.State != upstream.RampAborted || status.Sides[1].Share != 0 {
				t.Errorf("the split is %+v, its ramp %+v", status, status.Ramp)
			}
			if r.cfg.Origins.current["shop"].splits["home"] == old {
				t.Error("the split is that of the release before")
			}
		})
	}
}
