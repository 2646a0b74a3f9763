package node

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hedge/http1"
	"hedge/http2"
	"hedge/http3"
	"hedge/httpmsg"
	"hedge/serving"
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

// overTCP is a server over TCP, whose connections may be between a listener and it when it is
// to end, and which can do with fewer of them.
type overTCP interface {
	server
	// Drain is the beginning of Shutdown: connections that come later are served, and end
	// as those do that are there.
	Drain()
	// Shrink ends up to n connections that carry nothing, those first that have done so
	// for longest, and returns how many.
	Shrink(n int) int
}

// servers serve connections over TCP, by what was agreed on.
type servers struct{ http1, http2 overTCP }

func (s servers) drain() {
	s.http1.Drain()
	s.http2.Drain()
}

// shutdown ends HTTP/1.1 first, whose server has connections that turn out to be HTTP/2's.
func (s servers) shutdown(ctx context.Context) error {
	return errors.Join(s.http1.Shutdown(ctx), s.http2.Shutdown(ctx))
}

// door is where requests come in.
type door struct {
	node      *Node
	listeners *listeners
	shaking   sync.WaitGroup  // handshakes under way
	ctx       context.Context // of handshakes
	breakOff  context.CancelFunc
	main      servers
	shedding  servers       // of connections that are too many
	http3     *http3.Server // nil without TLS
	overload  *overload
	// cut says that connections are being broken off, with the requests under way, because
	// the patience at the end is over: it is not the clients that have gone.
	cut atomic.Bool

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
	one, two, three := n.limits()
	d.main = d.newServers(d.handle, one, two)
	one.HeadTimeout, one.IdleTimeout, one.LingerTime = shedHead, shedIdle, shedIdle
	two.HeadTimeout, two.IdleTimeout = shedHead, shedIdle
	d.shedding = d.newServers(d.shed, one, two)
	if n.cfg.TLS != nil {
		d.http3 = &http3.Server{Handler: d.handle, Limits: three, Panicked: n.cfg.Panicked, TLS: handshakes{n.cfg.TLS.QUIC(), d}, Admit: func() bool { return d.overload.admitQUIC() }}
	}
	d.overload = newOverload(d, n.cfg.Ceilings, m)
	return d
}

// limits are those of the servers, as the configuration has them.
func (n *Node) limits() (http1.Limits, http2.Limits, http3.Limits) {
	one, two, three := http1.DefaultLimits(), http2.DefaultLimits(), http3.DefaultLimits()
	heads, timeouts := cmp.Or(n.cfg.Heads, httpmsg.DefaultSectionLimits()), cmp.Or(n.cfg.Timeouts, serving.DefaultTimeouts())
	one.SectionLimits, two.SectionLimits, three.SectionLimits = heads, heads, heads
	one.Timeouts, two.Timeouts, three.Timeouts = timeouts, timeouts, timeouts
	one.DrainIdleTimeout = n.cfg.DrainIdleTimeout
	return one, two, three
}

func (d *door) newServers(handler httpmsg.Handler, one http1.Limits, two http2.Limits) servers {
	http2 := &http2.Server{Handler: handler, Limits: two, Panicked: d.node.cfg.Panicked}
	return servers{&http1.Server{Handler: handler, Limits: one, Panicked: d.node.cfg.Panicked, Preface: http2.TakeRead}, http2}
}

func (d *door) serve(ctx context.Context, ln net.Listener) error {
	return d.accept(ctx, ln, d.plain, func(nc net.Conn, by *servers) {
		by.http1.ServeConn(nc, nil)
		d.overload.pending.Add(-1)
	})
}

// accept accepts connections that there is room for, and has them served once it is known
// whose they are. Who serves one takes it off what is pending.
func (d *door) accept(ctx context.Context, ln net.Listener, accepted *telemetry.Counter, serve func(net.Conn, *servers)) error {
	return d.listeners.accept(ctx, ln, func(nc net.Conn) {
		accepted.Inc()
		by := d.overload.admit()
		if by == nil {
			_ = nc.Close()
			return
		}
		d.overload.pending.Add(1)
		d.announced(nc, func(nc net.Conn) { serve(nc, by) })
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
			d.overload.pending.Add(-1)
			return
		}
		serve(client)
	})
}

