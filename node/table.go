package node

import (
	"maps"

	"hedge"
	"hedge/httpmsg"
)

// table says which app answers for which host. It is never changed, only replaced.
type table struct {
	byName map[string]*deployment
	byHost map[string]*deployment // the names and wildcards of the apps, "" being that of an app without
	hosts  *httpmsg.Hosts[*deployment]
}

func newTable(byName, byHost map[string]*deployment) *table {
	return &table{byName, byHost, httpmsg.NewHosts(byHost)}
}

// with returns a table that has d, in place of the app of the same name. Two apps
// that answer for one host are an error.
func (t *table) with(d *deployment) (*table, error) {
	byName, byHost := t.others(d.release.Name)
	byName[d.release.Name] = d
	for _, host := range d.claims() {
		if other := byHost[host]; other != nil && other != d {
			return nil, conflict(other, d, host)
		}
		byHost[host] = d
	}
	return newTable(byName, byHost), nil
}

// claims are the hosts that the app answers for; "" for all that no other app does.
func (d *deployment) claims() []string {
	if len(d.release.Hosts) == 0 {
		return []string{""}
	}
	return d.release.Hosts
}

func conflict(a, b *deployment, host string) error {
	if host == "" {
		return hedge.Errorf(hedge.OutcomeStartupFailed,
			"the apps %q and %q both have no hosts; one of them has to say which it answers for", a.release.Name, b.release.Name)
	}
	return hedge.Errorf(hedge.OutcomeStartupFailed, "the apps %q and %q both answer for the host %q", a.release.Name, b.release.Name, host)
}

// without returns a table that lacks an app.
func (t *table) without(name string) *table { return newTable(t.others(name)) }

// others returns copies of the maps without an app.
func (t *table) others(name string) (byName, byHost map[string]*deployment) {
	byName, byHost = map[string]*deployment{}, map[string]*deployment{}
	maps.Copy(byName, t.byName)
	delete(byName, name)
	maps.Copy(byHost, t.byHost)
	maps.DeleteFunc(byHost, func(_ string, d *deployment) bool { return d.release.Name == name })
	return byName, byHost
}

// find returns the app that answers for a host in normal form: the one with the most
// specific pattern. nil: none does.
func (t *table) find(host string) *deployment {
	if found := t.hosts.Find(host); found != nil {
		return found.Value
	}
	return nil
}
