package cache

import (
	"context"
	"encoding/binary"
	"sync"
	"time"
)

// Values is an app's store of values beside HTTP. They are entries like answers: in the
// same Store, under the same bound, and purged by the same tags. It may be used from many
// goroutines at once.
type Values struct {
	cache *Cache
	app   string
}

// Values returns the values of an app, which no other app sees.
func (c *Cache) Values(app string) *Values { return &Values{c, app} }

// Kind is what a value is, for those who store and read it. It is not 0, and is kept as
// the status of an entry.
type Kind int

// ValueOptions is how a value is kept.
type ValueOptions struct {
	// TTL is for how long it is; 0: until it has to make room.
	TTL time.Duration
	// StaleWhileRevalidate and StaleIfError are how long after that Claim returns it while
	// it is being made anew, and when that has failed.
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration
	// Tags are for purges.
	Tags []string
	// OnlyIfEmpty leaves a value that is there.
	OnlyIfEmpty bool
}

// Value is one that is stored. It is closed once.
type Value struct {
	Kind   Kind
	Length int64
	Content
}

// forEver is the lifetime of what is kept until it has to make room.
const forEver = 100 * 365 * 24 * time.Hour

// valueLocks make changes of one value come one after the other. Values share them by
// their keys.
type valueLocks [256]sync.Mutex

func (l *valueLocks) of(key *Key) *sync.Mutex { return &l[key[0]] }

// key of a value. It begins unlike those of answers.
func (v *Values) key(name string) Key { return spaceKey('v', v.app, name) }

// spaceKey returns a key of an app's entries that are not answers to requests: space tells
// one kind from another.
func spaceKey(space byte, app string, parts ...string) Key {
	var room [512]byte
	b := append(room[:0], space, keyVersion)
	for _, s := range append([]string{app}, parts...) {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return keyFor(app, b)
}

// freshness is how far an entry may be used.
type freshness int

const (
	gone      freshness = iota // there is none, or it has been purged
	onlyError                  // it may be used if there is no other
	staleNow                   // while it is being made anew
	freshNow
)

// look returns an entry, and how far it may be used. What is gone is nil.
func (c *Cache) look(ctx context.Context, key Key) (*Entry, freshness) {
	entry, err := c.cfg.Store.Get(ctx, key)
	if err != nil || entry == nil {
		return nil, gone
	}
	hard, soft := c.purges.verdict(entry.Meta)
	if u := usable(entry.Meta, soft, c.cfg.Now()); !hard && u != gone {
		return entry, u
	}
	_ = entry.Close()
	return nil, gone
}

func usable(m *Meta, soft bool, now time.Time) freshness {
	over := ageOf(m, now) - m.Lifetime
	while, fail := m.StaleWhileRevalidate, m.StaleIfError
	if soft {
		while, fail = max(while, softGrace), max(fail, softGrace)
	} else if over < 0 {
		return freshNow
	}
	switch {
	case over < while:
		return staleNow
	case over < fail:
		return onlyError
	}
	return gone
}

// Get returns a value, which the caller closes; nil: there is none that is fresh.
func (v *Values) Get(ctx context.Context, name string) *Value {
	entry, u := v.cache.look(ctx, v.key(name))
	switch {
	case u == freshNow:
		return valueOf(entry)
	case entry != nil:
		_ = entry.Close()
	}
	return nil
}

func valueOf(e *Entry) *Value {
	return &Value{Kind: Kind(e.Meta.Status), Length: e.Meta.Length, Content: e.Content}
}

// Delete removes a value, and reports whether there was one. One that is being made is
// not stored any more.
func (v *Values) Delete(ctx context.Context, name string) bool {
	key := v.key(name)
	lock := v.cache.locks.of(&key)
	lock.Lock()
	defer lock.Unlock()
	v.cache.computations.supersede(&key)
	return v.change(ctx, &key, func(*Meta) *Meta { return nil })
}

// Touch lets a value be fresh for as long as ttl from now on, and reports whether there
// is one. 0 is as in ValueOptions.
func (v *Values) Touch(ctx context.Context, name string, ttl time.Duration) bool {
	key := v.key(name)
	lock := v.cache.locks.of(&key)
	lock.Lock()
	defer lock.Unlock()
	return v.change(ctx, &key, func(m *Meta) *Meta {
		touched := *m
		touched.Received, touched.Lifetime = v.cache.cfg.Now(), lifetimeOf(ttl)
		return &touched
	})
}

// change changes the metadata of a value that is fresh. The caller holds the key's lock.
func (v *Values) change(ctx context.Context, key *Key, to func(*Meta) *Meta) bool {
	entry, u := v.cache.look(ctx, *key)
	if entry == nil {
		return false
	}
	defer func() { _ = entry.Close() }()
	meta := to(entry.Meta)
	if meta != nil && u != freshNow {
		return false
	}
	return v.cache.cfg.Store.Change(ctx, entry, meta) == nil && u == freshNow
}

func lifetimeOf(ttl time.Duration) time.Duration {
	if ttl <= 0 {
		return forEver
	}
	return ttl
}
