package cache

import (
	"context"
	"slices"
	"strings"

	"hedge/httpmsg"
)

// invalidate removes what a request has changed at the origin, after it went well: what
// is stored for its URL, and for those that Location and Content-Location name on the
// same origin (RFC 9111 §4.4); and what is stored by the name that code gave it.
func (x *Exchange) invalidate(ctx context.Context, res *httpmsg.Response) {
	if safe(x.req.Method) || res.Status >= 400 || res.Status < 200 {
		return
	}
	targets := []string{x.req.Target}
	for _, name := range [...]string{"Location", "Content-Location"} {
		if target, ok := sameOrigin(x.req, res.Header.Get(name)); ok {
			targets = append(targets, target)
		}
	}
	for _, p := range append(x.cache.policiesOf(x.policy.App), x.policy) { // which need not be served
		for _, target := range targets {
			x.removeShapes(ctx, keyOf(p, x.req.Scheme, x.req.Authority, x.req.Prefix, target))
		}
	}
	if x.named() {
		for _, method := range [...]string{"GET", "POST"} {
			x.removeShapes(ctx, namedKey(x.policy, method, x.req.Steering.Key))
		}
	}
}

// removeShapes removes the entry of a key, and that which requests like this one have. What
// is on its way there does not come to be stored.
func (x *Exchange) removeShapes(ctx context.Context, key Key) {
	for _, one := range slices.Compact([]Key{key, x.shaped(key)}) {
		x.cache.changes.note(&one)
		x.cache.remove(ctx, one)
	}
}

// safe reports whether a method changes nothing (RFC 9110 §9.2.1).
func safe(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// remove removes an entry. Behind a signpost, all that it leads to is out of reach.
func (c *Cache) remove(ctx context.Context, key Key) {
	entry, err := c.cfg.Store.Get(ctx, key)
	if err != nil || entry == nil {
		return
	}
	defer func() { _ = entry.Close() }()
	_ = c.cfg.Store.Change(ctx, entry, nil) // ErrReplaced: what is there now is newer
}

// sameOrigin returns the target that a reference leads to, if that is on the origin of
// the request.
func sameOrigin(req *httpmsg.Request, reference string) (target string, ok bool) {
	reference, _, _ = strings.Cut(reference, "#")
	origin := req.Scheme + "://" + req.Authority
	switch {
	case reference == "":
		return "", false
	case len(reference) >= len(origin) && httpmsg.EqualFold(reference[:len(origin)], origin):
		target = reference[len(origin):]
	case strings.HasPrefix(reference, "//"):
		rest, found := strings.CutPrefix(reference[2:], req.Authority)
		if !found {
			return "", false
		}
		target = rest
	case strings.Contains(strings.SplitN(reference, "/", 2)[0], ":"):
		return "", false // another scheme
	case reference[0] == '/':
		target = reference
	case reference[0] == '?':
		target = req.Path() + reference
	default:
		path := req.Path()
		target = path[:strings.LastIndexByte(path, '/')+1] + reference
	}
	if !strings.HasPrefix(target, "/") {
		return "", false
	}
	target, err := httpmsg.NormalTarget(target)
	return target, err == nil
}
