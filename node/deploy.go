package node

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
	"hedge/router"
	"hedge/upstream"
)

// Deploy puts a release to work in place of the one with the same name, if there is
// one. The new one is loaded and checked before it gets its first request; the old
// one is let go when its last request has ended. No request fails for it. On an
// error, a *hedge.Error, everything stays as it was. ctx bounds the loading.
func (n *Node) Deploy(ctx context.Context, release *hedge.Release) error {
	n.deploying.Lock()
	defer n.deploying.Unlock()
	d, err := n.provision(ctx, release)
	if err != nil {
		return err
	}
	apps := n.apps.Load()
	next, err := apps.with(d)
	if err != nil {
		n.discard(d)
		return err
	}
	n.cfg.Origins.take(release.Name, d.origins)
	n.apps.Store(next)
	n.release(apps.byName[release.Name])
	return nil
}

// Replace makes these releases the apps that are served, all at once. An app whose
// release is the same, and can be read, stays as it is, but for files that secure its connections with
// origins, which are read again; the others are as in Deploy. It returns the names of the
// apps that have changed, come or gone. On an error, a *hedge.Error, everything
// stays as it was.
func (n *Node) Replace(ctx context.Context, releases []*hedge.Release) (changed []string, err error) {
	n.deploying.Lock()
	defer n.deploying.Unlock()
	apps := n.apps.Load()
	next, made, renewed := newTable(nil, nil), map[string]*deployment{}, map[string]func(){}
	for _, release := range releases {
		d := apps.byName[release.Name]
		if d == nil || d.release.ID != release.ID || !readable(d.release) {
			if d, err = n.provision(ctx, release); err == nil {
				made[release.Name] = d
			}
		} else if take, problem := d.origins.renew(); take != nil {
			renewed[release.Name] = take
		} else {
			err = problem
		}
		if err == nil {
			next, err = next.with(d)
		}
		if err != nil {
			for _, d := range made {
				n.discard(d)
			}
			return nil, err
		}
	}
	for name, d := range made {
		n.cfg.Origins.take(name, d.origins)
	}
	n.apps.Store(next)
	for name, take := range renewed {
		take()
		changed = append(changed, name)
	}
	for name, old := range apps.byName {
		if next.byName[name] == old {
			continue
		}
		if next.byName[name] == nil {
			n.forget(name)
			changed = append(changed, name)
		}
		n.release(old)
	}
	changed = slices.AppendSeq(changed, maps.Keys(made))
	slices.Sort(changed)
	return changed, nil
}

// readable reports whether the files of a release can be read, as those cannot whose release
// file has been written over. It looks at one of them that has content, for all are in one
// place.
func readable(release *hedge.Release) bool {
	for _, folder := range release.Folders {
		for _, f := range folder.Files {
			if f.Size == 0 {
				continue
			}
			_, err := f.Content.ReadAt(make([]byte, 1), 0)
			return err == nil || errors.Is(err, io.EOF)
		}
	}
	return true
}

// discard ends a deployment that has not got into the table.
func (n *Node) discard(d *deployment) {
	n.active.end(d)
	d.close()
	n.cfg.Origins.forget(d.release)
}

// forget drops what is known of an app that is not served any more.
func (n *Node) forget(name string) {
	n.cfg.Origins.take(name, nil)
	n.cfg.Metrics.Forget(name)
}

// Remove takes an app out of service, and reports whether there was one of that
// name. Its requests under way go on.
func (n *Node) Remove(name string) bool {
	n.deploying.Lock()
	defer n.deploying.Unlock()
	apps := n.apps.Load()
	old := apps.byName[name]
	n.apps.Store(apps.without(name))
	n.forget(name)
	n.release(old)
	return old != nil
}

// release lets a deployment go that is not in the table any more; nil is none. What
// might go on for ever is ended after a while.
func (n *Node) release(old *deployment) {
	if old == nil {
		return
	}
	old.left.Store(true)
	old.leave()
	time.AfterFunc(n.cfg.SocketDrain, old.endSockets)
}

// deployment is a release at work.
type deployment struct {
	release  *hedge.Release
	code     code // nil in an app that is routes alone
	routes   []route
	router   *router.Router // of their indexes
	origins  *origins
	limiters map[string]*limiter
	metrics  *appMetrics
	// sockets ends when connections that were switched to another protocol are to end.
	sockets    context.Context
	endSockets context.CancelFunc
	// retired is called when nobody uses the deployment any more.
	retired func()
	// uncached ends what the cache has to do with the routes.
	uncached []func()
	// users are the requests under way, and one more while it is in the table, or about to
	// be. At 0 it is over.
	users atomic.Int64
	left  atomic.Bool // it is not in the table any more
}

// requests is the number of requests under way.
func (d *deployment) requests() int64 {
	users := d.users.Load()
	if !d.left.Load() {
		users--
	}
	return max(users, 0)
}

// stepCode is what the log calls the app's code.
const stepCode = "code"