func (d *door) serveTLS(ctx context.Context, ln net.Listener) error {
	return d.accept(ctx, ln, d.tls, func(nc net.Conn, by *servers) {
		d.shaking.Go(func() {
			d.secure(nc, by)
			d.overload.pending.Add(-1)
		})
	})
}

// secure has a connection served once its TLS stands. A handshake that fails is the
// client's to report.
func (d *door) secure(nc net.Conn, by *servers) {
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
		by.http2.ServeConn(tc, info)
		return
	}
	by.http1.ServeConn(tc, info)
}

// shakingPatience is how long what is under way at the end between a client's connection and
// its first request may take, handshakes and what load balancers say: some round trips.
const shakingPatience = time.Second

// shutdown serves what has been accepted, and ends. The servers begin to at once, and take
// connections until the last handshake is over.
func (d *door) shutdown(ctx context.Context) error {
	defer d.breakOff()
	defer context.AfterFunc(ctx, d.breakOff)()
	d.listeners.close()
	all := []servers{d.main, d.shedding}
	for _, s := range all {
		s.drain()
	}
	errs := make([]error, len(all)+1)
	var ending sync.WaitGroup // ends with ctx, at the latest
	if d.http3 != nil {
		ending.Go(func() { errs[len(all)] = d.http3.Shutdown(ctx) })
	}
	d.finishHandshakes()
	for i, s := range all {
		ending.Go(func() { errs[i] = s.shutdown(ctx) })
	}
	ending.Wait()
	err := errors.Join(errs...)
	if err != nil {
		d.cut.Store(true)
		for _, s := range d.servers() {
			_ = s.Close()
		}
	}
	return err
}

// finishHandshakes waits until those under way have become connections, or been broken off.
func (d *door) finishHandshakes() {
	defer time.AfterFunc(shakingPatience, d.breakOff).Stop()
	d.shaking.Wait()
}

func (d *door) servers() []ender {
	servers := []ender{d.main.http1, d.main.http2, d.shedding.http1, d.shedding.http2}
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
	var full error
	if d.overload.short.Load() {
		full = errShed()
	}
	d.take(ctx, req, refusal, out, full)
}

// take is handle for who knows whether there is room for the request; an error says that
// there is none.
func (d *door) take(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet, full error) {
	x := &exchange{node: d.node, began: time.Now(), req: req, out: out, content: countContent(req)}
	req.Account = &x.own
	if refusal != nil {
		x.refusal = refuse(refusal.Status, "%s", refusal.Why)
	} else {
		d.node.cfg.Loops.admit(req) // before what Connection names is removed
		if x.refusal = d.admit(req); x.refusal == nil {
			x.refusal = full
		}
		d.node.cfg.Tracer.begin(x)
	}
	x.travel(ctx)
}

// admit checks what a request asks for, brings host and target into their usual form, and
// removes what is not to be believed, before a route or a rate limit goes by it.
func (d *door) admit(req *httpmsg.Request) error {
	httpmsg.RemoveHopByHop(&req.Header, nil)
	httpmsg.RemoveAliases(&req.Header)
	d.node.cfg.Forwarding.Admit(req)
	clientCert(req).Pass(&req.Header)
	req.Target = httpmsg.EscapeNonASCII(req.Target)
	host, port, err := httpmsg.NormalHost(req.Authority)
	switch {
	case httpmsg.IsRefusedMethod(req.Method):
		return refuse(405, "the method %s is not allowed here", req.Method)
	case err != nil:
		return err
	case !strings.HasPrefix(req.Target, "/") && (req.Target != "*" || req.Method != "OPTIONS"):
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
