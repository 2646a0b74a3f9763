package cache

import (
	"context"
	"io"

	"hedge/coding"
	"hedge/httpmsg"
)

// Responses are answers that code has put somewhere under the requests that it wants to
// find them by: a Cache of the Cache API (Service Workers §5.4). They are entries like
// those of the other caches. It may be used from many goroutines at once.
type Responses struct {
	cache  *Cache
	policy *Policy
	name   string
}

// Responses returns those of an app under a name.
func (c *Cache) Responses(app, name string) *Responses {
	return &Responses{c, &Policy{App: app}, name}
}

// tag is one that all of the responses have, and that nobody else can name.
func (r *Responses) tag() string { return "\x00responses\x00" + r.name }

func (r *Responses) exchange(req *httpmsg.Request) *Exchange {
	x := &Exchange{cache: r.cache, policy: r.policy, req: req}
	x.primary = spaceKey('c', r.policy.App, r.name, req.URL())
	return x
}

// Match returns the response that was put under a request like this one, by its URL and
// what the response varies by; nil: there is none that is fresh. Conditions and ranges of
// the request are answered.
//
// When a response has become stale that may be used while it is revalidated, one who asks
// gets nothing, and makes it anew by that, as code does; the others get the stale one
// meanwhile, for as long as a minute or two.
func (r *Responses) Match(ctx context.Context, req *httpmsg.Request) *httpmsg.Response {
	x := r.exchange(req)
	entry := x.find(ctx)
	if entry == nil {
		return nil
	}
	defer func() { _ = entry.Close() }()
	now := r.cache.cfg.Now()
	switch usable(entry.Meta, x.soft, now) {
	case freshNow:
		x.status.reason = ReasonHit
	case staleNow:
		if !r.cache.renewing.has(&entry.Key, now) {
			r.cache.renewing.mark(&entry.Key, now)
			return nil
		}
		x.status.reason = ReasonStale
	default:
		return nil
	}
	return x.deliver(ctx, entry.Meta, entry, now)
}

// Put stores a response under a request, and reports whether it has: what is private,
// no-store or no-cache, or sets a cookie without being for all, is not stored. A response
// that does not say how long it is fresh stays until it has to make room. plain says that
// the content is not in the coding that the response tells, which then is taken off it.
// Put closes the content. An error is that of the content, or ErrTooLarge.
func (r *Responses) Put(ctx context.Context, req *httpmsg.Request, res *httpmsg.Response, plain bool) (stored bool, err error) {
	defer res.CloseBody()
	if plain && coding.Known(coding.Normal(res.Header.Joined("Content-Encoding"))) {
		res.Header.Del("Content-Encoding")
		httpmsg.Recoded(&res.Header)
	}
	clock := r.cache.clock()
	caching := httpmsg.CachingOf(res.Status, &res.Header, clock.at)
	if !puttable(res, &caching) {
		return false, nil
	}
	meta := metaOf(r.policy, req, res, &caching, clock.at, clock.at, clock.epoch)
	meta.Shared, meta.Tags = true, append(meta.Tags, r.tag())
	if !caching.Explicit {
		meta.Lifetime = forEver
	}
	x := r.exchange(req)
	if entry := x.find(ctx); entry != nil {
		_ = entry.Close()
	}
	key, _, ok := x.signpost(ctx, meta)
	if !ok {
		return false, nil
	}
	w, err := writeTo(ctx, &r.cache.cfg, &key, contentOf(res), res.ContentLength)
	if err != nil {
		return false, err
	}
	defer w.Release()
	meta.Length, meta.Size = w.n, w.n
	err = w.commit(meta)
	r.cache.renewing.unmark(&key)
	return err == nil, err
}

// puttable reports whether a response may be stored that code wants stored.
func puttable(res *httpmsg.Response, caching *httpmsg.Caching) bool {
	if caching.NoCache || caching.Explicit && caching.Lifetime <= 0 && caching.StaleWhileRevalidate.Value == 0 {
		return false
	}
	switch httpmsg.Storable(&httpmsg.Header{}, res.Status, &res.Header, caching, false) {
	case "", httpmsg.UnstorableUseless:
		return true
	case httpmsg.UnstorableStatus:
		return res.Status >= 200 && res.Status != 206 && res.Status != 304
	}
	return false
}

func contentOf(res *httpmsg.Response) io.Reader {
	if res.Body == nil {
		return noContent{}
	}
	return res.Body
}

type noContent struct{}

func (noContent) Read([]byte) (int, error) { return 0, io.EOF }

// Delete removes what Match would find, and reports whether there was any.
func (r *Responses) Delete(ctx context.Context, req *httpmsg.Request) bool {
	x := r.exchange(req)
	entry := x.find(ctx)
	if entry == nil {
		return false
	}
	defer func() { _ = entry.Close() }()
	return r.cache.cfg.Store.Change(ctx, entry, nil) == nil
}

// Clear removes all responses.
func (r *Responses) Clear(ctx context.Context) error {
	return r.cache.Purge(ctx, Purge{App: r.policy.App, Tag: r.tag()})
}
