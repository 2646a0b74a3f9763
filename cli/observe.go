package cli

import (
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"hedge/http1"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// readiness says whether an edge takes requests, and why not.
type readiness struct{ why atomic.Pointer[string] }

// The reasons.
const (
	notStarted = "starting: not all apps are loaded"
	draining   = "draining: the server ends, or another process takes its place"
)

func (r *readiness) set(why string) { r.why.Store(&why) }

// state is empty if the edge takes requests.
func (r *readiness) state() string {
	if why := r.why.Load(); why != nil {
		return *why
	}
	return notStarted
}

func (r *readiness) collect(s *telemetry.Sample) {
	value := 0.0
	if r.state() == "" {
		value = 1
	}
	s.Set(telemetry.Ready, value)
}

// buildInfo says what runs.
func buildInfo(s *telemetry.Sample) { s.Set(telemetry.BuildInfo, 1, versions().Hedge) }

// observer answers what load balancers and collectors ask: /metrics, /healthz, /readyz.
type observer struct {
	http1.Server
	edge *edge
}

func (e *edge) newObserver() *observer {
	o := &observer{edge: e}
	o.Limits = http1.DefaultLimits()
	o.Handler, o.Panicked = o.handle, e.journal.panicked
	return o
}

func (o *observer) handle(ctx context.Context, req *httpmsg.Request, refusal *httpmsg.Refusal, out httpmsg.Outlet) {
	res := o.answer(req, refusal)
	res.Header.Add("Cache-Control", "no-store")
	_, _ = out.Deliver(ctx, req, res) // who asked has gone, then
}

func (o *observer) answer(req *httpmsg.Request, refusal *httpmsg.Refusal) *httpmsg.Response {
	switch {
	case refusal != nil:
		return httpmsg.Text(refusal.Status, refusal.Why+"\n")
	case req.Method != "GET" && req.Method != "HEAD":
		return httpmsg.NotAllowed("GET, HEAD", "only GET and HEAD are answered here\n")
	case !o.edge.admin.public && !isOwnName(req):
		return httpmsg.Text(403, "this listener answers to addresses and to localhost, not to other names\n")
	}
	switch req.Path() {
	case "/metrics":
		res := httpmsg.Text(200, string(o.edge.metrics.Text()))
		res.Header.Set("Content-Type", telemetry.ContentType)
		return res
	case "/healthz":
		return httpmsg.Text(200, "alive\n")
	case "/readyz":
		if why := o.edge.ready.state(); why != "" {
			return httpmsg.Text(503, why+"\n")
		}
		return httpmsg.Text(200, "ready\n")
	}
	return httpmsg.Text(404, "there are /metrics, /healthz and /readyz\n")
}

// isOwnName reports whether a request names an address, or this machine. What names
// another host comes from a browser whose DNS somebody has turned against this one.
func isOwnName(req *httpmsg.Request) bool {
	host, _, err := httpmsg.NormalHost(req.Authority)
	if err != nil || host == "localhost" || req.Authority == "" {
		return err == nil
	}
	return isAddress(host)
}

func isAddress(host string) bool {
	if len(host) > 1 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// checkAdminAddress refuses an address that others can reach, unless that is meant.
func checkAdminAddress(address string, public bool) error {
	if address == "" {
		return nil
	}
	host, _, err := splitAddress(address, "127.0.0.1")
	if err != nil {
		return fmt.Errorf("--admin-listen %w", err)
	}
	if public || host == "localhost" {
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsLoopback() {
		return nil
	}
	return &usageError{problem: fmt.Sprintf("--admin-listen %s can be reached by others, and asks nobody who they are; --admin-public says that this is meant", address), see: "hedge help serve"}
}

// observerPatience is how long connections of the observer may go on at the end.
const observerPatience = time.Second

// close ends what is left.
func (o *observer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), observerPatience)
	defer cancel()
	if o.Shutdown(ctx) != nil {
		_ = o.Close()
	}
}
