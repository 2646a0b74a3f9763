package node

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"hedge"
	"hedge/http1"
	"hedge/http2"
	"hedge/http3"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// server speaks a version of HTTP over connections that it is given. Its methods may
// be called from any goroutine.
type server interface {
	// ServeConn serves a connection on goroutines of the server's own. info describes
	// its TLS; nil if it has none.
	ServeConn(nc net.Conn, info *httpmsg.TLSInfo)
	ender
}

// ender is what all servers have in common.
type ender interface {
	// Shutdown lets the requests under way end, and the connections with them, until
	// ctx does; its error is then that of ctx. From then on connections are refused.
	Shutdown(ctx context.Context) error
	// Close ends all connections at once.
	Close() error
	// Open is the number of connections.
	Open() int
}

// door is where requests come in.
type door struct {
	node      *Node
	listeners *listeners
	shaking   sync.WaitGroup  // handshakes under way
	ctx       context.Context // of handshakes
	breakOff  context.CancelFunc
	http1     server
	http2     server
	http3     *http3.Server // nil without TLS

	plain, tls, quic      *telemetry.Counter // connections
	full, resumed, failed *telemetry.Counter // handshakes
}

func newDoor(n *Node) *door {
	m := n.cfg.Metrics
	d := &door{
		node: n, listeners: newListeners(),
		plain: m.Counter(telemetry.ConnectionsAccepted, "plain"), tls: m.Counter(telemetry.ConnectionsAccepted, "tls"), quic: m.Counter(telemetry.ConnectionsAccepted, "quic"),
		full: m.Counter(telemetry.Handshakes, "full"), resumed: m.Counter(telemetry.Handshakes, "resumed"), failed: m.Counter(telemetry.Handshakes, "failed"),
	}
	d.ctx, d.breakOff = context.WithCancel(context.Background())
	two := &http2.Server{Handler: d.handle, Limits: http2.DefaultLimits(), Panicked: n.cfg.Panicked}
	limits := http1.DefaultLimits()
	limits.DrainIdleTimeout = n.cfg.DrainIdleTimeout
	d.http1 = &http1.Server{Handler: d.handle, Limits: limits, Panicked: n.cfg.Panicked, Preface: two.ServeRead}
	d.http2 = two
	if n.cfg.TLS != nil {
		d.http3 = &http3.Server{Handler: d.handle, Limits: http3.DefaultLimits(), Panicked: n.cfg.Panicked, TLS: handshakes{n.cfg.TLS.QUIC(), d}}
	}
	return d
}

func (d *door) serve(ctx context.Context, ln net.Listener) error {
	return d.listeners.accept(ctx, ln, func(nc net.Conn) {
		d.plain.Inc()
		d.announced(nc, func(nc net.Conn) { d.http1.ServeConn(nc, nil) })
	})
}

// announced has a connection served once it is known whose it is. A load balancer that
// does not say so well is hung up on.
func (d *door) announced(nc net.Conn, serve func(net.Conn)) {
	proxies := d.node.cfg.Proxies
	if proxies == nil {
		serve(nc)
		return
	}
	d.shaking.Go(func() { // ends with the header
		stop := context.AfterFunc(d.ctx, func() { _ = nc.Close() })
		client, err := proxies.Accept(nc)
		stop()
		if err != nil {
			_ = nc.Close()
			return
		}
		serve(client)
	})
}

func (d *door) serveTLS(ctx context.Context, ln net.Listener) error {
	return d.listeners.accept(ctx, ln, func(nc net.Conn) {
		d.tls.Inc()
		d.announced(nc, func(nc net.Conn) {
			d.shaking.Go(func() { d.secure(nc) })
		})
	})
}

// secure has a connection served once its TLS stands. A handshake that fails is the
// client's to report.
func (d *door) secure(nc net.Conn) {
	tc, info, err := d.node.cfg.TLS.Handshake(d.ctx, nc)
	switch {
	case err != nil:
		d.failed.Inc()
		return
	case info.Resumed:
		d.resumed.Inc()
	default:
		d.full.Inc()
	}
	if info.Protocol == "h2" {
		d.http2.ServeConn(tc, info)
		return
	}
	d.http1.ServeConn(tc, info)
}

// shutdown serves what has been accepted, and ends. Until the last handshake is over,
// the servers take connections.
func (d *door) shutdown(ctx context.Context) error {
	defer d.breakOff()
	defer context.AfterFunc(ctx, d.breakOff)()
	d.listeners.close()
	d.shaking.Wait()
	servers := d.servers()
	errs := make([]error, len(servers))
	var ending sync.WaitGroup
	for i, s := range servers {
		ending.Go(func() { errs[i] = s.Shutdown(ctx) }) // ends with ctx, at the latest
	}
	ending.Wait()
	err := errors.Join(errs...)
	if err != nil {
		for _, s := range servers {
			_ = s.Close()
		}
	}
	return err
}

func (d *door) servers() []ender {
	servers := []ender{d.http1, d.http2}
	if d.http3 != nil {
		servers = append(servers, d.http3)
	}
	return servers
}

// open returns the number of connections.
func (d *door) open() (n int) {
	for _, s := range d.servers() {
		n += s.Open()
	}
	return n
}

// handle takes one request through the steps.
func (d *door) handle(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
	req.Account = &hedge.Account{}
	x := exchange{node: d.node, began: time.Now(), req: req, out: out, content: countContent(req)}
	switch {
	case refusal != nil:
		x.refusal = refuse(refusal.Status, "%s", refusal.Why)
	case req.Method == "OPTIONS" && req.Target == "*":
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 200}) // about the server as a whole, of which there is nothing to say
		return
	default:
		d.node.cfg.Loops.admit(req) // before what Connection names is removed
		x.refusal = admit(req)
		d.node.cfg.Tracer.begin(&x)
	}
	x.travel(ctx)
}

// admit checks what a request asks for, and brings host and target into their usual
// form.
func admit(req *httpmsg.Request) error {
	httpmsg.RemoveHopByHop(&req.Header, nil)
	httpmsg.RemoveAliases(&req.Header)
	clientCert(req).Pass(&req.Header)
	req.Target = httpmsg.EscapeNonASCII(req.Target)
	host, port, err := httpmsg.NormalHost(req.Authority)
	switch {
	case req.Method == "CONNECT" || req.Method == "TRACE":
		return refuse(501, "the method %s is not supported here", req.Method)
	case err != nil:
		return err
	case !strings.HasPrefix(req.Target, "/"):
		return refuse(400, "the target of the request is not a path that begins with a slash")
	}
	req.Authority = httpmsg.JoinAuthority(req.Scheme, host, port)
	return nil
}

// clientCert returns what the client has shown; nil if that is nothing.
func clientCert(req *httpmsg.Request) *httpmsg.ClientCert {
	if req.TLS == nil {
		return nil
	}
	return req.TLS.ClientCert
}
