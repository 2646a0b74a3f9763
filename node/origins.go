package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"sync"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
	"hedge/telemetry"
	"hedge/upstream"
)

// Origins is what the code of apps reaches through hedge:route (it is a
// route.Origins): the pools that
// their configurations declare, which a Node fills in, and the origins that code
// names by their URL. It is made before the Runtime that needs it and the Node.
// Its methods may be called from any goroutine.
type Origins struct {
	cfg    OriginsConfig
	client *Client  // of the upstreams that ask for nothing special
	opened sync.Map // *hedge.Release → *origins

	mu      sync.Mutex // guards what follows, and what current has while it is changed by hand
	current map[string]*origins
	// inherited is how far splits of another process were. While there are any, splits wait.
	inherited []SplitState
	left      bool // another process has the splits
}

// OriginsConfig is what an Origins is made of. It is not changed once an Origins has
// it.
type OriginsConfig struct {
	// Client is how requests get to the upstreams that configurations declare, which may
	// be anywhere; Clients carries those to origins that code names.
	Client  ClientConfig
	Clients *Clients
	// Loops counts how deep requests to what is declared lead; nil: nobody counts.
	Loops      *Loops
	Forwarding httpmsg.Forwarding
	// Key signs the cookies that lead visitors back to where they were: see
	// upstream.Config.
	Key []byte
	// Notice is told of changes in the state of an app's targets. It is called from any
	// goroutine, and must not block. May be nil.
	Notice func(app string, d hedge.Decision)
	// Resolver finds the addresses of targets that are names; nil stands for the system's.
	Resolver upstream.Resolver
	// Tracer passes traces on to what is declared; nil: they are not.
	Tracer *Tracer
	// Cache stands before upstreams, and before what code fetches; nil: there is none.
	Cache *cache.Cache
	// Metrics counts what pools and splits do; nil: nobody counts.
	Metrics *telemetry.Registry
}

// NewOrigins makes an Origins. It is to be closed.
func NewOrigins(cfg OriginsConfig) *Origins {
	return &Origins{cfg: cfg, client: NewClient(cfg.Client), current: map[string]*origins{}}
}

// Close closes connections with origins as soon as they carry nothing.
func (o *Origins) Close() { o.client.Close() }

// origins are the pools and splits of one release.
type origins struct {
	pools  map[string]*upstream.Pool
	splits map[string]*upstream.Split
	links  map[string]*link // of pools that have connections of their own
	// metrics are where all is counted that is the release's, until forget.
	metrics *telemetry.Scope
	// limiters are set before code runs.
	limiters map[string]*limiter
	// cached and divided are the pools, and the splits between them, behind the cache, for
	// code; uncached ends that.
	cached, divided map[string]httpmsg.RoundTripper
	uncached        []func()
}

// open makes the pools and splits of a release, and keeps them for its code until
// forget. Splits divide visitors as those of the app's last release do by now, and are at work
// from take on.
func (o *Origins) open(release *hedge.Release) (*origins, error) {
	own := &origins{
		pools: map[string]*upstream.Pool{}, splits: map[string]*upstream.Split{}, links: map[string]*link{},
		cached: map[string]httpmsg.RoundTripper{}, divided: map[string]httpmsg.RoundTripper{},
		metrics: o.cfg.Metrics.Scope(release.Name),
	}
	if err := o.fill(own, release); err != nil {
		own.close()
		return nil, err
	}
	o.opened.Store(release, own)
	o.cfg.Clients.open(release, o.cfg.Cache, own.metrics)
	return own, nil
}

func (o *Origins) fill(own *origins, release *hedge.Release) error {
	cfg := o.declared(release.Name, own.metrics)
	if err := o.fillPools(own, release, cfg); err != nil {
		return err
	}
	policies, pools := map[string]*cache.Policy{}, map[string]httpmsg.RoundTripper{}
	for name, pool := range own.pools {
		policy := policyOf(release, "upstream:"+name)
		if policy != nil {
			policy.OwnCookies = ownCookies(release.Upstreams[name])
		}
		policies[name], pools[name] = policy, pool
		own.cached[name] = own.behind(o.cfg.Cache, policy, pool)
	}
	for name, spec := range release.Splits {
		split, err := upstream.NewSplit(name, spec, pools, o.before(release.Name, name), cfg)
		if err != nil {
			return err
		}
		own.splits[name] = split
		own.divided[name] = split.Through(func(upstream string, to httpmsg.RoundTripper) httpmsg.RoundTripper {
			return own.behind(o.cfg.Cache, policies[upstream], to) // whose entries are the upstream's, whoever has asked for them
		})
	}
	return nil
}

