package cache

import (
	"context"
	"time"

	"hedge/httpmsg"
)

// Exchange is one request on its way through the cache. It is for one goroutine.
type Exchange struct {
	cache  *Cache
	policy *Policy
	req    *httpmsg.Request
	next   httpmsg.RoundTripper
	cc     httpmsg.CacheControl // of the request

	pass    bool // the cache neither answers nor stores
	primary Key
	key     Key    // of the variant; primary where there are none
	post    *Meta  // the signpost on the way to it; nil: there is none
	entry   *Entry // what is stored, but cannot be used as it is; nil: nothing
	soft    bool   // the entry was purged softly
	partial completion
	asked   bool    // the origin has been given the request
	version version // of what it is about, when it was
	counts  bool    // it is one of the requests that metrics tell of
	status  status
}

// Reason returns how the request went; of a hit after Lookup, of others after Fetch.
func (x *Exchange) Reason() Reason { return x.status.reason }

// RoundTrip answers a request from the cache, or else from next: Lookup and Fetch.
func (c *Cache) RoundTrip(ctx context.Context, p *Policy, req *httpmsg.Request, next httpmsg.RoundTripper) (*httpmsg.Response, error) {
	var x Exchange
	if res := x.Lookup(ctx, c, p, req, next); res != nil {
		return res, nil
	}
	return x.Fetch(ctx, next)
}

// Lookup takes a request through receive, key and lookup, and delivers what is stored if
// that can answer it. nil: Fetch has to follow. next is asked in the background for what
// is stale; the request is not used any more once the answer's body has been closed.
func (x *Exchange) Lookup(ctx context.Context, c *Cache, p *Policy, req *httpmsg.Request, next httpmsg.RoundTripper) *httpmsg.Response {
	*x = Exchange{cache: c, policy: p, req: req, next: next, counts: true}
	if !x.receive() {
		x.pass = true
		return nil
	}
	x.primary = x.shaped(x.keyOf(p))
	entry := x.find(ctx)
	if entry == nil {
		x.withhold()
		return nil
	}
	if x.mode() == httpmsg.CacheReload {
		x.status.reason = ReasonRequest
		_ = entry.Close()
		return nil
	}
	now := c.cfg.Now()
	u, why := x.judge(entry.Meta, x.soft, now)
	if u != useIt && x.withhold() {
		_ = entry.Close()
		return nil
	}
	switch u {
	case useIt, useStale, useOffered:
		x.status.reason = why
		if u == useStale {
			x.refresh(ctx, next)
		}
		res := x.deliver(ctx, entry.Meta, entry, now)
		_ = entry.Close()
		if res == nil { // the disk has it, and does not give it
			x.status = status{reason: ReasonMiss}
			x.withhold()
			return nil
		}
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return res
	}
	x.entry, x.status.reason = entry, why
	return nil
}

// receive finds out whether the cache is to be asked.
func (x *Exchange) receive() bool {
	x.status.reason = ReasonPass
	switch req := x.req; {
	case req.Uncached:
		return false
	case x.mode() == httpmsg.CacheNoStore:
		x.status.reason = ReasonRequest
		return false
	case req.Upgrade != "":
		return false
	case x.named() && req.Method == "POST": // a question
	case req.Method != "GET" && req.Method != "HEAD":
		x.status.method = true
		return false
	case req.Body != nil && !x.named():
		return false
	}
	for _, f := range x.req.Header.Fields() {
		if unkeyed(f.Name) {
			return false
		}
	}
	if x.req.Header.Has("Cache-Control") {
		x.cc = httpmsg.ParseCacheControl(&x.req.Header, "Cache-Control")
	}
	x.cc.NoCache = x.cc.NoCache || x.mode() == httpmsg.CacheNoCache
	return true
}

// withhold has a request pass whose answer must not be stored (RFC 9111 §5.2.1.5), after
// nothing was found that answers it without the origin. It reports whether it is one.
func (x *Exchange) withhold() bool {
	if x.cc.NoStore {
		x.pass, x.status.reason = true, ReasonRequest
	}
	return x.cc.NoStore
}

