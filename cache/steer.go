package cache

import (
	"time"

	"hedge/httpmsg"
)

// mode is how who made the request wants it to go through the cache.
func (x *Exchange) mode() httpmsg.CacheMode {
	if s := x.req.Steering; s != nil {
		return s.Mode
	}
	return httpmsg.CacheDefault
}

// local reports whether the origin is not to be asked.
func (x *Exchange) local() bool { return x.cc.OnlyIfCached || x.mode() == httpmsg.CacheOnlyIfCached }

// named reports whether the request comes with a key, by which it has the answer of others
// whatever its method and content are.
func (x *Exchange) named() bool { return x.req.Steering != nil && x.req.Steering.Key != "" }

// storing reports whether the answer may be stored as far as the request is concerned.
func (x *Exchange) storing() bool { return x.unstoring() == "" }

// unstoring says why it may not.
func (x *Exchange) unstoring() httpmsg.Unstorable {
	switch {
	case x.req.Method != "GET" && !(x.named() && x.req.Method == "POST"):
		return httpmsg.UnstorableMethod
	case x.req.Steering != nil && x.req.Steering.Store == httpmsg.StoreNever:
		return httpmsg.UnstorableRequest
	}
	return ""
}

// keyOf returns the primary key of the request. A key that code has named is beside all
// URLs, whose scheme is never "key"; one of POST is beside those of GET.
func (x *Exchange) keyOf(p *Policy) Key {
	if !x.named() {
		return keyOf(p, x.req.Scheme, x.req.Authority, x.req.Prefix, x.req.Target)
	}
	method := x.req.Method
	if method == "HEAD" {
		method = "GET"
	}
	return namedKey(p, method, x.req.Steering.Key)
}

func namedKey(p *Policy, method, name string) Key {
	space := Policy{App: p.App, Scope: p.Scope}
	return keyOf(&space, "key", method, "", name)
}

// judge finds out what may be done with an entry for the request: see the function.
func (x *Exchange) judge(m *Meta, soft bool, now time.Time) (u use, why Reason) {
	if mode := x.mode(); mode == httpmsg.CacheForceCache || mode == httpmsg.CacheOnlyIfCached {
		if ageOf(m, now) < m.Lifetime && !soft {
			return useIt, ReasonHit
		}
		return useOffered, ReasonStale
	}
	u, why = judge(m, soft, &x.cc, m.Immutable, now)
	if u == useStale && x.req.Method == "POST" { // its content is there once
		return useVerified, ReasonExpired
	}
	return u, why
}

// steer sets how long a stale answer may be used by what code says of it, which stands
// above what the answer forbids.
func (m *Meta) steer(s *httpmsg.Steering) {
	if s.StaleWhileRevalidate.Set {
		m.StaleWhileRevalidate = s.StaleWhileRevalidate.Duration()
	}
	if s.StaleIfError.Set {
		m.StaleIfError = s.StaleIfError.Duration()
	}
	m.Shared = m.Shared || s.Store == httpmsg.StoreAlways
}
