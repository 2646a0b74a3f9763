package node

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/cert"
	"hedge/httpmsg"
	"hedge/proxyproto"
	"hedge/serving"
	"hedge/telemetry"
	"hedge/worker"
)

// Config is what a Node is made of. It is not changed once a Node has it.
type Config struct {
	// Runtime runs the apps' code. It stays the caller's, who closes it after
	// Shutdown. A node whose apps are routes alone can do without.
	Runtime *worker.Runtime
	// Origins makes the pools of apps. It is the one that the Runtime's code has.
	Origins *Origins
	// Forwarding says which proxies in front of the node are trusted.
	Forwarding httpmsg.Forwarding
	// Proxies takes the header of the PROXY protocol off the connections of load
	// balancers; nil: none is expected.
	Proxies *proxyproto.Acceptor
	// TLS ends TLS for ServeTLS, and says which requests may come over which
	// connection; nil if there is none.
	TLS *cert.Server
	// RedirectPort is where requests that came without TLS are sent, by 308 to the same
	// URL with https; empty: they are served.
	RedirectPort string
	// AltSvc is the field Alt-Svc (RFC 7838) of answers over TLS, which leads clients to
	// HTTP/3; empty: there is none.
	AltSvc string
	// DrainIdleTimeout is how long Shutdown keeps connections over HTTP/1.1 that carry
	// nothing, so that clients at work learn of the end in an answer (see http1.Limits).
	DrainIdleTimeout time.Duration
	// Heads and Timeouts bound what one client may cost, in all versions of HTTP; the zero
	// values stand for the defaults.
	Heads    httpmsg.SectionLimits
	Timeouts serving.Timeouts
	// Ceilings bound connections and memory.
	Ceilings Ceilings
	// Loops counts how deep requests lead into each other; it is the one that guards
	// the clients. nil: nobody counts, and what clients say is dropped.
	Loops *Loops
	// SocketDrain is how long a connection that was switched to another protocol, a
	// WebSocket, goes on with a release that has been replaced or removed; 0 stands for
	// five minutes.
	SocketDrain time.Duration
	// Pictures changes the pictures of routes that ask for it; nil: nobody does.
	Pictures PictureWorkers
	// Secret returns a value that an app's configuration names, from the environment;
	// empty: there is none. May be nil.
	Secret func(name string) string
	// Dev shows in error pages, and in Server-Timing, what went wrong: messages,
	// stack traces and source code. Not for the public.
	Dev bool
	// Panicked is told of a panic while a request was answered, which is a bug in
	// Hedge; that connection is broken off, and the others go on. If it is nil the
	// process ends.
	Panicked func(reason any, stack []byte)
	// Tracer has requests take part in traces; nil: none do.
	Tracer *Tracer
	// Metrics counts what goes on; nil: nobody counts. It is the one that Origins has.
	Metrics *telemetry.Registry
	// Access is called once for each request, when it is over, from many goroutines
	// at once. It must not block for long. May be nil.
	Access func(telemetry.Access)
}

// Node serves apps. Its methods may be called from any goroutine.
type Node struct {
	cfg  Config
	door *door
	load loader
	apps atomic.Pointer[table]
	// unclaimed counts the requests that no app answers.
	unclaimed *appMetrics

	deploying sync.Mutex // one change of apps at a time

	active activity
}

// loader makes code of a release.
type loader func(context.Context, *hedge.Release) (code, error)

// code is an app's code at work; a *worker.App.
type code interface {
	httpmsg.RoundTripper
	// Drain ends the code once the requests under way are over.
	Drain()
	// Settle is Drain, and waits until what goes on behind the last responses is over too,
	// or ctx ends.
	Settle(ctx context.Context)
	// Close ends the code at once.
	Close()
	// Excerpt returns the lines around a place in the app's sources.
	Excerpt(at hedge.Frame, context int) string
}

// New makes a node that serves nothing yet.
func New(cfg Config) (*Node, error) {
	if cfg.Origins == nil {
		return nil, errors.New("node: Config.Origins is missing; NewOrigins makes one")
	}
	if cfg.Loops == nil {
		cfg.Loops = NewLoops(nil)
	}
	if cfg.SocketDrain == 0 {
		cfg.SocketDrain = 5 * time.Minute
	}
	n := &Node{cfg: cfg, load: runtimeLoader(cfg.Runtime), unclaimed: newAppMetrics(cfg.Metrics.Scope(unclaimed))}
	n.apps.Store(newTable(nil, nil))
	n.door = newDoor(n)
	cfg.Metrics.Collect(n.collect)
	return n, nil
}

func runtimeLoader(rt *worker.Runtime) loader {
	return func(ctx context.Context, release *hedge.Release) (code, error) {
		if rt == nil {
			return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the app %q has code, but the node has no runtime for it", release.Name)
		}
		app, err := rt.Load(ctx, release)
		if err != nil {
			return nil, err
		}
		return app, nil
	}
}

// Serve accepts connections until ctx ends or Shutdown is called, and then returns
// nil; any other end is an error. It closes ln. Requests under way go on until
// Shutdown. It may be called for several listeners at once.
func (n *Node) Serve(ctx context.Context, ln net.Listener) error {
	return n.door.serve(ctx, ln)
}

// ServeTLS is Serve for connections that begin with a TLS handshake, as Config.TLS
// does it.
func (n *Node) ServeTLS(ctx context.Context, ln net.Listener) error {
	return n.door.serveTLS(ctx, ln)
}

// Shutdown stops accepting, waits for the requests under way until ctx ends, and for what
// code does behind its responses, breaks off what remains, and ends the apps. The error is
// that of ctx, if requests had to be broken off.
func (n *Node) Shutdown(ctx context.Context) error {
	err := n.door.shutdown(ctx)
	n.deploying.Lock()
	defer n.deploying.Unlock()
	var ending sync.WaitGroup
	for _, d := range n.apps.Swap(newTable(nil, nil)).byName {
		ending.Go(func() {
			if d.code != nil {
				d.code.Settle(ctx)
			}
			d.close()
			n.cfg.Origins.forget(d.release)
		})
	}
	ending.Wait()
	return err
}
