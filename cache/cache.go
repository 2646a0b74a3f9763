package cache

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"hedge/httpmsg"
	"hedge/telemetry"
)

// Config is what a Cache is made of. It is not changed once a Cache has it.
type Config struct {
	// Store keeps the entries.
	Store Store
	// Now is the clock; nil stands for that of the system.
	Now func() time.Time
	// Random yields uniformly distributed bits; nil stands for math/rand/v2.
	Random func() uint64
	// ObjectBytes is how long the content of an answer may be that is stored in one piece; 0
	// leaves it to the Store.
	ObjectBytes int64
	// SliceBytes is how long the slices are in which content is stored that has SlicedFrom
	// bytes or more; 0 stands for 1 MiB and 8 MiB.
	SliceBytes int32
	SlicedFrom int64
	// Metrics has how requests went and the times that fills take; nil: nobody counts.
	Metrics *telemetry.Registry
	// Bus carries purges; nil stands for one that reaches this cache alone.
	Bus Bus
}

// Cache is a shared cache (RFC 9111). It may be used from many goroutines at once.
type Cache struct {
	cfg      Config
	flights  flights
	changes  changes
	passed   *passed
	renewing *passed // keys of Responses that are being made anew
	packs    *packs
	purges   *purges
	running  sync.WaitGroup  // revalidations and fills that go on in the background
	ctx      context.Context // of those
	end      context.CancelFunc

	locks        valueLocks
	computations computations

	mu     sync.Mutex                 // guards what follows
	scopes map[string]map[*Policy]int // of an app, and how often each is in use
}

// New makes a Cache.
func New(cfg Config) *Cache {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Uint64
	}
	if cfg.SliceBytes == 0 {
		cfg.SliceBytes, cfg.SlicedFrom = sliceBytes, slicedFrom
	}
	if cfg.Bus == nil {
		cfg.Bus = &localBus{now: cfg.Now}
	}
	c := &Cache{cfg: cfg, passed: &passed{}, renewing: &passed{}, packs: newPacks(), purges: newPurges(), scopes: map[string]map[*Policy]int{}}
	c.ctx, c.end = context.WithCancel(context.Background())
	cfg.Bus.Follow(c.purges.apply)
	return c
}

// Close breaks off what goes on in the background, and waits for its end. Nothing new may
// come in.
func (c *Cache) Close() {
	c.end()
	c.running.Wait()
}

// Wait waits for what goes on in the background: answers that are being stored, and
// revalidations. Nothing new may come in meanwhile.
func (c *Cache) Wait() { c.running.Wait() }

// Policy is how the cache is used in one place: before an upstream, or for what code
// fetches. It is not changed once it is in use.
type Policy struct {
	// App is whose entries these are; no other app ever sees them.
	App string
	// Scope is what stands behind the cache. Entries of one are not those of another,
	// even for one URL: two routes may lead to different origins.
	Scope string
	// Cookies stores answers with Set-Cookie as it does others. Otherwise they have to
	// say that they are for shared caches.
	Cookies bool
	// StaleWhileRevalidate and StaleIfError hold for answers that say nothing about it,
	// and do not forbid it (RFC 5861).
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration
	// Compress has what is stored compressed for clients that can read that, where it is
	// worth it.
	Compress bool
	// Key says by what entries are found besides the URL.
	Key KeyPolicy
	// OwnCookies are the names of cookies that the edge itself sets on answers from
	// behind the cache. They are for one visitor, and neither stored nor a reason not to.
	OwnCookies []string
	// Hold keeps what stands behind the cache at work until release is called, for
	// requests that go on without a client; false: it is over. nil: there is no need.
	Hold func() (release func(), ok bool)
}

// Serve tells the cache that a policy is in use, so that what is changed through one
// policy of an app is invalid for all. It returns how to end that, which may be called
// again.
func (c *Cache) Serve(p *Policy) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scopes[p.App] == nil {
		c.scopes[p.App] = map[*Policy]int{}
	}
	c.scopes[p.App][p]++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.scopes[p.App][p]--; c.scopes[p.App][p] <= 0 {
			delete(c.scopes[p.App], p)
		}
		if len(c.scopes[p.App]) == 0 {
			delete(c.scopes, p.App)
		}
	})
}

// policiesOf returns the policies of an app that are in use.
func (c *Cache) policiesOf(app string) []*Policy {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]*Policy, 0, len(c.scopes[app]))
	for p := range c.scopes[app] {
		list = append(list, p)
	}
	return list
}

// hold calls Hold.
func (p *Policy) hold() (release func(), ok bool) {
	if p.Hold == nil {
		return func() {}, true
	}
	return p.Hold()
}

// own reports whether a Set-Cookie is one of the edge's.
func (p *Policy) own(setCookie string) bool {
	for _, name := range p.OwnCookies {
		if len(setCookie) > len(name) && setCookie[:len(name)] == name && setCookie[len(name)] == '=' {
			return true
		}
	}
	return false
}

// withoutOwn returns the fields of an answer without the cookies of the edge.
func (p *Policy) withoutOwn(h *httpmsg.Header) httpmsg.Header {
	if len(p.OwnCookies) == 0 || !h.Has("Set-Cookie") {
		return *h
	}
	rest := h.Clone()
	rest.DelFunc(func(f httpmsg.Field) bool { return httpmsg.EqualFold(f.Name, "Set-Cookie") && p.own(f.Value) })
	return rest
}
