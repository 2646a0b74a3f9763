package cache

import (
	"context"
	"slices"

	"hedge/httpmsg"
)

// revalidated goes on with a stored answer that the origin has found right (RFC 9111
// §4.3.4). nil: the 304 is about something else than what is stored, or that cannot be read.
func (x *Exchange) revalidated(ctx context.Context, res *httpmsg.Response, clock requestClock) *httpmsg.Response {
	res.CloseBody()
	old, now := x.entry.Meta, x.cache.cfg.Now()
	stored, fresh := httpmsg.ValidatorsOf(&old.Header), httpmsg.ValidatorsOf(&res.Header)
	if fresh.ETag.Set && !fresh.ETag.Weak && !fresh.ETag.EqualWeak(stored.ETag) {
		return nil
	}
	x.status = status{reason: ReasonRevalidated, fwdStatus: 304}
	// The context of a flight ends with this: who reads slices goes on.
	return x.deliver(context.WithoutCancel(ctx), x.update(ctx, res, clock), x.entry, now)
}

// headed has an answer to HEAD say what it says about the one to GET that is stored: that
// it is right still, or that it is not (RFC 9111 §4.3.5).
func (x *Exchange) headed(ctx context.Context, res *httpmsg.Response, clock requestClock) {
	old := x.entry.Meta
	if res.Status != 200 || old.Status != 200 {
		return
	}
	stored, fresh := httpmsg.ValidatorsOf(&old.Header), httpmsg.ValidatorsOf(&res.Header)
	tagged, dated := fresh.ETag.Set, !fresh.LastModified.IsZero()
	if tagged && !fresh.ETag.EqualWeak(stored.ETag) || dated && !fresh.LastModified.Equal(stored.LastModified) || res.ContentLength >= 0 && res.ContentLength != old.Size {
		_ = x.cache.cfg.Store.Change(ctx, x.entry, nil) // others have a newer one, or it is gone
		return
	}
	if tagged || dated {
		x.update(ctx, res, clock)
	}
}

// update stores what an answer says about the stored one, which it has found right.
func (x *Exchange) update(ctx context.Context, res *httpmsg.Response, clock requestClock) *Meta {
	old, now := x.entry.Meta, x.cache.cfg.Now()
	if !res.Header.Has("Date") { // RFC 9110 §6.6.1; by the old one, what has expired would be fresh again
		res.Header.Add("Date", httpmsg.FormatDate(now))
	}
	merged := &httpmsg.Response{Status: old.Status, Header: httpmsg.RefreshedHeader(&old.Header, &res.Header)}
	caching := httpmsg.CachingOf(old.Status, &merged.Header, now)
	x.req.Steering.Steer(old.Status, &caching)
	meta := metaOf(x.policy, x.req, merged, &caching, clock.at, now, clock.epoch)
	meta.AgeThen = httpmsg.AgeAt(&res.Header, clock.at, now)
	meta.Lifetime = x.req.Steering.Lifetime(old.Status, &caching, meta.AgeThen)
	meta.Vary, meta.Trailer, meta.ContentID = old.Vary, old.Trailer, old.ContentID
	meta.Length, meta.Size, meta.Parts, meta.Slice = old.Length, old.Size, old.Parts, old.Slice
	if httpmsg.Storable(&x.req.Header, old.Status, &merged.Header, &caching, x.policy.Cookies) == "" {
		x.status.stored = x.cache.cfg.Store.Change(ctx, x.entry, meta) == nil
	} else {
		_ = x.cache.cfg.Store.Change(ctx, x.entry, nil) // others have a newer one, or it is gone
	}
	return meta
}

