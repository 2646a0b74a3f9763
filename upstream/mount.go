package upstream

import (
	"context"
	"strings"

	"hedge"
	"hedge/httpmsg"
)

// Mount puts what rt answers below a prefix, "/blog": rt gets "/a" for "/blog/a",
// and redirects and cookies of its answers get the prefix back, as in Strip.
//
// A GET for "/blog" itself is redirected to "/blog/", as nginx does for a location
// that ends with a slash. rt would answer it with its "/", whose relative links
// lead a browser to the right place only from "/blog/". (Traefik passes it on, so
// that such links break; Caddy's handle_path "/blog/*" does not match it.) The
// redirect is a temporary one, so that no browser holds on to it when the routes
// change. With other methods the request is passed on, and for a WebSocket, as browsers
// follow no redirects there.
func Mount(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	prefix = strings.TrimSuffix(prefix, "/")
	inner := Strip(prefix, rt)
	segment := prefix[strings.LastIndexByte(prefix, '/')+1:]
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		target, err := httpmsg.NormalTarget(req.Target)
		path, query, hasQuery := strings.Cut(target, "?")
		if err != nil || prefix == "" || path != prefix || req.Method != "GET" && req.Method != "HEAD" || req.Upgrade != "" {
			return inner.RoundTrip(ctx, req)
		}
		closeBody(req)
		// A relative reference is right however many prefixes have been stripped before.
		location := "./" + segment + "/"
		if hasQuery {
			location += "?" + query
		}
		return &httpmsg.Response{Status: 307, Header: httpmsg.NewHeader("Location", location)}, nil
	})
}

// Strip removes a prefix from the path of requests, segment by segment: "/a" is not
// a prefix of "/ab". It works on the normal form of the path. A request outside the
// prefix fails with no-route. A Pool below rt sends X-Forwarded-Prefix.
//
// In answers the prefix is put in front of paths in Location, Content-Location and
// Refresh and of the paths of cookies, unless it is there already, as an origin that
// heeds X-Forwarded-Prefix puts it there. Absolute URLs stay: a Pool makes paths of
// those that point to its origin. Relative references stay as well, unless they would lead
// elsewhere from the client's path, as from "/blog" for "/".
func Strip(prefix string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix == "" {
		return rt
	}
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		public, target, err := stripTarget(req.Target, prefix)
		if err != nil {
			closeBody(req)
			return nil, err
		}
		out := req.Clone()
		out.Target, out.Prefix = target, req.Prefix+prefix
		res, err := rt.RoundTrip(ctx, out)
		if err == nil {
			rewrite(&res.Header,
				func(reference string) string {
					if moved, ok := moveRelative(reference, public, out.Path(), "", prefix); ok {
						return moved
					}
					return prefixReference(reference, prefix)
				},
				func(cookie string) string { return prefixCookie(cookie, prefix) })
		}
		return res, err
	})
}

// Rewrite puts what rt answers below the path with, "/v2", at a prefix, "/api": rt gets
// "/v2/a" for "/api/a". A request outside the prefix fails with no-route. In answers,
// paths below with become paths below the prefix again; others stay, as they lead to
// what is not shown at the prefix. Relative references lead where they do from the path
// that rt gets, as from "/v2" for "/api".
func Rewrite(prefix, with string, rt httpmsg.RoundTripper) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		path, query, hasQuery := strings.Cut(req.Target, "?")
		path, ok := httpmsg.MovePrefix(path, prefix, with)
		if !ok {
			closeBody(req)
			return nil, hedge.Errorf(hedge.OutcomeNoRoute, "the path %q is not below %q", path, prefix)
		}
		if hasQuery {
			path += "?" + query
		}
		out := req.Clone()
		out.Target = path
		res, err := rt.RoundTrip(ctx, out)
		if err == nil {
			rewrite(&res.Header,
				func(reference string) string {
					if moved, ok := moveRelative(reference, req.Path(), out.Path(), with, prefix); ok {
						return moved
					}
					return httpmsg.RewriteLocation(reference, with, prefix)
				},
				func(cookie string) string { return httpmsg.RewriteSetCookiePath(cookie, with, prefix) })
		}
		return res, err
	})
}

// moveRelative is RewriteLocation for a relative reference in an answer to a request for the
// path public, which was sent on with the path sent; ok is false if it is another one. It
// stays as it is if it leads there from public anyhow, as it is right then also where more
// is taken off the path in front.
func moveRelative(reference, public, sent, from, to string) (moved string, ok bool) {
	meant, ok := httpmsg.ResolveRelative(sent, reference)
	if !ok {
		return "", false
	}
	moved = httpmsg.RewriteLocation(meant, from, to)
	if seen, _ := httpmsg.ResolveRelative(public, reference); seen == moved {
		return reference, true
	}
	return moved, true
}

// stripTarget returns the path of a target in normal form, and the target without prefix.
func stripTarget(target, prefix string) (public, stripped string, err error) {
	target, err = httpmsg.NormalTarget(target)
	if err != nil {
		return "", "", err
	}
	public, query, hasQuery := strings.Cut(target, "?")
	path, ok := httpmsg.CutPrefixSegment(public, prefix)
	if !ok {
		return "", "", hedge.Errorf(hedge.OutcomeNoRoute, "the path %q is not below %q", public, prefix)
	}
	if hasQuery {
		path += "?" + query
	}
	return public, path, nil
}

// prefixReference puts prefix in front of a path.
func prefixReference(value, prefix string) string {
	path := value
	if end := strings.IndexAny(value, "?#"); end >= 0 {
		path = value[:end]
	}
	if path == "" || prefixed(path, prefix) {
		return value
	}
	return httpmsg.RewriteLocation(value, "", prefix)
}

// prefixCookie puts prefix in front of the path of a cookie.
func prefixCookie(value, prefix string) string {
	if cookie, ok := httpmsg.ParseSetCookie(value); ok && prefixed(cookie.Path, prefix) {
		return value
	}
	return httpmsg.RewriteSetCookiePath(value, "/", prefix)
}

// prefixed reports whether path lies below prefix already.
func prefixed(path, prefix string) bool {
	normal, err := httpmsg.NormalPath(path)
	return err == nil && httpmsg.HasPrefixSegment(normal, prefix)
}
