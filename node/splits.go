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
	o := n.cfg.Origins
	o.mu.Lock()
	defer o.mu.Unlock()
	all := []SplitStatus{}
	for _, app := range slices.Sorted(maps.Keys(o.current)) {
		splits := o.current[app].splits
		for _, name := range slices.Sorted(maps.Keys(splits)) {
			all = append(all, SplitStatus{app, splits[name].Show()})
		}
	}
	return all
}

// Split returns a split at work, to be changed. An empty app stands for the only one
// that has a split of that name. The error is a *hedge.Error.
func (n *Node) Split(app, name string) (*upstream.Split, error) {
	o := n.cfg.Origins
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []*upstream.Split
	for owner, own := range o.current {
		if split := own.splits[name]; split != nil && (app == "" || app == owner) {
			found = append(found, split)
		}
	}
	switch len(found) {
	case 0:
		return nil, hedge.Errorf(hedge.OutcomeBadRequest, "there is no split %q here", name)
	case 1:
		return found[0], nil
	}
	return nil, hedge.Errorf(hedge.OutcomeBadRequest, "%d apps have a split %q; say which one", len(found), name)
}
