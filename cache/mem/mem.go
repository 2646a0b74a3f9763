// Package mem is a cache.Store in memory. What is asked for often stays (W-TinyLFU, by
// otter), so that a scan of many things that nobody asks for again pushes nothing out.
package mem

import (
	"context"

	"github.com/maypok86/otter/v2"

	"hedge/cache"
)

// Config bounds a Store.
type Config struct {
	// Bytes is how much memory all entries may take, their metadata and what it takes to
	// find them included.
	Bytes int64
	// ObjectBytes is how long the content of one entry may be; 0 stands for an eighth of
	// Bytes.
	ObjectBytes int64
}

// Store keeps entries in memory. It keeps the contract of cache.Store.
type Store struct {
	limit   int64
	entries *otter.Cache[cache.Key, *record]
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
	entries, err := otter.New(&otter.Options[cache.Key, *record]{
		MaximumWeight: uint64(cfg.Bytes),
		Weigher:       func(_ cache.Key, r *record) uint32 { return r.weight() },
	})
	if err != nil {
		return nil, err
	}
	return &Store{limit: min(cfg.ObjectBytes, 1<<31), entries: entries}, nil
}

// Get implements cache.Store.
func (s *Store) Get(_ context.Context, key cache.Key) (*cache.Entry, error) {
	r, ok := s.entries.GetIfPresent(key)
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
	return &writer{store: s, key: key, size: size}, nil
}

// Change implements cache.Store.
func (s *Store) Change(_ context.Context, entry *cache.Entry, meta *cache.Meta) error {
	changed := false
	s.entries.ComputeIfPresent(entry.Key, func(r *record) (*record, otter.ComputeOp) {
		switch {
		case r.meta != entry.Meta:
			return r, otter.CancelOp
		case meta == nil:
			changed = true
			return nil, otter.InvalidateOp
		}
		changed = true
		return &record{meta, r.content}, otter.WriteOp
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
}

// Stats returns how much there is, about.
func (s *Store) Stats() Stats {
	return Stats{Entries: s.entries.EstimatedSize(), Bytes: s.entries.WeightedSize()}
}

// Settle makes room for what has been stored, which otherwise happens soon after.
func (s *Store) Settle() { s.entries.CleanUp() }

// Close ends what goes on in the background, and lets go of the entries.
func (s *Store) Close() {
	s.entries.StopAllGoroutines()
	s.entries.InvalidateAll()
}
