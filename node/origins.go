package node

import (
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
	declared upstream.Config
	clients  *Clients
	pools    sync.Map // *hedge.Release → map[string]*upstream.Pool
}

// NewOrigins makes an Origins. declared carries requests to the upstreams that
// configurations declare, which may be anywhere; clients those to origins that code
// names.
func NewOrigins(declared httpmsg.RoundTripper, clients *Clients, forwarding httpmsg.Forwarding) *Origins {
	return &Origins{
		declared: upstream.Config{Client: declared, Forwarding: forwarding},
		clients:  clients,
	}
}

// open makes the pools of a release, and keeps them for its code until forget.
func (o *Origins) open(release *hedge.Release) (map[string]*upstream.Pool, error) {
	pools := make(map[string]*upstream.Pool, len(release.Upstreams))
	for name, u := range release.Upstreams {
		pool, err := upstream.New(name, u, o.declared)
		if err != nil {
			return nil, err
		}
		pools[name] = pool
	}
	o.pools.Store(release, pools)
	o.clients.open(release)
	return pools, nil
}

func (o *Origins) forget(release *hedge.Release) {
	o.pools.Delete(release)
	o.clients.forget(release)
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
func (o *Origins) Origin(release *hedge.Release, url string) (httpmsg.RoundTripper, error) {
	client, err := o.clients.Client(release)
	if err != nil {
		return nil, err
	}
	pool, err := upstream.New(url, hedge.Upstream{Targets: []string{url}}, upstream.Config{Client: client, Forwarding: o.declared.Forwarding})
	if err != nil {
		return nil, err
	}
	return pool, nil
}

// Mounted returns rt under a prefix of the path.
func (o *Origins) Mounted(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	return upstream.Mount(prefix, rt)
}
