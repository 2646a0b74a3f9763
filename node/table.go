package node

import (
	"maps"

	"hedge"
)

// table says which app answers for which host. It is never changed, only replaced.
type table struct {
	byName map[string]*deployment
	byHost map[string]*deployment
	rest   *deployment // the app that has no hosts; nil if there is none
}

// with returns a table that has d, in place of the app of the same name. Two apps
// that answer for one host are an error.
func (t *table) with(d *deployment) (*table, error) {
	next := t.without(d.release.Name)
	next.byName[d.release.Name] = d
	if len(d.release.Hosts) == 0 {
		if next.rest != nil {
			return nil, hedge.Errorf(hedge.OutcomeStartupFailed,
				"the apps %q and %q both have no hosts; one of them has to say which it answers for", next.rest.release.Name, d.release.Name)
		}
		next.rest = d
	}
	for _, host := range d.release.Hosts {
		if other := next.byHost[host]; other != nil && other != d {
			return nil, hedge.Errorf(hedge.OutcomeStartupFailed,
				"the apps %q and %q both answer for the host %q", other.release.Name, d.release.Name, host)
		}
		next.byHost[host] = d
	}
	return next, nil
}

// without returns a table that lacks an app.
func (t *table) without(name string) *table {
	next := &table{byName: map[string]*deployment{}, byHost: map[string]*deployment{}, rest: t.rest}
	maps.Copy(next.byName, t.byName)
	delete(next.byName, name)
	maps.Copy(next.byHost, t.byHost)
	maps.DeleteFunc(next.byHost, func(_ string, d *deployment) bool { return d.release.Name == name })
	if t.rest != nil && t.rest.release.Name == name {
		next.rest = nil
	}
	return next
}

// find returns the app that answers for a host in normal form; nil if none does.
func (t *table) find(host string) *deployment {
	if d := t.byHost[host]; d != nil {
		return d
	}
	return t.rest
}
