package node

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"

	"hedge"
	"hedge/httpmsg"
	"hedge/upstream"
)

// Origins is what the code of apps reaches through hedge:route (it is a
// route.Origins): the pools that
// their configurations declare, which a Node fills in, and the origins that code
// names by their URL. It is made before the Runtime that needs it and the Node.
// Its methods may be called from any goroutine.
type Origins struct {
	cfg   OriginsConfig
	pools sync.Map // *hedge.Release → map[string]*upstream.Pool
}

// OriginsConfig is what an Origins is made of. It is not changed once an Origins has
// it.
type OriginsConfig struct {
	// Declared carries requests to the upstreams that configurations declare, which
	// may be anywhere; Named those to origins that code names.
	Declared, Named httpmsg.RoundTripper
	Forwarding      httpmsg.Forwarding
	// Key signs the cookies that lead visitors back to where they were: see
	// upstream.Config.
	Key []byte
	// Notice is told of changes in the state of an app's targets. It is called from any
	// goroutine, and must not block. May be nil.
	Notice func(app string, d hedge.Decision)
}

// NewOrigins makes an Origins.
func NewOrigins(cfg OriginsConfig) *Origins { return &Origins{cfg: cfg} }

// open makes the pools of a release, and keeps them for its code until forget.
func (o *Origins) open(release *hedge.Release) (map[string]*upstream.Pool, error) {
	pools := make(map[string]*upstream.Pool, len(release.Upstreams))
	cfg := o.declared(release.Name)
	for name, u := range release.Upstreams {
		pool, err := upstream.New(name, u, cfg)
		if err != nil {
			closePools(pools)
			return nil, err
		}
		pools[name] = pool
	}
	o.pools.Store(release, pools)
	return pools, nil
}

// declared is the configuration of an app's pools.
func (o *Origins) declared(app string) upstream.Config {
	cfg := upstream.Config{Client: o.cfg.Declared, Forwarding: o.cfg.Forwarding, Key: appKey(o.cfg.Key, app)}
	if o.cfg.Notice != nil {
		cfg.Notice = func(d hedge.Decision) { o.cfg.Notice(app, d) }
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
	if pools, ok := o.pools.LoadAndDelete(release); ok {
		closePools(pools.(map[string]*upstream.Pool))
	}
}

func closePools(pools map[string]*upstream.Pool) {
	for _, pool := range pools {
		pool.Close()
	}
}

// Upstream returns the pool that the app's configuration declares. release is the
// one that the code was loaded with (worker.Call.App).
func (o *Origins) Upstream(release *hedge.Release, name string) (httpmsg.RoundTripper, error) {
	if pools, ok := o.pools.Load(release); ok {
		if pool, ok := pools.(map[string]*upstream.Pool)[name]; ok {
			return pool, nil
		}
	}
	return nil, hedge.Errorf(hedge.OutcomeException, "the app %s has no upstream %q: declare it in hedge.toml as [upstream.%s]", release.Name, name, name)
}

// Origin returns a pool of one target. It is made anew each time: code can name
// any number of them.
func (o *Origins) Origin(_ *hedge.Release, url string) (httpmsg.RoundTripper, error) {
	pool, err := upstream.New(url, hedge.Upstream{Targets: []string{url}}, upstream.Config{Client: o.cfg.Named, Forwarding: o.cfg.Forwarding})
	if err != nil {
		return nil, err
	}
	return pool, nil
}

// Mounted returns rt under a prefix of the path.
func (o *Origins) Mounted(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	return upstream.Mount(prefix, rt)
}
