package node

import (
	"maps"
	"slices"

	"hedge/upstream"
)

// AppStatus is what an app is doing.
type AppStatus struct {
	Name    string `json:"name"`
	Release string `json:"release"`
	Active  int64  `json:"active"` // requests under way
}

// Apps returns the apps that are served, by name.
func (n *Node) Apps() []AppStatus {
	table := n.apps.Load()
	all := make([]AppStatus, 0, len(table.byName))
	for _, name := range slices.Sorted(maps.Keys(table.byName)) {
		d := table.byName[name]
		all = append(all, AppStatus{Name: name, Release: d.release.ID, Active: max(d.users.Load()-1, 0)})
	}
	return all
}

// UpstreamStatus is what an upstream of an app is doing.
type UpstreamStatus struct {
	App string `json:"app"`
	upstream.PoolStatus
}

// Upstreams returns what the upstreams of all apps are doing, by app and name.
func (n *Node) Upstreams() []UpstreamStatus {
	return list(n.cfg.Origins, func(o *origins) map[string]*upstream.Pool { return o.pools },
		func(app string, p *upstream.Pool) UpstreamStatus { return UpstreamStatus{app, p.Status()} })
}

// Connections returns the number of connections with clients.
func (n *Node) Connections() int { return n.door.open() }
