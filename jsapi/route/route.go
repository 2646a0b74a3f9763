// Package route is the host's part of hedge:route: requests of apps that are sent
// on to origins as a reverse proxy sends them.
package route

import (
	"context"
	"strings"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/fetch"
	"hedge/worker"
)

// opRoute is the op's number, which route.ts knows too.
const opRoute = 2

// Origins finds what answers for a target.
type Origins interface {
	// Upstream returns the pool that an app's configuration declares under a name.
	Upstream(app *hedge.Release, name string) (httpmsg.RoundTripper, error)
	// Split returns the split that an app's configuration declares under a name.
	Split(app *hedge.Release, name string) (httpmsg.RoundTripper, error)
	// Origin returns what sends requests on to an origin that code names by its URL.
	Origin(app *hedge.Release, url string) (httpmsg.RoundTripper, error)
	// Mounted returns rt under a prefix of the path.
	Mounted(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper
}

// Module returns the feature's ops.
func Module(origins Origins) worker.Module {
	return worker.Module{Name: "route", Ops: []worker.Op{{
		Code: opRoute, Name: "route",
		Run: func(ctx context.Context, call *worker.Call) error { return run(ctx, origins, call) },
	}}}
}

func run(ctx context.Context, origins Origins, call *worker.Call) error {
	if err := call.AdmitFetch(ctx); err != nil {
		return err
	}
	target, prefix := call.Payload.Text(), call.Payload.Text()
	req, _, err := fetch.ReadRequest(call)
	if err != nil {
		return err
	}
	origin, err := find(origins, call.App(), target)
	if err != nil {
		return fetch.Failure(err, req)
	}
	if prefix != "" {
		origin = origins.Mounted(prefix, origin)
	}
	if in := call.Request(); in != nil {
		req.Remote, req.Local, req.TLS, req.Forwarded, req.Account = in.Remote, in.Local, in.TLS, in.Forwarded, in.Account
	}
	url := req.URL()
	res, err := origin.RoundTrip(ctx, req)
	if err != nil {
		return fetch.Failure(err, req)
	}
	fetch.Reply(call, res, url, false)
	return nil
}

func find(origins Origins, app *hedge.Release, target string) (httpmsg.RoundTripper, error) {
	if name, ok := strings.CutPrefix(target, "upstream:"); ok {
		return origins.Upstream(app, name)
	}
	if name, ok := strings.CutPrefix(target, "split:"); ok {
		return origins.Split(app, name)
	}
	return origins.Origin(app, target)
}