// receiveAnswer stores an answer if it may, and delivers it.
func (x *Exchange) receiveAnswer(ctx context.Context, res *httpmsg.Response, clock requestClock, f *flown) (*httpmsg.Response, error) {
	now := x.cache.cfg.Now()
	x.status.fwdStatus = res.Status
	own := x.policy.withoutOwn(&res.Header)
	caching := httpmsg.CachingOf(res.Status, &own, now)
	x.req.Steering.Steer(res.Status, &caching)
	why := httpmsg.Storable(&x.req.Header, res.Status, &own, &caching, x.policy.Cookies)
	switch {
	case !x.storing():
		if why = x.unstoring(); x.req.Method == "HEAD" && x.entry != nil {
			x.headed(ctx, res, clock)
		}
	case x.req.Method == "POST" && why == "" && !caching.Explicit:
		why = httpmsg.UnstorableUseless
	case res.Status == 416: // which is about the range that this client asked for
		why = httpmsg.UnstorableStatus
	case res.Status == 206:
		return x.part(ctx, res, clock, &caching, why, f), nil
	}
	var fl *fill
	if why == "" {
		meta := metaOf(x.policy, x.req, res, &caching, clock.at, now, clock.epoch)
		if x.sliceable(meta) && rangesAccepted(res) {
			return x.sliced(ctx, res, meta, httpmsg.ByteRange{Length: meta.Size}, f), nil
		}
		if fl = x.open(ctx, meta, res); fl == nil {
			why = "no room"
		}
	}
	if why != "" {
		return x.unstored(ctx, res, why, f), nil
	}
	x.cache.passed.unmark(&x.key)
	x.status.stored, x.status.ttl, x.status.hasTTL = true, fl.meta.Lifetime-fl.meta.AgeThen, true
	return x.store(ctx, res, fl, f), nil
}

// unstored delivers an answer that is for this client alone. If it says that there is nothing,
// what was stored does not outlive that, as a stale answer.
func (x *Exchange) unstored(ctx context.Context, res *httpmsg.Response, why httpmsg.Unstorable, f *flown) *httpmsg.Response {
	now := x.cache.cfg.Now()
	if x.entry != nil && (res.Status == 404 || res.Status == 410) {
		_ = x.cache.cfg.Store.Change(ctx, x.entry, nil) // others have a newer one, or it is gone
	}
	if f != nil {
		x.cache.passed.mark(&x.key, now)
	}
	if x.cache.passed.has(&x.key, now) && f == nil && x.status.reason == ReasonMiss {
		x.status.reason = ReasonHitForMiss
	}
	x.status.detail = why
	x.land(f, outcome{kind: flightPassed})
	return x.tell(x.conditioned(res))
}

// conditioned gives a client whose condition was held back from the origin what it asked
// for: nothing but a head, if it has the answer already (RFC 9110 §13.2).
func (x *Exchange) conditioned(res *httpmsg.Response) *httpmsg.Response {
	if res.Status != 200 || httpmsg.EvaluateCached(x.req.Method, &x.req.Header, httpmsg.ValidatorsOf(&res.Header)) != httpmsg.NotModified {
		return res
	}
	res.CloseBody()
	return notModified(res.Header)
}

// open begins an entry; nil: it cannot be stored.
func (x *Exchange) open(ctx context.Context, meta *Meta, res *httpmsg.Response) *fill {
	if most := x.cache.cfg.ObjectBytes; most > 0 && res.ContentLength > most {
		return nil
	}
	meta.ContentID = x.cache.cfg.Random()
	key, post, ok := x.signpost(ctx, meta)
	if !ok {
		return nil
	}
	size := res.ContentLength
	if res.Body == nil {
		size = 0
	}
	w, err := x.cache.cfg.Store.Put(ctx, key, size)
	if err != nil {
		return nil
	}
	return &fill{cache: x.cache, key: key, post: post, meta: meta, asked: x.version, res: res, writer: w, commit: commitWhole, cancel: func() {}, began: meta.Requested}
}

func commitWhole(f *fill, meta *Meta) error { return f.writer.Commit(meta) }

