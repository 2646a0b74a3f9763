package node

import (
	"testing"

	"hedge"
)

// An app goes on from where it was in another process when it comes, and at no other time:
// what was handed over grows old.
func TestInheritedSplits(t *testing.T) {
	release := divided("http://127.0.0.1:1", "http://127.0.0.1:1", hedge.Route{Path: "/"})
	before := caching(t, nil, release)
	split, err := before.Split("", "home")
	if err != nil {
		t.Fatal(err)
	}
	if err := split.Set(map[string]int{"new": 3}); err != nil {
		t.Fatal(err)
	}
	r := caching(t, nil)
	wants := func(when string, share float64) {
		t.Helper()
		if err := r.Deploy(t.Context(), release); err != nil {
			t.Fatal(err)
		}
		if is := r.Splits()[0].Sides[1].Share; is != share {
			t.Errorf("%s the new side gets %v, want %v", when, is, share)
		}
	}
	states := before.SplitStates()
	r.cfg.Origins.Inherit(states)
	wants("at the start", 0.75)
	if split, err = r.Split("shop", "home"); err != nil {
		t.Fatal(err)
	}
	if err := split.Set(map[string]int{"new": 1}); err != nil {
		t.Fatal(err)
	}
	wants("after a change", 0.5)
	r.cfg.Origins.Inherit(nil)
	r.Remove("shop")
	wants("anew", 0)
}