// route is what answers for a hedge.Route.
type route struct {
	step    string // what the log calls it
	to      httpmsg.RoundTripper
	spec    hedge.Route
	limiter *limiter      // nil: it has no rate limit
	matched string        // see matchedBy; empty without a limiter
	cache   *cache.Policy // nil: the cache is not asked before the route
	// pictures are those that the route changes; nil: none.
	pictures *pictures
	pattern  string // as metrics and the log call it
	routeMetrics
}

// provision makes everything that a release needs.
func (n *Node) provision(ctx context.Context, release *hedge.Release) (*deployment, error) {
	own := *release
	own.Limits = own.Limits.WithDefaults()
	d := &deployment{release: &own}
	d.users.Store(1)
	d.sockets, d.endSockets = context.WithCancel(context.Background())
	var err error
	if d.origins, err = n.cfg.Origins.open(d.release); err != nil { // the code may use them while it loads
		return nil, err
	}
	d.retired = func() {
		n.active.end(d)
		d.endSockets()
		d.leaveCache()
		if d.code != nil {
			d.code.Drain()
		}
		// Code may go on after its last response, and use upstreams meanwhile.
		time.AfterFunc(own.Limits.WaitUntil, func() { n.cfg.Origins.forget(d.release) })
	}
	d.limiters, err = newLimiters(d.release, n.apps.Load().byName[own.Name])
	d.origins.limiters = d.limiters
	if err == nil && own.Main != "" {
		d.code, err = n.load(ctx, d.release)
	}
	if err == nil {
		err = d.addRoutes(n.cfg.Tracer)
	}
	if err == nil {
		err = d.addPictures(n)
	}
	if err != nil {
		d.close()
		n.cfg.Origins.forget(d.release)
		return nil, err
	}
	d.enterSplits(n.cfg.Origins.cfg.Cache)
	d.enterCache(n.cfg.Origins.cfg.Cache)
	d.measure()
	n.active.begin(d)
	return d, nil
}

// addRoutes gives every route what answers. Behind them all comes the code.
func (d *deployment) addRoutes(t *Tracer) error {
	specs := d.release.Routes
	if d.code != nil {
		specs = append(slices.Clip(specs), hedge.Route{Path: "/", Code: true})
	}
	for _, r := range specs {
		to, err := d.destination(t, r)
		if err != nil {
			return err
		}
		d.routes = append(d.routes, to)
	}
	d.router = router.New(specs)
	return nil
}

// destination finds what answers for a route.
func (d *deployment) destination(t *Tracer, r hedge.Route) (route, error) {
	to := route{spec: r, limiter: d.limiters[r.RateLimit]}
	if to.limiter != nil {
		to.matched = matchedBy(&r)
	}
	pool, split := d.origins.pools[r.Upstream], d.origins.splits[r.Split]
	switch {
	case r.Code && d.code != nil:
		to.step, to.to = stepCode, t.code(d.code)
	case pool != nil:
		to.step, to.to = "upstream:"+r.Upstream, moved(&r, pool)
	case split != nil:
		to.step, to.to = "split:"+r.Split, split // see enterSplits
	case r.Static != nil:
		files, err := folder(d.release, *r.Static)
		if err != nil {
			return route{}, err
		}
		to.step, to.to = "dir:"+r.Static.Folder, moved(&r, files)
	case r.Answer != nil:
		to.step, to.to = "respond", router.Fixed(r.Answer)
	case r.Redirect != nil:
		redirect, err := router.Redirect(&r)
		if err != nil {
			return route{}, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the route %q of the app %q leads to %q", r.Host+r.Path, d.release.Name, r.Redirect.To)
		}
		to.step, to.to = "redirect", redirect
	default:
		return route{}, hedge.Errorf(hedge.OutcomeStartupFailed,
			"the route %q of the app %q leads to the upstream %q, the split %q or to code, which the release does not have", r.Host+r.Path, d.release.Name, r.Upstream, r.Split)
	}
	return to, nil
}

// moved has rt asked for the paths that the route makes of its own.
func moved(r *hedge.Route, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	switch {
	case r.Rewrite != "":
		return upstream.Rewrite(r.Path, r.Rewrite, rt)
	case r.StripPrefix && r.Exact:
		return upstream.Strip(r.Path, rt)
	case r.StripPrefix:
		return upstream.Mount(r.Path, rt)
	}
	return rt
}

// enter notes one more request; false when the deployment is over.
func (d *deployment) enter() bool {
	for {
		users := d.users.Load()
		if users == 0 {
			return false
		}
		if d.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

// leave is the counterpart of enter. It does nothing on nil.
func (d *deployment) leave() {
	if d != nil && d.users.Add(-1) == 0 {
		d.retired()
	}
}

// close ends the deployment and the requests in its code at once.
func (d *deployment) close() {
	d.endSockets()
	d.leaveCache()
	if d.code != nil {
		d.code.Close()
	}
}