// unkeyed reports whether a field of this name makes origins answer something else than
// the URL says, which others must not be given; or whether it is a condition that only
// an origin can judge (RFC 9111 §4.3.2).
func unkeyed(name string) bool {
	switch len(name) {
	case len("If-Match"):
		return httpmsg.EqualFold(name, "If-Match")
	case len("X-HTTP-Method"):
		return httpmsg.EqualFold(name, "X-HTTP-Method") || httpmsg.EqualFold(name, "X-Rewrite-URL")
	case len("X-Original-URL"):
		return httpmsg.EqualFold(name, "X-Original-URL")
	case len("X-Method-Override"):
		return httpmsg.EqualFold(name, "X-Method-Override")
	case len("If-Unmodified-Since"):
		return httpmsg.EqualFold(name, "If-Unmodified-Since")
	case len("X-HTTP-Method-Override"):
		return httpmsg.EqualFold(name, "X-HTTP-Method-Override")
	}
	return false
}

// find returns what is stored for the request and concerns it. It leaves the reason why
// there is nothing. A Store that fails has nothing.
func (x *Exchange) find(ctx context.Context) *Entry {
	store := x.cache.cfg.Store
	x.partial.close()
	x.key, x.post, x.soft, x.status.reason = x.primary, nil, false, ReasonMiss
	entry, err := store.Get(ctx, x.primary)
	if err != nil || entry == nil {
		return nil
	}
	if entry.Meta.signpost() {
		x.post, x.status.reason = entry.Meta, ReasonMissVary
		_ = entry.Close()
		x.key = variant(x.primary, x.post, &x.req.Header)
		if entry, err = store.Get(ctx, x.key); err != nil || entry == nil {
			return nil
		}
	}
	hard, soft := x.cache.purges.verdict(entry.Meta)
	switch m := entry.Meta; {
	case hard:
		x.status.reason = ReasonPurged
	case !m.Shared && x.req.Header.Has("Authorization"):
		x.pass, x.status.reason = true, ReasonPass
	case m.Parts != nil && !x.within(m):
		x.status.reason = ReasonMissPartial
		if c, ok := x.completed(entry); ok {
			x.partial = c
			return nil
		}
	case m.Slice > 0 && (x.local() || x.cc.NoStore): // who knows what is stored of it
		x.status.reason = ReasonMissPartial
	default:
		x.soft = soft
		return entry
	}
	_ = entry.Close()
	return nil
}

// refresh revalidates what is stale, or gets it anew, while it is used. Nothing is done
// if that goes on already.
func (x *Exchange) refresh(ctx context.Context, next httpmsg.RoundTripper) {
	if x.req.Method != "GET" || x.req.Header.Has("Range") || !x.storing() {
		return // the answer would not take the entry's place
	}
	release, ok := x.policy.hold()
	if !ok {
		return
	}
	f, leader := x.cache.flights.join(&x.key, x.req.Depth, x.cache.changes.now(&x.primary))
	if !leader {
		if f != nil {
			x.cache.flights.leave(f)
		}
		release()
		return
	}
	own := Exchange{cache: x.cache, policy: x.policy, req: x.req.Clone(), next: next, primary: x.primary}
	own.req.Account, own.req.Interim = nil, nil
	key := x.key
	ctx = context.WithoutCancel(ctx)
	x.cache.running.Go(func() { // ends with the answer, or the timeouts of the client behind
		defer release()
		if own.entry = own.find(ctx); own.entry == nil || own.key != key {
			own.forget()
			own.cache.flights.end(f, outcome{kind: flightAgain})
			return
		}
		defer own.forget()
		own.status.reason = ReasonExpired
		res, err := own.lead(ctx, next, f)
		if err == nil {
			drain(res)
		}
	})
}

// drain reads an answer to its end, so that it is stored.
func drain(res *httpmsg.Response) {
	if body, ok := res.Body.(*fillReader); ok {
		body.fill.keep() // what nobody reads is stored all the same
	}
	res.CloseBody()
}

// forget closes the entry that was found.
func (x *Exchange) forget() {
	x.partial.close()
	if x.entry != nil {
		_ = x.entry.Close()
		x.entry = nil
	}
}

// requestClock is when something was asked for, and how far purges had come.
type requestClock struct {
	at    time.Time
	epoch uint64
}

func (c *Cache) clock() requestClock { return requestClock{c.cfg.Now(), c.purges.last.Load()} }
