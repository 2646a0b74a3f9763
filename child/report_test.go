package child

import (
	"errors"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	r := Report{row("moat", nil, "deep"), row("wall", nil, ""), row("tower", errors.New("no stones"), "")}
	if got, want := r.String(), "moat (deep), wall; not available: tower (no stones)"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if !r.Applied("moat", "wall") || r.Applied("moat", "tower") || r.Applied("door") {
		t.Error("Applied is wrong")
	}
	if refused := r.Refused(); len(refused) != 1 || refused[0].Name != "tower" || refused.String() != "nothing; not available: tower (no stones)" {
		t.Errorf("%+v are refused", refused)
	}
}

func TestCrashes(t *testing.T) {
	c := Crashes{Most: 3, Window: time.Minute}
	start := time.Unix(0, 0)
	for i, s := range []struct {
		second int
		code   int
		want   bool
	}{
		{0, 1, false},
		{10, 0, false}, // no crash
		{20, 1, false},
		{60, 1, false}, // the first is forgotten
		{79, -1, true},
	} {
		if got := c.Add(Exit{Code: s.code, At: start.Add(time.Duration(s.second) * time.Second)}); got != s.want {
			t.Errorf("exit %d: %v", i, got)
		}
	}
	if got := c.Take(); len(got) != 3 || len(c.Take()) != 0 {
		t.Errorf("%d crashes are counted", len(got))
	}
	if (&Crashes{}).Add(Exit{Code: 1}) {
		t.Error("without a limit one crash is too many")
	}
}

func TestMainOfNoChild(t *testing.T) {
	for _, args := range [][]string{nil, {"hedge"}, {"hedge", "serve"}, {"hedge", "serve", "a", "b"}, {"hedge", marker, "role"}} {
		if _, ok := Main(args, nil); ok {
			t.Errorf("%q is a child", args)
		}
	}
}