// fillPools makes the pools of a release, and who is mirrored to whom.
func (o *Origins) fillPools(own *origins, release *hedge.Release, cfg upstream.Config) error {
	for name, u := range release.Upstreams {
		over := cfg
		if special(&o.cfg.Client, &u) {
			l, err := newLink(o.cfg.Client, name, u, release.Dir)
			if err != nil {
				return err
			}
			own.links[name], over.Client = l, o.carrying(l)
		}
		pool, err := upstream.New(name, u, over)
		if err != nil {
			return err
		}
		own.pools[name] = pool
	}
	for name, u := range release.Upstreams {
		if u.Mirror.To == "" {
			continue
		}
		to := own.pools[u.Mirror.To]
		if to == nil {
			return hedge.Errorf(hedge.OutcomeStartupFailed, "the upstream %q is mirrored to %q, which is none", name, u.Mirror.To)
		}
		own.pools[name].Mirror(to)
	}
	return nil
}

// behind puts next behind the cache, until close.
func (o *origins) behind(c *cache.Cache, p *cache.Policy, next httpmsg.RoundTripper) httpmsg.RoundTripper {
	rt, stop := behind(c, p, next)
	o.uncached = append(o.uncached, stop)
	return rt
}

// take makes what was opened for a release the app's current, or with nil none. The splits go
// on from where those before them are, which end: in one step, so that nothing is lost that is
// changed by hand, or by a ramp, until then.
func (o *Origins) take(app string, own *origins) {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := map[string]upstream.SplitState{}
	if old := o.current[app]; old != nil {
		left = old.leave()
	}
	if own == nil {
		delete(o.current, app)
		return
	}
	o.current[app] = own
	if len(o.inherited) == 0 && !o.left { // else another process has them at work
		own.begin(left)
	}
}

// leave ends the ramps, and returns how far the splits are, by name.
func (o *origins) leave() map[string]upstream.SplitState {
	left := map[string]upstream.SplitState{}
	for name, split := range o.splits {
		left[name] = split.Leave()
	}
	return left
}

// begin puts the splits to work, from where those before them are.
func (o *origins) begin(left map[string]upstream.SplitState) {
	for name, split := range o.splits {
		if before, ok := left[name]; ok {
			split.Begin(&before)
		} else {
			split.Begin(nil)
		}
	}
}

// Inherit has the splits of apps that come to work from now on divide visitors as those of
// another process do, which goes on with them meanwhile: their ramps are at rest until Begin.
// The states have passed their Check; if there are none, nothing is inherited.
func (o *Origins) Inherit(states []SplitState) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inherited = states
}

// Begin ends what Inherit has begun: splits go on from where those of the other process are,
// by its last word, whose states have passed their Check; nil stands for those of Inherit.
func (o *Origins) Begin(last []SplitState) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.inherited) == 0 {
		return // they are at work already
	}
	if last == nil {
		last = o.inherited
	}
	o.inherited = nil
	for app, own := range o.current {
		left := map[string]upstream.SplitState{}
		for _, one := range last {
			if one.App == app {
				left[one.Name] = one.SplitState
			}
		}
		own.begin(left)
	}
}

// before returns how far the split of an app is that another one is to take the place of; nil if
// there is none.
func (o *Origins) before(app, name string) *upstream.SplitState {
	o.mu.Lock()
	defer o.mu.Unlock()
	if own := o.current[app]; own != nil {
		if split := own.splits[name]; split != nil {
			state := split.State()
			return &state
		}
		return nil
	}
	for i := range o.inherited {
		if one := &o.inherited[i]; one.App == app && one.Name == name {
			return &one.SplitState
		}
	}
	return nil
}

func (o *origins) close() {
	for _, stop := range o.uncached {
		stop()
	}
	for _, split := range o.splits {
		split.Close()
	}
	for _, pool := range o.pools {
		pool.Close()
	}
	for _, l := range o.links {
		l.close()
	}
	o.metrics.Close()
}

