package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
)

// cached is what stands behind the cache. It is a httpmsg.RoundTripper.
type cached struct {
	cache  *cache.Cache
	policy *cache.Policy
	next   httpmsg.RoundTripper
}

// RoundTrip answers from the cache, or else has next do it.
func (c *cached) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	return c.cache.RoundTrip(ctx, c.policy, req, c.next)
}

// behind puts next behind the cache, if there is one for the app. stop says that it is
// not used any more.
func behind(c *cache.Cache, p *cache.Policy, next httpmsg.RoundTripper) (rt httpmsg.RoundTripper, stop func()) {
	if c == nil || p == nil {
		return next, func() {}
	}
	return &cached{c, p, next}, c.Serve(p)
}

// policyOf is how a release uses the cache before what scope names; nil: it does not.
func policyOf(release *hedge.Release, scope string) *cache.Policy {
	if release.Cache.Off {
		return nil
	}
	c := &release.Cache
	return &cache.Policy{
		App: release.Name, Scope: scope, Cookies: c.SetCookie,
		StaleWhileRevalidate: c.StaleWhileRevalidate, StaleIfError: c.StaleIfError,
		Key: keyPolicy(&c.Key), Compress: !c.NoCompress,
	}
}

func keyPolicy(k *hedge.CacheKey) cache.KeyPolicy {
	return cache.KeyPolicy{
		Query:   cache.Query{Sort: k.SortQuery, Ignore: k.IgnoreQuery, Keep: k.KeepQuery},
		Headers: k.Headers, Cookies: k.Cookies, Device: k.Device,
	}
}

// Cache returns where an app keeps what it keeps with hedge:cache. It is a part of
// cache.Caches.
func (o *Origins) Cache(app *hedge.Release) (*cache.Cache, error) {
	if o.cfg.Cache == nil {
		return nil, hedge.Errorf(hedge.OutcomeException, "the app %s asks for the cache, and this server has been started without (--cache-memory none)", app.Name)
	}
	return o.cfg.Cache, nil
}

// before returns how a route uses the cache; nil: it does not. Entries are those of the
// route, as two routes may answer one URL in different ways, and of a release if it is its
// code that answers. A route to a split has an Upstream beside it here: the side that it is
// about.
func (d *deployment) before(r hedge.Route) *cache.Policy {
	if r.NoCache || r.Upstream == "" && (r.Images == nil || r.Split != "") && !(r.Code && d.release.Cache.Front) {
		return nil
	}
	shape := r
	shape.NoCompress, shape.RateLimit, shape.ResponseHeaders = false, "", hedge.HeaderChanges{} // which entries are not about
	text, _ := json.Marshal(shape)                                                              // it is made of text alone
	sum := sha256.Sum256(text)
	scope := "route:" + hex.EncodeToString(sum[:8])
	if r.Code || r.Static != nil {
		scope += " " + d.release.ID
	}
	p := policyOf(d.release, scope)
	if p == nil {
		return nil
	}
	if r.CacheKey != nil {
		p.Key = keyPolicy(r.CacheKey)
	}
	p.OwnCookies = ownCookies(d.release.Upstreams[r.Upstream])
	p.Hold = func() (func(), bool) { return d.leave, d.enter() }
	return p
}

// enterCache has the cache asked before the routes that it is for; nil: there is none.
func (d *deployment) enterCache(c *cache.Cache) {
	for i := range d.routes {
		r := &d.routes[i]
		if c == nil {
			return
		}
		if r.cache = d.before(r.spec); r.cache != nil {
			d.uncached = append(d.uncached, c.Serve(r.cache))
		}
	}
}

// behindCache puts next behind the cache, until leaveCache.
func (d *deployment) behindCache(c *cache.Cache, p *cache.Policy, next httpmsg.RoundTripper) httpmsg.RoundTripper {
	rt, stop := behind(c, p, next)
	d.uncached = append(d.uncached, stop)
	return rt
}

// enterSplits has the routes to splits do for each side what those to an upstream do for
// that: a visitor's side is chosen first, then the cache is asked for what that answers,
// and what is measured of the side is what the cache asks it for.
func (d *deployment) enterSplits(c *cache.Cache) {
	for i := range d.routes {
		r := &d.routes[i]
		split := d.origins.splits[r.spec.Split]
		if split == nil {
			continue
		}
		r.to = split.Through(func(upstream string, to httpmsg.RoundTripper) httpmsg.RoundTripper {
			side := r.spec
			side.Upstream = upstream
			next := moved(&side, to)
			if r.pictures != nil {
				next = d.picturesOf(c, r.pictures, side, next)
			}
			return d.behindCache(c, d.before(side), next)
		})
	}
}

// leaveCache is the counterpart of enterCache, and may come more than once.
func (d *deployment) leaveCache() {
	for _, stop := range d.uncached {
		stop()
	}
}

// ownCookies are those that an upstream sets by itself.
func ownCookies(u hedge.Upstream) []string {
	if u.Sticky == "" {
		return nil
	}
	return []string{u.Sticky}
}

// lookup answers from the cache, if the route has it asked.
func (x *exchange) lookup(ctx context.Context) error {
	if x.taken == nil {
		return nil
	}
	x.req.Uncached, x.req.Uncompressed = x.taken.spec.NoCache, x.taken.spec.NoCompress
	if x.taken.cache != nil {
		x.res = x.cached.Lookup(ctx, x.node.cfg.Origins.cfg.Cache, x.taken.cache, x.req, x.to)
	}
	return nil
}

// ask has the request answered by who the route leads to, with the cache in between if
// there is one.
func (x *exchange) ask(ctx context.Context) (*httpmsg.Response, error) {
	if x.taken != nil && (x.taken.cache != nil || x.taken.spec.Split != "") {
		// What is to happen when the client goes away is not to wait for that: a connection
		// may carry requests for ever.
		ctx, x.over = context.WithCancel(ctx)
	}
	if x.taken != nil && x.taken.cache != nil {
		return x.cached.Fetch(ctx, x.to)
	}
	return x.to.RoundTrip(ctx, x.req)
}

// Purge has what is stored for an app not be used any more, from the next request on. An
// app that is not named is the only one. The error is a *hedge.Error.
func (n *Node) Purge(ctx context.Context, p cache.Purge) error {
	apps := n.Apps()
	if p.App == "" && len(apps) == 1 {
		p.App = apps[0].Name
	}
	c := n.cfg.Origins.cfg.Cache
	switch {
	case c == nil:
		return hedge.Errorf(hedge.OutcomeBadRequest, "there is no cache here")
	case p.App == "":
		return hedge.Errorf(hedge.OutcomeBadRequest, "there are %d apps: say which one is meant (--app)", len(apps))
	}
	for _, app := range apps {
		if app.Name != p.App {
			continue
		}
		if err := c.Purge(ctx, p); err != nil {
			return hedge.Wrap(err, hedge.OutcomeException, "the purge may not last")
		}
		return nil
	}
	return hedge.Errorf(hedge.OutcomeBadRequest, "there is no app %q here", p.App)
}
