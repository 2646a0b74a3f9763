package cli

import (
	"errors"
	"fmt"
	"sync"

	"hedge"
	"hedge/node"
	"hedge/worker"
)

// The values of --isolation.
const (
	isolationCordon = "cordon" // in child processes, confined
	isolationNone   = "none"   // in this process
)

// cordonsOf says where apps live. groups names the cordon of an app, for those that
// share one; nil without cordons.
func cordonsOf(isolation string, names map[string]string) (*worker.Cordons, *cordonGroups) {
	if isolation == isolationNone {
		return nil, nil
	}
	groups := &cordonGroups{names: names}
	c := worker.DefaultCordons()
	c.Group = func(release *hedge.Release) string { return groups.of(release.Name) }
	return c, groups
}

// cordonGroups are the cordons that apps live in. Its methods may be called from any goroutine.
type cordonGroups struct {
	mu    sync.Mutex        // guards what follows
	names map[string]string // by the names of the apps that share one
}

// of names the cordon of an app: its own, if it shares none.
func (g *cordonGroups) of(app string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return cordonIn(g.names, app)
}

// cordonIn names the cordon of an app, by those that apps share.
func cordonIn(names map[string]string, app string) string {
	if group, ok := names[app]; ok {
		return group
	}
	return app
}

// adopt takes up what a reload says of the apps that come. One that is served stays where it
// is, with its isolates: that it is to live elsewhere is an error. g may be nil.
func (g *cordonGroups) adopt(next map[string]string, served []node.AppStatus) error {
	if g == nil {
		if len(next) > 0 {
			return errors.New("apps cannot share a cordon with --isolation none")
		}
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, app := range served {
		if was, is := cordonIn(g.names, app.Name), cordonIn(next, app.Name); was != is {
			return fmt.Errorf("the app %s is to move from the cordon %s to %s, which takes effect with SIGUSR2", app.Name, was, is)
		}
	}
	g.names = next
	return nil
}