// signpost returns the key for an answer. If it was chosen by fields of the request,
// there is a signpost on the way, which has all the names that answers of this URL were
// chosen by.
func (x *Exchange) signpost(ctx context.Context, meta *Meta) (key Key, post *Meta, ok bool) {
	if len(meta.Vary) == 0 {
		return x.primary, nil, true
	}
	post = x.post
	if post == nil || !containsAll(post.Vary, meta.Vary) {
		names := slices.Clone(meta.Vary)
		if post != nil {
			names = append(names, post.Vary...)
		}
		slices.Sort(names)
		if names = slices.Compact(names); len(names) > maxVary {
			return Key{}, nil, false
		}
		post = &Meta{App: meta.App, Host: meta.Host, Target: meta.Target, Vary: names, Signpost: x.cache.cfg.Random(), Received: meta.Received, Epoch: meta.Epoch}
		if !x.cache.erect(ctx, x.primary, post) {
			return Key{}, nil, false
		}
	}
	return variant(x.primary, post, &x.req.Header), post, true
}

// maxVary bounds the fields that answers of one URL may be chosen by.
const maxVary = 24

func containsAll(list, names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(list, name) })
}

// erect stores an entry without content: a signpost, or what is stored in slices.
func (c *Cache) erect(ctx context.Context, key Key, meta *Meta) bool {
	w, err := c.cfg.Store.Put(ctx, key, 0)
	if err != nil {
		return false
	}
	defer w.Release()
	if err = w.Commit(meta); err != nil {
		w.Abort()
	}
	return err == nil
}

// store has the answer stored as it comes, and delivers it to the client at the same time.
func (x *Exchange) store(ctx context.Context, res *httpmsg.Response, fl *fill, f *flown) *httpmsg.Response {
	if whole, ok := inMemory(res); ok {
		return x.storeWhole(ctx, res, fl, f, whole)
	}
	if f != nil {
		fl.flight, fl.cancel = f.flight, f.cancel
		x.cache.flights.also(f.flight, fl.key)
	}
	body := fl.start()
	if f != nil {
		x.cache.flights.tell(f.flight, outcome{kind: flightFill, fill: fl})
	}
	return x.deliverFill(ctx, fl, body)
}

// storeWhole stores an answer that is here already.
func (x *Exchange) storeWhole(ctx context.Context, res *httpmsg.Response, fl *fill, f *flown, whole []byte) *httpmsg.Response {
	meta := *fl.meta
	n, err := fl.writer.Write(whole)
	if meta.Length, meta.Size = int64(n), int64(n); err == nil {
		err = fl.store(&meta)
	}
	if err != nil {
		fl.writer.Abort()
	}
	fl.writer.Release()
	kind := flightStored
	if x.status.stored = err == nil; !x.status.stored {
		kind = flightPassed
	}
	x.land(f, outcome{kind: kind})
	if res = x.conditioned(res); res.Status == 304 {
		x.validated(&meta, &res.Header)
		return x.tell(res)
	}
	return x.tell(x.encoded(ctx, fl.key, &meta, res))
}

// inMemory returns the content of an answer that has none, or has it in memory.
func inMemory(res *httpmsg.Response) ([]byte, bool) {
	if res.Body == nil {
		return nil, true
	}
	b, ok := res.Body.(*httpmsg.BytesBody)
	if !ok {
		return nil, false
	}
	return b.Bytes(), true
}

// deliverFill delivers an answer that is on its way into the store.
func (x *Exchange) deliverFill(ctx context.Context, f *fill, body *fillReader) *httpmsg.Response {
	now := x.cache.cfg.Now()
	if f.meta.Status == 200 && f.meta.Parts == nil && httpmsg.EvaluateCached(x.req.Method, &x.req.Header, validatorsOf(f.meta)) == httpmsg.NotModified {
		f.keep()
		_ = body.Close()
		h := x.header(f.meta, now)
		x.validated(f.meta, &h)
		return x.tell(notModified(h))
	}
	res := &httpmsg.Response{Status: f.meta.Status, Header: x.header(f.meta, now), Body: body, ContentLength: f.res.ContentLength}
	if f.meta.Parts != nil {
		res.Status = 206
		res.Header.Add("Content-Range", f.meta.Parts[0].ContentRange(f.meta.Size))
	}
	if !x.status.collapsed { // the client whose request it is gets what is meant for it alone
		res.Reason, res.Header = f.res.Reason, f.res.Header.Clone()
	}
	if f.res.Trailer != nil {
		res.Trailer = f.trailer
	}
	return x.tell(x.encoded(ctx, f.key, f.meta, res))
}
