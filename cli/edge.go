package cli

import (
	"context"
	"net"
	"net/netip"
	"time"

	"hedge/cert"
	"hedge/egress"
	"hedge/http3"
	"hedge/httpmsg"
	"hedge/image"
	"hedge/jsapi"
	"hedge/jsapi/websocket"
	"hedge/node"
	"hedge/proxyproto"
	"hedge/telemetry"
	"hedge/worker"
)

// edge is the whole of it: apps that run in a runtime and answer through a node.
type edge struct {
	*node.Node
	runtime *worker.Runtime
	origins *node.Origins
	journal *journal
	metrics *telemetry.Registry
	traced  *tracing
	ready   readiness
	started time.Time
	admin   adminOptions
	cache   *edgeCache // nil: there is none
	images  *image.Pool
}

// settings are what an edge in production and one in development differ in.
type settings struct {
	dev      bool
	egress   egress.Policy            // where code may connect to
	cordons  *worker.Cordons          // where isolates live; nil: in this process
	key      []byte                   // signs cookies
	library  string                   // libvips; empty: there is none
	secret   func(name string) string // of the environment
	admin    adminOptions
	trace    traceOptions
	cache    cacheOptions
	cacheKey []byte       // encrypts the cache on disk; nil: it is not encrypted
	tls      *cert.Server // nil without TLS
	altSvc   string       // leads clients to HTTP/3; empty: there is none
	// balancers are the networks of load balancers that speak the PROXY protocol.
	balancers []netip.Prefix
	// forwarding says which proxies in front are believed.
	forwarding httpmsg.Forwarding
	clients    clientOptions // the zero value has the defaults
	ceilings   node.Ceilings
	// drainIdle is how long connections that carry nothing are kept when the edge ends.
	drainIdle time.Duration
	// redirectPort is where requests without TLS are sent; empty: nowhere.
	redirectPort string
}

// proxyTimeout is how long a load balancer may take to say who the client is.
const proxyTimeout = 5 * time.Second

// openEdge puts the parts together. It is the one place that does. What happens is
// told to the journal. The edge is to be closed.
//
// What the configuration declares is the operator's word, and may be anywhere; what
// code names is for the policy to judge. The two share no connection.
func openEdge(j *journal, set settings) (*edge, error) {
	forCode := node.DefaultClientConfig()
	forCode.Egress = &set.egress
	loops := node.NewLoops(set.key)
	m := telemetry.NewRegistry()
	traced := set.trace.open(m)
	clients := node.NewClients(forCode, loops, traced.tracer)
	m.Collect(telemetry.Process)
	m.Collect(j.collect)
	m.Collect(buildInfo)
	shared, err := openCache(set.cache, set.cacheKey, j, m)
	if err != nil {
		traced.close()
		return nil, err
	}
	origins := node.NewOrigins(node.OriginsConfig{
		Cache: shared.shared(), Client: node.DefaultClientConfig(), Loops: loops, Clients: clients, Forwarding: set.forwarding, Key: set.key, Notice: j.decided, Metrics: m, Tracer: traced.tracer,
	})
	e := &edge{origins: origins, journal: j, metrics: m, traced: traced, admin: set.admin, started: j.now(), cache: shared}
	m.Collect(e.ready.collect)
	e.images = openImages(j, set.library)
	cfg := worker.DefaultConfig()
	cfg.Script, cfg.Console, cfg.Hints = jsapi.Script, j.console, set.dev
	cfg.Modules = jsapi.All(jsapi.Services{Clients: clients, Origins: origins, Caches: origins, Sockets: websocket.DefaultConfig(), Images: e.images})
	cfg.Cordons, cfg.Notice = set.cordons, j.notice
	if e.runtime, err = worker.New(cfg); err != nil {
		traced.close()
		e.cache.close()
		return nil, err
	}
	var proxies *proxyproto.Acceptor
	if len(set.balancers) > 0 {
		proxies = &proxyproto.Acceptor{Trusted: set.balancers, Timeout: proxyTimeout}
	}
	e.Node, err = node.New(node.Config{
		Proxies: proxies, Forwarding: set.forwarding,
		Runtime: e.runtime, Origins: origins, Loops: loops, TLS: set.tls, RedirectPort: set.redirectPort, AltSvc: set.altSvc, Pictures: e.images, Secret: set.secret,
		Heads: set.clients.heads, Timeouts: set.clients.timeouts, Ceilings: set.ceilings, DrainIdleTimeout: set.drainIdle, Dev: set.dev, Metrics: m, Tracer: traced.tracer, Access: j.request, Panicked: j.panicked,
	})
	if err != nil {
		e.close()
		return nil, err
	}
	m.Collect(func(s *telemetry.Sample) {
		var apps []string
		for _, app := range e.Apps() {
			apps = append(apps, app.Name)
		}
		e.cache.collect(s, apps)
	})
	return e, nil
}

// close ends what is left when the node has been shut down.
func (e *edge) close() {
	e.runtime.Close()
	e.images.Close()
	e.origins.Close()
	e.cache.close()
	e.traced.close()
}

// entry is where requests come in.
type entry struct {
	net.Listener
	tls bool
}

// serve serves all entries until the first of them ends. udp is nil without HTTP/3.
func (e *edge) serve(entries []entry, udp *http3.Port) error {
	served := make(chan error, len(entries)+1)
	if udp != nil {
		go func() { served <- e.ServeQUIC(context.Background(), udp) }() // until Shutdown
	}
	for _, in := range entries {
		serve := e.Serve
		if in.tls {
			serve = e.ServeTLS
		}
		go func() { served <- serve(context.Background(), in.Listener) }() // until Shutdown
	}
	return <-served
}

func closeAll(entries []entry) {
	for _, in := range entries {
		_ = in.Close()
	}
}

// drain lets the requests under way end until ctx does, and then closes the edge.
func (e *edge) drain(ctx context.Context) error {
	err := e.Shutdown(ctx)
	e.close()
	if ctx.Err() != nil {
		return nil // who asked for the end does not care for stragglers
	}
	return err
}

// untilInterrupted does some work, whose context ends with the first signal.
func untilInterrupted(w World, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- work(ctx) }() // ends soon after ctx
	defer cancel()
	select {
	case err := <-done:
		return err
	case <-w.Signals:
		cancel()
		<-done
		return &exitError{exitInterrupted}
	}
}
