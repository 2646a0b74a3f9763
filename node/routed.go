package node

import (
	"context"
	"slices"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/router"
	"hedge/static"
)

// Routed returns what does what a route with these fields does: it is how code comes by
// what hedge.toml has. It is a part of route.Origins.
func (o *Origins) Routed(release *hedge.Release, r hedge.Route, rt httpmsg.RoundTripper) (httpmsg.RoundTripper, error) {
	opened, ok := o.opened.Load(release)
	if !ok {
		return nil, hedge.Errorf(hedge.OutcomeIsolateLost, "the app is not served any more")
	}
	switch {
	case r.Static != nil && r.Static.Dotfiles && !hasDotfiles(release, r.Static.Folder):
		return nil, hedge.Errorf(hedge.OutcomeException, "the folder %q of the app %s has no dotfiles: write a [[route]] with to = %q and dotfiles = true, which makes them a part of releases", r.Static.Folder, release.Name, "dir:"+r.Static.Folder)
	case r.Static != nil:
		return folder(release, *r.Static)
	case r.Redirect != nil:
		to, err := router.Redirect(&r)
		if err != nil {
			return nil, hedge.Wrap(err, hedge.OutcomeException, "the redirect of the app %s to %q cannot be read", release.Name, r.Redirect.To)
		}
		return to, nil
	case r.RateLimit != "":
		l := opened.(*origins).limiters[r.RateLimit]
		if l == nil {
			return nil, hedge.Errorf(hedge.OutcomeException, "the app %s has no rate limit %q: declare it in hedge.toml as [rate_limit.%s]", release.Name, r.RateLimit, r.RateLimit)
		}
		return o.counting(l), nil
	}
	return moved(&r, rt), nil
}

// hasDotfiles reports whether files of a folder whose names begin with a dot are a part of
// the release. On disk there may be some in any case.
func hasDotfiles(release *hedge.Release, folder string) bool {
	return slices.ContainsFunc(release.Routes, func(r hedge.Route) bool {
		return r.Static != nil && r.Static.Folder == folder && r.Static.Dotfiles
	})
}

// counting answers whether requests come too often. Those that code counts together have
// no path in common, and a count of their own.
func (o *Origins) counting(l *limiter) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		verdict := l.take("code", req, &o.cfg.Forwarding)
		res := &httpmsg.Response{Status: 204}
		if !verdict.Allowed {
			req.Account.Decided(l.refusal())
			res = httpmsg.Text(429, "Too many requests.\n")
		}
		l.tell(&res.Header, verdict)
		return res, nil
	})
}

// folder serves a folder of a release.
func folder(release *hedge.Release, spec hedge.Static) (httpmsg.RoundTripper, error) {
	packed, ok := release.Folders[spec.Folder]
	if !ok {
		return nil, hedge.Errorf(hedge.OutcomeException, "the app %s has no folder %q: name it in hedge.toml, in folders or in a [[route]]", release.Name, spec.Folder)
	}
	source := static.Packed(packed.Files)
	if packed.Root != "" {
		var err error
		if source, err = static.Live(packed.Root); err != nil {
			return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the folder %q of the app %q cannot be read", spec.Folder, release.Name)
		}
	}
	return static.New(source, spec, time.Now), nil
}
