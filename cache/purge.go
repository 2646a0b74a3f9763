package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
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

// MaxPurgeName bounds what a purge names, in bytes, as it is remembered and written down.
const MaxPurgeName = 8 << 10

// ErrPurgeName says that a purge names more than MaxPurgeName bytes.
var ErrPurgeName = errors.New("a purge names at most 8192 bytes; give what changes together a short tag")

// Purge takes effect for the next request, however many entries it is about: nothing is
// searched for, but every entry knows the last purge that it is newer than. A URL is purged
// as it is, and as each policy of the app in use has it in its keys, of which entries know.
func (c *Cache) Purge(ctx context.Context, p Purge) error {
	if len(p.Tag)+len(p.Host)+len(p.URL)+len(p.Prefix) > MaxPurgeName {
		return ErrPurgeName
	}
	urls := []string{p.URL}
	if p.URL != "" {
		for _, policy := range c.policiesOf(p.App) {
			urls = append(urls, policy.Key.Query.apply(p.URL))
		}
	}
	slices.Sort(urls)
	var errs []error
	for _, p.URL = range slices.Compact(urls) {
		errs = append(errs, c.cfg.Bus.Publish(ctx, p))
	}
	return errors.Join(errs...)
}

// SourceTag is the tag of answers that are made of what is at a URL: host, path and query.
// A purge of that URL is one of them as well.
func SourceTag(url string) string {
	sum := sha256.Sum256([]byte(url))
	return "source-" + hex.EncodeToString(sum[:8])
}

// maxPurges is how many purges of an app are remembered. The oldest one that is forgotten
// takes everything of that app with it that is older.
const maxPurges = 1 << 16

// maxPrefixes bounds the purges by prefix, as each is compared with.
const maxPrefixes = 1 << 10

// purges are the purges that have been heard of.
type purges struct {
	last atomic.Uint64 // the number of the last one

	mu    sync.RWMutex // guards what follows
	apps  map[string]*appPurges
	floor uint64 // what is not newer is purged
}

// appPurges are the purges of one app, which are bounded apart from those of others: an
// app that purges without end must not take from them what they have.
type appPurges struct {
	rules    map[rule]verdicts
	prefixes []Purge
	floor    uint64 // likewise
}

// rule is what a purge is about.
type rule struct {
	kind byte // 't', 'u', 'h', or 'a' for all; of a long name, 'T', 'U' or 'H'
	name string
}

// ruleOf makes a rule. Of a long name it has a hash, so that what is remembered does not
// depend on how long names are.
func ruleOf(kind byte, name string) rule {
	if len(name) <= 2*sha256.Size {
		return rule{kind, name}
	}
	sum := sha256.Sum256([]byte(name))
	return rule{kind - 'a' + 'A', string(sum[:])}
}

// verdicts are the numbers of the last purges of a kind.
type verdicts struct{ hard, soft uint64 }

func newPurges() *purges { return &purges{apps: map[string]*appPurges{}} }

// apply takes in a purge.
func (s *purges) apply(p Purge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Number <= s.last.Load() {
		return // it was applied before
	}
	if p.App == "" {
		s.floor = p.Number
	} else {
		s.of(p.App).apply(p)
	}
	s.last.Store(p.Number)
}

// of returns the purges of an app. The caller holds the lock.
func (s *purges) of(app string) *appPurges {
	a := s.apps[app]
	if a == nil {
		a = &appPurges{rules: map[rule]verdicts{}}
		s.apps[app] = a
	}
	return a
}

func (a *appPurges) apply(p Purge) {
	switch {
	case p.Prefix != "":
		a.prefixes = append(a.prefixes, p)
	case p.Tag != "":
		a.note(ruleOf('t', p.Tag), p)
	case p.URL != "":
		a.note(ruleOf('u', p.URL), p)
		a.note(ruleOf('t', SourceTag(p.URL)), p)
	case p.Host != "":
		a.note(ruleOf('h', p.Host), p)
	default:
		a.note(ruleOf('a', ""), p)
	}
	a.forget()
}

func (a *appPurges) note(r rule, p Purge) {
	v := a.rules[r]
	if p.Soft {
		v.soft = p.Number
	} else {
		v.hard = p.Number
	}
	a.rules[r] = v
}

// forget bounds what is remembered: when it is too much, half of it goes.
func (a *appPurges) forget() {
	if len(a.prefixes) > maxPrefixes {
		half := len(a.prefixes) / 2
		a.floor = max(a.floor, a.prefixes[half-1].Number)
		a.prefixes = append([]Purge(nil), a.prefixes[half:]...)
	}
	if len(a.rules) <= maxPurges {
		return
	}
	oldest, newest := ^uint64(0), uint64(0)
	for _, v := range a.rules {
		n := max(v.hard, v.soft)
		oldest, newest = min(oldest, n), max(newest, n)
	}
	middle := oldest + (newest-oldest)/2
	for r, v := range a.rules {
		if max(v.hard, v.soft) <= middle {
			delete(a.rules, r)
		}
	}
	a.floor = max(a.floor, middle)
}

// verdict finds out whether an entry is purged, and how.
func (s *purges) verdict(m *Meta) (hard, soft bool) {
	if s.last.Load() <= m.Epoch {
		return false, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	newest := verdicts{hard: s.floor}
	if a := s.apps[m.App]; a != nil {
		newest.hard = max(newest.hard, a.floor)
		a.judge(m, &newest)
	}
	return newest.hard > m.Epoch, newest.soft > m.Epoch
}

// judge finds the last purges that an entry is concerned by.
func (a *appPurges) judge(m *Meta, newest *verdicts) {
	look := func(kind byte, name string) {
		v := a.rules[ruleOf(kind, name)]
		newest.hard, newest.soft = max(newest.hard, v.hard), max(newest.soft, v.soft)
	}
	look('a', "")
	look('h', m.Host)
	look('u', m.Host+m.Target)
	for _, tag := range m.Tags {
		look('t', tag)
	}
	for i := range a.prefixes {
		p := &a.prefixes[i]
		if p.Number <= m.Epoch || !hasPrefix(m.Host, m.Target, p.Prefix) {
			continue
		}
		if p.Soft {
			newest.soft = max(newest.soft, p.Number)
		} else {
			newest.hard = max(newest.hard, p.Number)
		}
	}
}

// hasPrefix reports whether host and target, one after the other, begin with prefix.
func hasPrefix(host, target, prefix string) bool {
	if len(prefix) <= len(host) {
		return strings.HasPrefix(host, prefix)
	}
	return strings.HasPrefix(prefix, host) && strings.HasPrefix(target, prefix[len(host):])
}
