package node

import (
	"maps"
	"slices"

	"hedge"
	"hedge/upstream"
)

// SplitStatus is what a split of an app is doing.
type SplitStatus struct {
	App string `json:"app"`
	upstream.Status
}

// Splits returns what the splits of all apps are doing, by app and name.
func (n *Node) Splits() []SplitStatus {
	return list(n.cfg.Origins, func(o *origins) map[string]*upstream.Split { return o.splits },
		func(app string, s *upstream.Split) SplitStatus { return SplitStatus{app, s.Show()} })
}

// SplitState is how far a split of an app is: see Origins.Inherit.
type SplitState struct {
	App string `json:"app"`
	upstream.SplitState
}

// SplitStates returns how far the splits of all apps are, by app and name.
func (n *Node) SplitStates() []SplitState {
	return list(n.cfg.Origins, func(o *origins) map[string]*upstream.Split { return o.splits },
		func(app string, s *upstream.Split) SplitState { return SplitState{app, s.State()} })
}

// list calls show for what all apps have of a kind, by app and name.
func list[Part, Status any](o *Origins, kind func(*origins) map[string]Part, show func(app string, part Part) Status) []Status {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := []Status{}
	for _, app := range slices.Sorted(maps.Keys(o.current)) {
		parts := kind(o.current[app])
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			all = append(all, show(app, parts[name]))
		}
	}
	return all
}

// LeaveSplits ends the ramps, for another process to go on with, and returns how far the splits
// of all apps are, by app and name. From then on ChangeSplit refuses.
func (n *Node) LeaveSplits() []SplitState {
	o := n.cfg.Origins
	o.mu.Lock()
	o.left = true
	o.mu.Unlock()
	return list(o, func(o *origins) map[string]*upstream.Split { return o.splits },
		func(app string, s *upstream.Split) SplitState { return SplitState{app, s.Leave()} })
}

// ChangeSplit calls change with a split at work; no deployment takes its place meanwhile. An
// empty app stands for the only one that has a split of that name. The error is that of change,
// which must not call n, or a *hedge.Error.
func (n *Node) ChangeSplit(app, name string, change func(*upstream.Split) error) error {
	o := n.cfg.Origins
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.left {
		return hedge.Errorf(hedge.OutcomeBadRequest, "another process has just taken over, and has the split %q now: try again", name)
	}
	var found []*upstream.Split
	for owner, own := range o.current {
		if split := own.splits[name]; split != nil && (app == "" || app == owner) {
			found = append(found, split)
		}
	}
	switch len(found) {
	case 0:
		return hedge.Errorf(hedge.OutcomeBadRequest, "there is no split %q here", name)
	case 1:
		return change(found[0])
	}
	return hedge.Errorf(hedge.OutcomeBadRequest, "%d apps have a split %q; say which one", len(found), name)
}
