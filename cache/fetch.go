package cache

import (
	"context"

	"hedge"
	"hedge/httpmsg"
)

// maxWaits is how often a request waits for others before it asks for itself.
const maxWaits = 3

// Fetch has the request answered by next, or by the answer to another one that is on its
// way already, and stores the answer if it may. It comes after a Lookup that returned nil.
// Errors are next's.
func (x *Exchange) Fetch(ctx context.Context, next httpmsg.RoundTripper) (*httpmsg.Response, error) {
	defer x.forget()
	res, err := x.fetch(ctx, next)
	if !x.asked && x.req.Body != nil {
		_ = x.req.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	switch body := res.Body.(type) {
	case *fillReader, *multipart, *sliceReader: // which may wait for the origin
		context.AfterFunc(ctx, func() { _ = body.Close() })
	}
	return res, nil
}

func (x *Exchange) fetch(ctx context.Context, next httpmsg.RoundTripper) (*httpmsg.Response, error) {
	switch {
	case x.mode() == httpmsg.CacheOnlyIfCached:
		return nil, hedge.Errorf(hedge.OutcomeException, "nothing is stored that could answer it, and the origin is not to be asked (cache: \"only-if-cached\")")
	case x.cc.OnlyIfCached:
		return x.unsatisfied(), nil
	case x.pass:
		return x.forward(ctx, next)
	case x.partial.entry != nil:
		return x.complete(ctx, next)
	}
	for range maxWaits {
		if x.pass || !x.shareable() {
			break
		}
		f, leader := x.cache.flights.join(&x.key, x.req.Depth, x.cache.changes.now(&x.primary))
		if f == nil {
			break
		}
		if leader {
			if res := x.again(ctx, f); res != nil {
				return res, nil
			}
			return x.lead(ctx, next, f)
		}
		res, err, done := x.follow(ctx, f)
		if done {
			return res, err
		}
	}
	if x.pass {
		return x.forward(ctx, next)
	}
	return x.exchange(ctx, next, nil)
}

// unsatisfied answers a client that wants what is stored alone (RFC 9111 §5.2.1.7).
func (x *Exchange) unsatisfied() *httpmsg.Response {
	x.status = status{reason: ReasonUnsatisfied}
	return x.tell(httpmsg.Text(504, "There is no stored answer that can be used.\n"))
}

// shareable reports whether the answer may be for others who wait.
func (x *Exchange) shareable() bool {
	return x.storing() && x.mode() != httpmsg.CacheReload && !x.req.Header.Has("Range") && !x.req.Header.Has("Authorization") && !x.cache.passed.has(&x.key, x.cache.cfg.Now())
}

// again looks once more after the flight is ours: another one may have landed since.
func (x *Exchange) again(ctx context.Context, f *flight) *httpmsg.Response {
	if x.entry != nil || x.status.reason == ReasonPurged {
		return nil
	}
	reason := x.status.reason
	entry := x.find(ctx)
	if entry == nil {
		x.status.reason = reason
		return nil
	}
	now := x.cache.cfg.Now()
	if u, _ := x.judge(entry.Meta, x.soft, now); u != useIt {
		x.entry = entry
		return nil
	}
	x.status.reason = ReasonHit
	res := x.deliver(ctx, entry.Meta, entry, now)
	_ = entry.Close()
	if res == nil {
		x.status = status{reason: reason}
		return nil
	}
	x.cache.flights.end(f, outcome{kind: flightAgain})
	return res
}

// follow waits for the flight of another request. done is false if this one has to go on
// by itself.
func (x *Exchange) follow(ctx context.Context, f *flight) (res *httpmsg.Response, err error, done bool) {
	defer x.cache.flights.leave(f)
	late := f.told()
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the client went away while it waited for the answer to another request"), true
	}
	switch o := f.outcome; o.kind {
	case flightFill:
		if !o.fill.suits(x, late) {
			break
		}
		if body := o.fill.reader(); body != nil {
			if body.Prepare() != nil { // the disk has it, and does not give it
				_ = body.Close()
				x.pass = true
				return nil, nil, false
			}
			x.status = status{reason: ReasonCollapsed, collapsed: true}
			return x.deliverFill(ctx, o.fill, body), nil, true
		}
	case flightStored, flightSliced:
		x.forget()
		if entry := x.find(ctx); entry != nil {
			x.status = status{reason: ReasonCollapsed, collapsed: true}
			res = x.deliver(ctx, entry.Meta, entry, x.cache.cfg.Now())
			_ = entry.Close()
			if res != nil {
				return res, nil, true
			}
			x.status = status{reason: ReasonMiss}
		}
	case flightPassed:
		x.pass = true
		return nil, nil, false
	case flightFailed:
		if res = x.instead(ctx, 0); res != nil {
			return res, nil, true
		}
		return nil, o.err, o.err != nil
	}
	x.forget()
	if entry := x.find(ctx); entry != nil {
		now := x.cache.cfg.Now()
		if u, why := x.judge(entry.Meta, x.soft, now); u == useIt {
			x.status.reason = why
			res = x.deliver(ctx, entry.Meta, entry, now)
			_ = entry.Close()
			if res == nil {
				x.status = status{reason: ReasonMiss}
			}
			return res, nil, res != nil
		}
		x.entry = entry
	}
	return nil, nil, false
}

