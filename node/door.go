package node

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"hedge"
	"hedge/http1"
	"hedge/httpmsg"
)

// door is where requests come in.
type door struct {
	node   *Node
	server http1.Server
}

func newDoor(n *Node) *door {
	d := &door{node: n}
	d.server.Handler, d.server.Limits, d.server.Panicked = d.handle, http1.DefaultLimits(), n.cfg.Panicked
	return d
}

func (d *door) serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	err := d.server.Serve(ln)
	if ctx.Err() != nil || errors.Is(err, http1.ErrServerClosed) {
		return nil
	}
	return err
}

func (d *door) shutdown(ctx context.Context) error {
	err := d.server.Shutdown(ctx)
	if err != nil {
		_ = d.server.Close()
	}
	return err
}

// handle takes one request through the steps.
func (d *door) handle(ctx context.Context, req *httpmsg.Request, refusal *http1.Refusal, out *http1.Response) {
	req.Account = &hedge.Account{}
	x := exchange{node: d.node, began: time.Now(), req: req, out: out}
	switch {
	case refusal != nil:
		x.refusal = refuse(refusal.Status, "%s", refusal.Why)
	case req.Method == "OPTIONS" && req.Target == "*":
		_, _ = out.Deliver(ctx, req, &httpmsg.Response{Status: 200}) // about the server as a whole, of which there is nothing to say
		return
	default:
		d.node.cfg.Loops.admit(req) // before what Connection names is removed
		x.refusal = admit(req)
	}
	x.travel(ctx)
}

// admit checks what a request asks for, and brings host and target into their usual
// form.
func admit(req *httpmsg.Request) error {
	httpmsg.RemoveHopByHop(&req.Header, nil)
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
