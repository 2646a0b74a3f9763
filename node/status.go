package node

import (
	"maps"
	"slices"

	"hedge"
	"hedge/upstream"
)

// AppStatus is what an app is doing.
type AppStatus struct {
	Name    string `json:"name"`
	Release string `json:"release"`
	// Active is the number of requests under way, those of releases that were replaced
	// included.
	Active int64 `json:"active"`
}

// Apps returns the apps that are served, by name.
func (n *Node) Apps() []AppStatus {
	table, active := n.apps.Load(), n.active.requests()
	all := make([]AppStatus, 0, len(table.byName))
	for _, name := range slices.Sorted(maps.Keys(table.byName)) {
		d := table.byName[name]
		all = append(all, AppStatus{Name: name, Release: d.release.ID, Active: active[name]})
	}
	return all
}

// UpstreamStatus is what an upstream of an app is doing.
type UpstreamStatus struct {
	App string `json:"app"`
	upstream.PoolStatus
}

// Upstreams returns what the upstreams of all apps are doing, by app and name. What targets
// have under way includes the requests of releases that were replaced.
func (n *Node) Upstreams() []UpstreamStatus {
	all := list(n.cfg.Origins, func(o *origins) map[string]*upstream.Pool { return o.pools },
		func(app string, p *upstream.Pool) UpstreamStatus { return UpstreamStatus{app, p.Status()} })
	active := n.cfg.Origins.active()
	for _, u := range all {
		for i := range u.Targets {
			t := &u.Targets[i]
			t.Active = active[targetOf{u.App, u.Name, t.URL}]
		}
	}
	return all
}

// targetOf names a target of an upstream, whichever release of the app has it.
type targetOf struct{ app, upstream, url string }

// active returns how many requests targets have under way.
func (o *Origins) active() map[targetOf]int64 {
	counts := map[targetOf]int64{}
	o.opened.Range(func(release, own any) bool {
		for name, pool := range own.(*origins).pools {
			for _, t := range pool.Status().Targets {
				counts[targetOf{release.(*hedge.Release).Name, name, t.URL}] += t.Active
			}
		}
		return true
	})
	return counts
}

// Connections returns the number of connections with clients.
func (n *Node) Connections() int { return n.door.open() }