// suits reports whether an answer that is on its way is one to this request too: it was
// chosen by the same fields, and has not been purged. late says that the request came
// when the head was there already: then the answer is one that is stored, and has to be
// fresh, as who waits for the head has it from the origin (RFC 9111 §4). Who comes
// next does not join what is not good enough for this one, but the answer to it.
func (f *fill) suits(x *Exchange, late bool) bool {
	key := x.primary
	if f.post != nil {
		key = variant(x.primary, f.post, &x.req.Header)
	}
	if f.key != key {
		return false
	}
	hard, soft := f.cache.purges.verdict(f.meta)
	good := !hard && !soft
	if good && late {
		u, _ := x.judge(f.meta, soft, f.cache.cfg.Now())
		good = u == useIt || u == useOffered
	}
	if !good {
		f.supersede()
	}
	return good
}

// lead has the request answered for all who wait in a flight, which it ends.
func (x *Exchange) lead(ctx context.Context, next httpmsg.RoundTripper, f *flight) (*httpmsg.Response, error) {
	own, cancel := x.cache.detach(ctx)
	flights := &x.cache.flights
	flights.begin(f, cancel)
	context.AfterFunc(ctx, func() { flights.leave(f) })
	res, err := x.exchange(own, next, &flown{f, cancel})
	switch f.outcome.kind {
	case flightFill, flightSliced: // which ends it
	case flightPassed:
		context.AfterFunc(ctx, cancel) // it is this client's alone
	default:
		cancel()
	}
	if err != nil && ctx.Err() != nil {
		err = hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the client went away before it had an answer")
	}
	return res, err
}

// detach returns a context that goes on without the client, until cancel is called, which
// somebody has to do, or the cache is closed.
func (c *Cache) detach(ctx context.Context) (own context.Context, cancel context.CancelFunc) {
	own, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(c.ctx, end)
	return own, func() {
		stop()
		end()
	}
}

// flown is a flight that an exchange with an origin has to end.
type flown struct {
	*flight
	cancel context.CancelFunc
}

// land tells those who wait what has become of it.
func (x *Exchange) land(f *flown, o outcome) {
	if f != nil {
		x.cache.flights.end(f.flight, o)
	}
}

// forward passes a request on that the cache has no part in, but for what a change at
// the origin makes invalid.
func (x *Exchange) forward(ctx context.Context, next httpmsg.RoundTripper) (*httpmsg.Response, error) {
	x.asked = true
	out := x.req
	if x.policy.Key.Device {
		out = out.Clone()
		out.Header.Set(httpmsg.DeviceField, string(httpmsg.DeviceOf(&out.Header)))
	}
	res, err := next.RoundTrip(ctx, out)
	if err != nil {
		return nil, err
	}
	x.invalidate(ctx, res)
	if x.req.Uncached || x.req.Upgrade != "" {
		return res, nil // the cache is no part of it
	}
	return x.tell(res), nil
}

