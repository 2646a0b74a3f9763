package cli

import (
	"context"
	"fmt"
	"time"

	"hedge/cache"
	"hedge/telemetry"
)

// cacheStats is how the cache stands.
type cacheStats struct {
	Requests uint64     `json:"requests"` // that it had a part in, since the start
	Hits     uint64     `json:"hits"`     // of them, that it has answered by itself
	Memory   tierStats  `json:"memory"`
	Disk     *tierStats `json:"disk,omitempty"` // nil: there is none, or it is not open
}

// tierStats is what is stored in memory or on the disk, and what has happened to it.
type tierStats struct {
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Storing int64  `json:"storing,omitempty"` // bytes of memory besides, of what is being stored
	Evicted uint64 `json:"evicted"`
	Refused uint64 `json:"refused,omitempty"` // operations, by the disk
	Damaged uint64 `json:"damaged,omitempty"` // entries
}

// stats returns how the cache stands, by what m has counted; nil: there is none.
func (c *edgeCache) stats(m *telemetry.Registry) *cacheStats {
	if c == nil {
		return nil
	}
	s := &cacheStats{Memory: c.inMemory(), Disk: c.disk.stats()}
	m.Each(telemetry.CacheRequests, func(labels []string, n uint64, _ *telemetry.Counts) {
		s.Requests += n
		switch cache.Reason(labels[1]) {
		case cache.ReasonHit, cache.ReasonStale, cache.ReasonStaleError:
			s.Hits += n
		}
	})
	return s
}

func (c *edgeCache) inMemory() tierStats {
	s := c.memory.Stats()
	return tierStats{Entries: s.Entries, Bytes: int64(s.Bytes), Storing: int64(s.Storing), Evicted: s.Evicted}
}

// stats returns what is on the disk; nil: there is none, or it is not open.
func (d *cacheDisk) stats() *tierStats {
	if d == nil {
		return nil
	}
	store := d.opened()
	if store == nil {
		return nil
	}
	s := store.Stats()
	return &tierStats{Entries: s.Entries, Bytes: s.Bytes, Evicted: s.Evicted, Refused: s.Failed, Damaged: s.Damaged}
}

// text is the stats for people; before are those of an earlier look, or nil.
func (s *cacheStats) text(before *cacheStats) string {
	if before == nil || before.Requests > s.Requests || before.Hits > s.Hits {
		before = &cacheStats{} // another process counts
	}
	hits := "–"
	if n := s.Requests - before.Requests; n > 0 {
		hits = fmt.Sprintf("%.1f %%", 100*float64(s.Hits-before.Hits)/float64(n))
	}
	text := fmt.Sprintf("cache: %s hits   %s in memory", hits, formatBytes(s.Memory.Bytes))
	if s.Disk != nil {
		text += ", " + formatBytes(s.Disk.Bytes) + " on the disk"
	}
	return text + "\n"
}

// collect says what the cache has, and of whom.
func (c *edgeCache) collect(s *telemetry.Sample, apps []string) {
	if c == nil {
		return
	}
	memory := c.inMemory()
	memory.collect(s, "memory")
	s.Set(telemetry.CacheStoring, float64(memory.Storing))
	for _, app := range apps {
		own := c.memory.AppStats(app)
		s.Set(telemetry.CacheAppEntries, float64(own.Entries), app, "memory")
		s.Set(telemetry.CacheAppBytes, float64(own.Bytes), app, "memory")
	}
	if d := c.disk.stats(); d != nil {
		d.collect(s, "disk")
		c.disk.collectApps(s, apps)
		s.Set(telemetry.CacheDiskErrors, float64(d.Refused), "refused")
		s.Set(telemetry.CacheDiskErrors, float64(d.Damaged), "damaged")
	}
}

// collectApps says what apps have on the disk.
func (d *cacheDisk) collectApps(s *telemetry.Sample, apps []string) {
	store := d.opened()
	for _, app := range apps {
		own := store.AppStats(app)
		s.Set(telemetry.CacheAppEntries, float64(own.Entries), app, "disk")
		s.Set(telemetry.CacheAppBytes, float64(own.Bytes), app, "disk")
	}
}

func (t *tierStats) collect(s *telemetry.Sample, tier string) {
	s.Set(telemetry.CacheEntries, float64(t.Entries), tier)
	s.Set(telemetry.CacheBytes, float64(t.Bytes), tier)
	s.Set(telemetry.CacheEvictions, float64(t.Evicted), tier)
}

// timedStore is a store that counts how long it takes.
type timedStore struct {
	cache.Store
	finds, commits *telemetry.Histogram
}

func newTimedStore(store cache.Store, m *telemetry.Registry) *timedStore {
	return &timedStore{store, m.Histogram(telemetry.CacheDiskTimes, "find"), m.Histogram(telemetry.CacheDiskTimes, "commit")}
}

// Get implements cache.Store.
func (s *timedStore) Get(ctx context.Context, key cache.Key) (*cache.Entry, error) {
	began := time.Now()
	entry, err := s.Store.Get(ctx, key)
	s.finds.Observe(time.Since(began))
	return entry, err
}

// Put implements cache.Store.
func (s *timedStore) Put(ctx context.Context, key cache.Key, size int64) (cache.Writer, error) {
	w, err := s.Store.Put(ctx, key, size)
	if err != nil {
		return nil, err
	}
	return &timedWriter{w, s.commits}, nil
}

type timedWriter struct {
	cache.Writer
	commits *telemetry.Histogram
}

// Commit implements cache.Writer.
func (w *timedWriter) Commit(meta *cache.Meta) error {
	began := time.Now()
	err := w.Writer.Commit(meta)
	w.commits.Observe(time.Since(began))
	return err
}
