// Package route is the host's part of hedge:route: requests of apps that are sent
// on to origins as a reverse proxy sends them.
package route

import (
	"context"
	"fmt"
	"strconv"
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
	// Routed returns what does what a route of hedge.toml with these fields does: Static,
	// Redirect or RateLimit, of which rt is nil, or Rewrite, of which rt is where it leads.
	// A RateLimit answers 204 if the request may come, with the fields about the limit.
	Routed(app *hedge.Release, r hedge.Route, rt httpmsg.RoundTripper) (httpmsg.RoundTripper, error)
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
	origin, err := find(origins, call.App(), target, prefix)
	if err != nil {
		return fetch.Failure(err, "sending the request on")
	}
	if prefix != "" && !strings.HasPrefix(target, "redirect:") {
		origin = origins.Mounted(prefix, origin)
	}
	if in := call.Request(); in != nil {
		req.Remote, req.Local, req.TLS, req.Forwarded, req.Account = in.Remote, in.Local, in.TLS, in.Forwarded, in.Account
	}
	url := req.URL()
	if req.Target, err = httpmsg.NormalTarget(req.Target); err != nil {
		return fetch.Failure(err, "sending the request on")
	}
	res, err := origin.RoundTrip(ctx, req)
	if err != nil {
		return fetch.Failure(err, nameOf(target))
	}
	fetch.Reply(call, res, url, false)
	return nil
}

// nameOf returns a target as messages have it.
func nameOf(target string) string {
	kind, rest, _ := strings.Cut(target, ":")
	switch kind {
	case "upstream", "split":
		return fmt.Sprintf("the %s %q", kind, rest)
	case "rate_limit":
		return fmt.Sprintf("the rate limit %q", rest)
	case "redirect":
		return "the redirect"
	case "dir":
		folder, _, _ := strings.Cut(rest, "\n")
		return fmt.Sprintf("the folder %q", folder)
	case "rewrite":
		if parts := strings.SplitN(rest, " ", 3); len(parts) == 3 {
			return nameOf(parts[2])
		}
	}
	return "the origin " + target
}

// find returns what answers for a target, which route.ts writes: "upstream:NAME",
// "split:NAME", the URL of an origin, or one of those below.
func find(origins Origins, app *hedge.Release, target, prefix string) (httpmsg.RoundTripper, error) {
	kind, rest, _ := strings.Cut(target, ":")
	switch kind {
	case "upstream":
		return origins.Upstream(app, rest)
	case "split":
		return origins.Split(app, rest)
	case "rate_limit":
		return origins.Routed(app, hedge.Route{Path: "/", RateLimit: rest}, nil)
	case "redirect": // STATUS TEMPLATE
		status, to, _ := strings.Cut(rest, " ")
		code, _ := strconv.Atoi(status)
		return origins.Routed(app, hedge.Route{Path: prefix + "/", Redirect: &hedge.Redirect{To: to, Status: code}}, nil)
	case "dir": // FOLDER, FALLBACK, NOT FOUND and "dotfiles", a line each
		parts := append(strings.Split(rest, "\n"), "", "", "")
		files, err := origins.Routed(app, hedge.Route{Path: "/", Static: &hedge.Static{Folder: parts[0], Fallback: parts[1], NotFound: parts[2], Dotfiles: parts[3] != ""}}, nil)
		if err != nil {
			return nil, err
		}
		return orNotFound(files), nil
	case "rewrite": // FROM TO TARGET
		from, rest, _ := strings.Cut(rest, " ")
		to, inner, _ := strings.Cut(rest, " ")
		rt, err := find(origins, app, inner, "")
		if err != nil {
			return nil, err
		}
		return origins.Routed(app, hedge.Route{Path: from, Rewrite: to}, rt)
	}
	return origins.Origin(app, target)
}

// orNotFound answers 404 where there is no file: what is an error of a route, for which the
// edge has a page, is an answer like others to code.
func orNotFound(files httpmsg.RoundTripper) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		res, err := files.RoundTrip(ctx, req)
		if err != nil && hedge.OutcomeOf(err) == hedge.OutcomeNoRoute {
			return httpmsg.Text(404, "There is no file at this path\n"), nil
		}
		return res, err
	})
}
