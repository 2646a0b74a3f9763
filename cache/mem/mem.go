// Package mem is a cache.Store in memory. What is asked for often stays (W-TinyLFU, by
// otter), so that a scan of many things that nobody asks for again pushes nothing out; and
// each app has a share, so that none pushes out what is another's.
package mem

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"hedge/cache"
)

// Config bounds a Store.
type Config struct {
	// Bytes is how much memory all entries may take, their metadata and what it takes to
	// find them included. What is being stored may take half as much besides.
	Bytes int64
	// ObjectBytes is how long the content of one entry may be; 0 stands for an eighth of
	// Bytes.
	ObjectBytes int64
	// Now is the clock; nil stands for that of the system.
	Now func() time.Time
}

// Store keeps entries in memory. It keeps the contract of cache.Store.
type Store struct {
	limit   int64 // of an entry
	bytes   int64
	now     func() time.Time
	total   atomic.Int64                      // bytes of all shares
	storing atomic.Int64                      // likewise, of what is being stored
	shares  atomic.Pointer[map[uint64]*share] // by cache.Key.App; never changed, only replaced

	mu     sync.Mutex // guards the change of what follows, of shares, and of what they may take
	epochs cache.Epochs
}

var _ cache.Store = (*Store)(nil)

// record is an entry: it is replaced, never changed.
type record struct {
	meta *cache.Meta
	content
}

// overhead is about what otter and the parts of a record take for an entry.
const overhead = 200

// weight is what a record counts for, in bytes.
func (r *record) weight() uint32 {
	return uint32(min(overhead+r.meta.Bytes()+r.content.bytes(), 1<<32-1))
}

// New makes a Store.
func New(cfg Config) (*Store, error) {
	if cfg.ObjectBytes == 0 {
		cfg.ObjectBytes = cfg.Bytes / 8
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Store{limit: min(cfg.ObjectBytes, 1<<31), bytes: cfg.Bytes, now: cfg.Now}
	s.epochs.Begin(cfg.Now())
	s.shares.Store(&map[uint64]*share{})
	return s, nil
}

// Get implements cache.Store.
func (s *Store) Get(_ context.Context, key cache.Key) (*cache.Entry, error) {
	h := s.shareOf(&key)
	if h == nil {
		return nil, nil
	}
	r, ok := h.entries.GetIfPresent(key)
	if !ok {
		return nil, nil
	}
	return &cache.Entry{Key: key, Meta: r.meta, Content: &r.content}, nil
}

// Put implements cache.Store.
func (s *Store) Put(_ context.Context, key cache.Key, size int64) (cache.Writer, error) {
	if size > s.limit {
		return nil, cache.ErrTooLarge
	}
	h, err := s.makeShare(&key)
	if err != nil {
		return nil, err
	}
	return &writer{store: s, share: h, key: key, size: size}, nil
}

// Change implements cache.Store.
func (s *Store) Change(_ context.Context, entry *cache.Entry, meta *cache.Meta) error {
	h := s.shareOf(&entry.Key)
	if h == nil {
		return cache.ErrReplaced
	}
	changed := false
	h.entries.ComputeIfPresent(entry.Key, func(r *record) (*record, otter.ComputeOp) {
		switch {
		case r.meta != entry.Meta:
			return r, otter.CancelOp
		case meta == nil:
			changed = true
			return nil, otter.InvalidateOp
		}
		changed = true
		next := &record{meta, r.content}
		s.took(h, next)
		return next, otter.WriteOp
	})
	if !changed {
		return cache.ErrReplaced
	}
	return nil
}

// Stats is how much a Store holds.
type Stats struct {
	Entries int
	Bytes   uint64
	Storing uint64 // bytes besides, of what is being stored
	Evicted uint64 // entries that had to make room, since the Store was made
}

// Stats returns how much there is, about.
func (s *Store) Stats() (all Stats) {
	for _, h := range *s.shares.Load() {
		one := h.stats()
		all.Entries, all.Bytes, all.Evicted = all.Entries+one.Entries, all.Bytes+one.Bytes, all.Evicted+one.Evicted
		all.Storing += one.Storing
	}
	return all
}

// AppStats is Stats of an app.
func (s *Store) AppStats(app string) Stats {
	key := cache.AppKey(app)
	if h := (*s.shares.Load())[key.App()]; h != nil {
		return h.stats()
	}
	return Stats{}
}

func (h *share) stats() Stats {
	return Stats{
		Entries: h.entries.EstimatedSize(), Bytes: uint64(max(0, h.bytes.Load())),
		Storing: uint64(max(0, h.storing.Load())), Evicted: h.evicted.Load(),
	}
}

// Settle makes room for what has been stored, which otherwise happens soon after.
func (s *Store) Settle() {
	for _, h := range *s.shares.Load() {
		h.entries.CleanUp()
	}
	for _, h := range *s.shares.Load() {
		s.settle(h)
	}
}

// Close ends what goes on in the background, and lets go of the entries.
func (s *Store) Close() {
	for _, h := range *s.shares.Load() {
		h.entries.StopAllGoroutines()
		h.entries.InvalidateAll()
	}
}