// exchange asks the origin, and finds out what the answer is good for. f is the flight
// that waits for it, which it ends; nil: nobody else does.
func (x *Exchange) exchange(ctx context.Context, next httpmsg.RoundTripper, f *flown) (*httpmsg.Response, error) {
	x.asked, x.version = true, x.cache.changes.now(&x.primary)
	clock := x.cache.clock()
	out, conditional := x.outgoing(f != nil || x.mode() == httpmsg.CacheReload)
	res, err := next.RoundTrip(ctx, out)
	if err != nil || originFailed(res.Status) {
		if stale := x.instead(ctx, statusOf(res)); stale != nil {
			if res != nil {
				res.CloseBody()
			}
			x.land(f, outcome{kind: afterError(err)})
			return stale, nil
		}
	}
	if err != nil {
		x.land(f, outcome{kind: afterError(err), err: err})
		return nil, err
	}
	if conditional && res.Status == 304 {
		if answer := x.revalidated(ctx, res, clock); answer != nil {
			x.land(f, outcome{kind: flightStored})
			return answer, nil
		}
		x.forget()
		return x.exchange(ctx, next, f) // without a condition
	}
	return x.receiveAnswer(ctx, res, clock, f)
}

// afterError says what those who wait have to do when the origin was not reached, or err is
// nil, or its answer is an error. Some errors are no origin's: those who wait still have
// clients, and have not come as deep as the request that leads.
func afterError(err error) flightKind {
	switch hedge.OutcomeOf(err) {
	case hedge.OutcomeClientGone, hedge.OutcomeLoop:
		return flightAgain
	}
	return flightFailed
}

// originFailed reports whether a status is an error by RFC 5861 §4.
func originFailed(status int) bool { return status == 500 || 502 <= status && status <= 504 }

func statusOf(res *httpmsg.Response) int {
	if res == nil {
		return 0
	}
	return res.Status
}

// instead answers with what is stored although it is stale, since the origin cannot
// answer; nil: nothing may be used so, or it cannot be read.
func (x *Exchange) instead(ctx context.Context, fwdStatus int) *httpmsg.Response {
	now := x.cache.cfg.Now()
	if x.entry == nil || !forError(x.entry.Meta, x.soft, &x.cc, now) {
		return nil
	}
	before := x.status
	x.status = status{reason: ReasonStaleError, fwdStatus: fwdStatus}
	res := x.deliver(context.WithoutCancel(ctx), x.entry.Meta, x.entry, now) // as in revalidated
	if res == nil {
		x.status = before
	}
	return res
}

// outgoing is the request that goes to the origin: with the validators of what is stored
// (RFC 9111 §4.3.1), or, if the answer is to be stored, without the client's. keep says
// that it may be used longer than the exchange with the client goes on.
func (x *Exchange) outgoing(keep bool) (out *httpmsg.Request, conditional bool) {
	h := &x.req.Header
	etag, modified := "", ""
	if x.entry != nil && x.req.Method == "GET" {
		etag, modified = x.entry.Meta.Header.Get("ETag"), x.entry.Meta.Header.Get("Last-Modified")
	}
	conditional = etag != "" || modified != ""
	clientConditional := h.Has("If-None-Match") || h.Has("If-Modified-Since") || h.Has("If-Range") && !h.Has("Range")
	if !keep && !conditional && !x.policy.Key.shapes() {
		return x.req, false
	}
	out = x.req.Clone()
	out.Uncompressed = out.Uncompressed || keep && x.policy.Compress // of several caches, the first does it
	x.policy.Key.shape(out)
	if conditional || clientConditional && keep {
		ranged := x.entry != nil && x.entry.Meta.Slice > 0 && !h.Has("If-Range") // all of it is not wanted
		out.Header.DelFunc(func(f httpmsg.Field) bool {
			return conditionField(f.Name) && !(ranged && httpmsg.EqualFold(f.Name, "Range"))
		})
	}
	if etag != "" {
		out.Header.Add("If-None-Match", etag)
	}
	if modified != "" {
		out.Header.Add("If-Modified-Since", modified)
	}
	return out, conditional
}

// conditionField reports whether a field of this name makes the answer other than the
// whole.
func conditionField(name string) bool {
	switch len(name) {
	case len("Range"):
		return httpmsg.EqualFold(name, "Range")
	case len("If-Range"):
		return httpmsg.EqualFold(name, "If-Range")
	case len("If-None-Match"):
		return httpmsg.EqualFold(name, "If-None-Match")
	case len("If-Modified-Since"):
		return httpmsg.EqualFold(name, "If-Modified-Since")
	}
	return false
}
