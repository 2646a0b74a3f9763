package node

import (
	"context"
	"sync"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// Clients sends the requests that code makes. Each app has a client of its own: its
// egress policy is its own, and a connection that one app has opened must not carry
// the requests of another, which may not have been allowed to open it and could see
// from its being there that the other has used it. What is spoken over TLS is what an
// origin prefers. Safe for concurrent use.
type Clients struct {
	cfg       ClientConfig
	loops     *Loops
	tracer    *Tracer
	byRelease sync.Map // *hedge.Release → *appClient
}

type appClient struct {
	httpmsg.RoundTripper                      // behind the cache
	direct               httpmsg.RoundTripper // the same without it
	client               *Client
	uncached             func()
}

// NewClients makes a Clients. Egress in cfg is what all apps may do; nil stands for
// everything. loops and tracer may be nil.
func NewClients(cfg ClientConfig, loops *Loops, tracer *Tracer) *Clients {
	cfg.Protocol = hedge.ProtocolAuto
	return &Clients{cfg: cfg, loops: loops, tracer: tracer}
}

// open makes the client of a release, until forget, behind a cache if there is one. m
// counts what it does.
func (c *Clients) open(release *hedge.Release, shared *cache.Cache, m *telemetry.Scope) {
	cfg := c.cfg
	// What a fetch is made for has a time of its own, which is the app's to set.
	cfg.HeadTimeout = max(cfg.HeadTimeout, release.Limits.Wall, release.Limits.WaitUntil)
	if cfg.Egress != nil {
		cfg.Egress = cfg.Egress.With(release.Egress.Networks, release.Egress.Hosts)
	}
	client := NewClient(cfg)
	a := &appClient{RoundTripper: timed(c.tracer.Guard(client), m.Histogram(telemetry.FetchDuration)), client: client}
	if c.loops != nil {
		a.RoundTripper = c.loops.Guard(a.RoundTripper)
	}
	a.direct = a.RoundTripper
	a.RoundTripper, a.uncached = behind(shared, policyOf(release, "fetch"), a.direct)
	c.byRelease.Store(release, a)
}

func (c *Clients) forget(release *hedge.Release) {
	if a, ok := c.byRelease.LoadAndDelete(release); ok {
		a.(*appClient).uncached()
		a.(*appClient).client.Close()
	}
}

// Client returns the client of a release that is served.
func (c *Clients) Client(release *hedge.Release) (httpmsg.RoundTripper, error) {
	a, err := c.of(release)
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (c *Clients) of(release *hedge.Release) (*appClient, error) {
	if a, ok := c.byRelease.Load(release); ok {
		return a.(*appClient), nil
	}
	return nil, hedge.Errorf(hedge.OutcomeIsolateLost, "the app is not served any more")
}

// timed returns a client that notes which origin was asked, and how long it took; times may
// be nil.
func timed(client httpmsg.RoundTripper, times *telemetry.Histogram) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		began := time.Now()
		res, err := client.RoundTrip(ctx, req)
		took := time.Since(began)
		times.Observe(took)
		address := req.Authority
		if req.Endpoint != "" {
			address = req.Endpoint
		}
		req.Account.Asked(req.Scheme+"://"+address, took)
		return res, err
	})
}
