package cache

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Purge says what is not to be used any more: all of an app, or what the one of the
// other fields that is set names. Without an app, it is everything.
type Purge struct {
	App    string `json:"app"`
	Tag    string `json:"tag,omitempty"`
	Host   string `json:"host,omitempty"`   // of all paths
	URL    string `json:"url,omitempty"`    // host, path and query: "shop.example/a?b"
	Prefix string `json:"prefix,omitempty"` // what such URLs begin with
	// Soft leaves what is purged to be used while it is revalidated, and when the origin
	// cannot be reached.
	Soft bool `json:"soft,omitempty"`
	// Number is its place among all purges. Each is larger than those before.
	Number uint64 `json:"number"`
}

// Bus carries purges to all caches that follow it. Its methods may be called from any
// goroutine.
type Bus interface {
	// Publish gives a purge its number, and returns once the caches of this process have
	// applied it, which they have even if there is an error: then others may not have, or
	// it may be undone by a restart.
	Publish(ctx context.Context, p Purge) error
	// Follow has apply called for every purge, one after the other, in the order of
	// their numbers; before it returns, for all that still matter. Numbers go on where
	// they were when a process starts again, as entries of a Store may outlive it.
	Follow(apply func(Purge))
}

// localBus reaches the caches of this process. Its numbers are made of the time, so that
// they go on after a restart.
type localBus struct {
	now func() time.Time

	mu        sync.Mutex // guards what follows, and keeps purges in order
	last      uint64
	followers []func(Purge)
}

// Publish implements Bus.
func (b *localBus) Publish(_ context.Context, p Purge) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = max(b.last+1, uint64(b.now().UnixNano()))
	p.Number = b.last
	for _, apply := range b.followers {
		apply(p)
	}
	return nil
}

// Follow implements Bus.
func (b *localBus) Follow(apply func(Purge)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.followers = append(b.followers, apply)
}

// Purge takes effect for the next request, however many entries it is about: nothing is
// searched for, but every entry knows the last purge that it is newer than.
func (c *Cache) Purge(ctx context.Context, p Purge) error { return c.cfg.Bus.Publish(ctx, p) }

// maxPurges is how many purges are remembered. The oldest one that is forgotten takes
// everything with it that is older.
const maxPurges = 1 << 16

// purges are the purges that have been heard of.
type purges struct {
	last atomic.Uint64 // the number of the last one

	mu       sync.RWMutex // guards what follows
	rules    map[rule]verdicts
	prefixes []Purge
	floor    uint64 // what is not newer is purged
}

// rule is what a purge is about.
type rule struct {
	app  string
	kind byte // of purges, see rulesOf
	name string
}

// verdicts are the numbers of the last purges of a kind.
type verdicts struct{ hard, soft uint64 }

func newPurges() *purges { return &purges{rules: map[rule]verdicts{}} }

// apply takes in a purge.
func (s *purges) apply(p Purge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Number <= s.last.Load() {
		return // it was applied before
	}
	switch {
	case p.App == "":
		s.floor = p.Number
	case p.Prefix != "":
		s.prefixes = append(s.prefixes, p)
	case p.Tag != "":
		s.note(rule{p.App, 't', p.Tag}, p)
	case p.URL != "":
		s.note(rule{p.App, 'u', p.URL}, p)
	case p.Host != "":
		s.note(rule{p.App, 'h', p.Host}, p)
	default:
		s.note(rule{p.App, 'a', ""}, p)
	}
	s.forget()
	s.last.Store(p.Number)
}

func (s *purges) note(r rule, p Purge) {
	v := s.rules[r]
	if p.Soft {
		v.soft = p.Number
	} else {
		v.hard = p.Number
	}
	s.rules[r] = v
}

// forget bounds what is remembered: when it is too much, half of it goes.
func (s *purges) forget() {
	if len(s.prefixes) > maxPrefixes {
		half := len(s.prefixes) / 2
		s.floor = max(s.floor, s.prefixes[half-1].Number)
		s.prefixes = append([]Purge(nil), s.prefixes[half:]...)
	}
	if len(s.rules) <= maxPurges {
		return
	}
	oldest, newest := ^uint64(0), uint64(0)
	for _, v := range s.rules {
		n := max(v.hard, v.soft)
		oldest, newest = min(oldest, n), max(newest, n)
	}
	middle := oldest + (newest-oldest)/2
	for r, v := range s.rules {
		if max(v.hard, v.soft) <= middle {
			delete(s.rules, r)
		}
	}
	s.floor = max(s.floor, middle)
}

// maxPrefixes bounds the purges by prefix, as each is compared with.
const maxPrefixes = 1 << 10

// verdict finds out whether an entry is purged, and how.
func (s *purges) verdict(m *Meta) (hard, soft bool) {
	if s.last.Load() <= m.Epoch {
		return false, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	newest := verdicts{hard: s.floor}
	look := func(kind byte, name string) {
		v := s.rules[rule{m.App, kind, name}]
		newest.hard, newest.soft = max(newest.hard, v.hard), max(newest.soft, v.soft)
	}
	look('a', "")
	look('h', m.Host)
	look('u', m.Host+m.Target)
	for _, tag := range m.Tags {
		look('t', tag)
	}
	for i := range s.prefixes {
		p := &s.prefixes[i]
		if p.App == m.App && p.Number > m.Epoch && hasPrefix(m.Host, m.Target, p.Prefix) {
			if p.Soft {
				newest.soft = max(newest.soft, p.Number)
			} else {
				newest.hard = max(newest.hard, p.Number)
			}
		}
	}
	return newest.hard > m.Epoch, newest.soft > m.Epoch
}

// hasPrefix reports whether host and target, one after the other, begin with prefix.
func hasPrefix(host, target, prefix string) bool {
	if len(prefix) <= len(host) {
		return strings.HasPrefix(host, prefix)
	}
	return strings.HasPrefix(prefix, host) && strings.HasPrefix(target, prefix[len(host):])
}