// renew reads the files that secure connections with origins again. take has what has
// changed used; it is nil if nothing has. The error is a *hedge.Error.
func (o *origins) renew() (take func(), err error) {
	var all []func()
	for name, l := range o.links {
		one, err := l.renew(name)
		if err != nil {
			return nil, err
		}
		if one != nil {
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return func() {
		for _, one := range all {
			one()
		}
	}, nil
}

// carrying returns what carries the requests of pools by a client.
func (o *Origins) carrying(client httpmsg.RoundTripper) httpmsg.RoundTripper {
	if o.cfg.Loops != nil {
		client = o.cfg.Loops.Guard(client)
	}
	return timed(o.cfg.Tracer.Guard(client), nil)
}

// declared is the configuration of an app's pools.
func (o *Origins) declared(app string, m *telemetry.Scope) upstream.Config {
	cfg := upstream.Config{
		Client: o.carrying(o.client), Forwarding: o.cfg.Forwarding, Key: appKey(o.cfg.Key, app),
		Metrics: m, Resolver: o.cfg.Resolver,
	}
	cfg.Notice = func(d hedge.Decision) {
		m.Counter(telemetry.Decisions, string(d.Reason)).Inc()
		if o.cfg.Notice != nil {
			o.cfg.Notice(app, d)
		}
	}
	return cfg
}

// appKey derives the key of an app, so that a cookie of one means nothing to another.
func appKey(key []byte, app string) []byte {
	if len(key) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(app))
	return mac.Sum(nil)
}

func (o *Origins) forget(release *hedge.Release) {
	if own, ok := o.opened.LoadAndDelete(release); ok {
		own.(*origins).close()
	}
	o.cfg.Clients.forget(release)
}

// Upstream returns the pool that the app's configuration declares. release is the
// one that the code was loaded with (worker.Call.App).
func (o *Origins) Upstream(release *hedge.Release, name string) (httpmsg.RoundTripper, error) {
	if own, ok := o.opened.Load(release); ok {
		if pool, ok := own.(*origins).cached[name]; ok {
			return pool, nil
		}
	}
	return nil, hedge.Errorf(hedge.OutcomeException, "the app %s has no upstream %q: declare it in hedge.toml as [upstream.%s]", release.Name, name, name)
}

// Split returns the split that the app's configuration declares. release is as in
// Upstream.
func (o *Origins) Split(release *hedge.Release, name string) (httpmsg.RoundTripper, error) {
	if own, ok := o.opened.Load(release); ok {
		if split, ok := own.(*origins).divided[name]; ok {
			if release.Cache.Front {
				return forVisitor(split), nil
			}
			return split, nil
		}
	}
	return nil, hedge.Errorf(hedge.OutcomeException, "the app %s has no split %q: declare it in hedge.toml as [split.%s]", release.Name, name, name)
}

// forVisitor says of what a split answers that it is no answer to others: the cache that
// stands before the code would have the first visitor choose the side for all.
func forVisitor(split httpmsg.RoundTripper) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		res, err := split.RoundTrip(ctx, req)
		if err == nil {
			res.Header.Set("CDN-Cache-Control", "no-store")
		}
		return res, err
	})
}

// Origin returns a pool of one target, behind the cache as those are that are declared: an
// origin answers by what visitors have asked for, which the pool tells it. It is made anew
// each time, as code can name any number of them; so its policy is not among those that
// are served.
func (o *Origins) Origin(release *hedge.Release, url string) (httpmsg.RoundTripper, error) {
	client, err := o.cfg.Clients.of(release)
	if err != nil {
		return nil, err
	}
	pool, err := upstream.New(url, hedge.Upstream{Targets: []string{url}}, upstream.Config{Client: client.direct, Forwarding: o.cfg.Forwarding})
	if err != nil {
		return nil, err
	}
	policy := policyOf(release, "origin:"+url)
	if o.cfg.Cache == nil || policy == nil {
		return pool, nil
	}
	return &cached{o.cfg.Cache, policy, pool}, nil
}

// Mounted returns rt under a prefix of the path.
func (o *Origins) Mounted(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	return upstream.Mount(prefix, rt)
}
