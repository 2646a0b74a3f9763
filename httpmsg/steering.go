package httpmsg

import "time"

// CacheMode is how a request goes through a cache: the modes of the Fetch standard
// (https://fetch.spec.whatwg.org/#concept-request-cache-mode).
type CacheMode uint32

// The modes, in the order in which request.ts has them.
const (
	CacheDefault      CacheMode = iota
	CacheNoStore                // the cache has no part in it
	CacheReload                 // nothing stored is used; the answer is stored
	CacheNoCache                // what is stored is used once the origin has said that it is right still
	CacheForceCache             // what is stored is used, however old it is
	CacheOnlyIfCached           // likewise, and the origin is not asked
)

// StoreMode says which answers are stored.
type StoreMode uint32

// The modes of storing.
const (
	StoreAllowed StoreMode = iota // those that HTTP lets a shared cache store
	StoreAlways                   // those too that are private, no-store, or set cookies, which are left out
	StoreNever
)

// Steering is what the maker of a request wants of the caches of this edge besides what
// the request's fields say. It is not changed once a request has it.
type Steering struct {
	Mode  CacheMode
	Store StoreMode
	// Key takes the place of scheme, host, path and query in the cache's key; empty: they
	// are. With it, a request with content may be answered from the cache.
	Key string
	// Tags are those of the answer, besides what it says itself.
	Tags []string
	// TTL is how long the answer is fresh from when it comes, whatever it says itself, if
	// its status is one of HeuristicStatus, or 206. The others take the place of its
	// directives with their names.
	TTL                  Seconds
	StaleWhileRevalidate Seconds
	StaleIfError         Seconds
}

// Steer changes what an answer says about caching to what is wanted. It does nothing on
// nil.
func (s *Steering) Steer(status int, c *Caching) {
	if s == nil {
		return
	}
	if s.overrides(status) {
		c.Lifetime, c.Explicit = s.TTL.Duration(), true
		c.NoCache, c.NoCacheFields = false, ""
	}
	if s.StaleWhileRevalidate.Set {
		c.StaleWhileRevalidate = s.StaleWhileRevalidate
	}
	if s.StaleIfError.Set {
		c.StaleIfError = s.StaleIfError
	}
	if s.Store == StoreAlways {
		c.NoStore, c.Private, c.Public = false, false, true
		c.PrivateFields = "Set-Cookie"
	}
}

// Lifetime returns how long an answer is fresh, counted from an age of 0, that has the
// age now.
func (s *Steering) Lifetime(status int, c *Caching, age time.Duration) time.Duration {
	if s.overrides(status) {
		return s.TTL.Duration() + age
	}
	return c.Lifetime
}

func (s *Steering) overrides(status int) bool {
	return s != nil && s.TTL.Set && (HeuristicStatus(status) || status == 206)
}
