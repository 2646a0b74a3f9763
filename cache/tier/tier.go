// Package tier is a cache.Store of two: a hot one, in memory, before a cold one, on a
// disk. The cold one has everything. What is short and was asked for, or has just come,
// is in the hot one too, as far as that has room.
//
// The cold store may come late, when another process lets go of it, and may go before the
// end; meanwhile the hot one is all there is. Where both have an entry it is the same
// one: whoever changes one of them holds the lock of the key's stripe until the other one
// has followed.
package tier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"hedge/cache"
	"hedge/httpmsg"
)

// Config is what a Store is made of.
type Config struct {
	// Hot is the store in memory. It stays its owner's.
	Hot cache.Store
	// HotBytes is how long content may be that is in the hot store beside the cold one.
	HotBytes int64
}

// Store keeps entries in two stores. It keeps the contract of cache.Store.
type Store struct {
	cfg     Config
	stripes [stripes]stripe
	owed    owed
	running sync.WaitGroup // what Attach has begun
	end     chan struct{}  // closed by Close

	cold atomic.Pointer[coldStore] // nil: there is none now
}

var _ cache.Store = (*Store)(nil)

type coldStore struct{ cache.Store }

// stripes is how many keys can be changed at a time.
const stripes = 256

// stripe is the keys that begin with a byte.
type stripe struct {
	sync.Mutex               // held while the two stores are made to agree about one of them
	changes    atomic.Uint64 // counted when that is done
}

// New makes a Store that waits for its cold store.
func New(cfg Config) *Store {
	s := &Store{cfg: cfg, end: make(chan struct{})}
	s.owed.waiting = true
	return s
}

// Close ends what goes on in the background. The two stores stay open.
func (s *Store) Close() {
	close(s.end)
	s.running.Wait()
}

func (s *Store) stripe(key *cache.Key) *stripe { return &s.stripes[key[0]] }

// Get implements cache.Store.
func (s *Store) Get(ctx context.Context, key cache.Key) (*cache.Entry, error) {
	if entry, err := s.cfg.Hot.Get(ctx, key); err != nil || entry != nil {
		return entry, err
	}
	s.owed.missed(key)
	changes := s.stripe(&key).changes.Load()
	cold := s.cold.Load()
	if cold == nil {
		return nil, nil
	}
	entry, err := cold.Get(ctx, key)
	if err != nil || entry == nil {
		return nil, err
	}
	if entry.Meta.Length <= s.cfg.HotBytes {
		if hot, err := s.warm(ctx, entry, changes); hot != nil || err != nil {
			_ = entry.Close()
			return hot, err
		}
	}
	return &cache.Entry{Key: key, Meta: entry.Meta, Content: coldContent{entry.Content, entry}}, nil
}

// coldContent is content in the cold store, with the entry as that knows it.
type coldContent struct {
	cache.Content
	entry *cache.Entry
}

// warm takes an entry of the cold store into the hot one, unless its stripe has changed
// since, or there is no room; nil: it is not there. An error says that the content cannot be read.
func (s *Store) warm(ctx context.Context, entry *cache.Entry, changes uint64) (*cache.Entry, error) {
	w, err := s.cfg.Hot.Put(ctx, entry.Key, entry.Meta.Length)
	if err != nil {
		return nil, nil
	}
	defer w.Release()
	if err := copyContent(w, entry); err != nil {
		w.Abort()
		if errors.Is(err, cache.ErrNoRoom) {
			err = nil // it is the hot store that says so
		}
		return nil, err
	}
	at := s.stripe(&entry.Key)
	at.Lock()
	defer at.Unlock()
	if at.changes.Load() != changes || w.Commit(entry.Meta) != nil {
		w.Abort()
		return nil, nil
	}
	return s.cfg.Hot.Get(ctx, entry.Key)
}

// copyContent writes all content of an entry.
func copyContent(w cache.Writer, entry *cache.Entry) error {
	if entry.Meta.Length == 0 {
		return nil
	}
	body := entry.Section(httpmsg.ByteRange{Length: entry.Meta.Length})
	defer func() { _ = body.Close() }()
	if b, ok := body.(*httpmsg.BytesBody); ok {
		_, err := w.Write(b.Bytes())
		return err
	}
	_, err := io.Copy(struct{ io.Writer }{w}, body)
	return err
}

// Put implements cache.Store.
func (s *Store) Put(ctx context.Context, key cache.Key, size int64) (cache.Writer, error) {
	w := &writer{store: s, key: key}
	var err error
	if cold := s.cold.Load(); cold != nil {
		w.cold, err = cold.Put(ctx, key, size)
	}
	if w.cold == nil || size <= s.cfg.HotBytes {
		var hotErr error
		w.hot, hotErr = s.cfg.Hot.Put(ctx, key, size)
		err = errors.Join(err, hotErr)
	}
	if w.cold == nil && w.hot == nil {
		return nil, err
	}
	return w, nil
}

// Change implements cache.Store.
func (s *Store) Change(ctx context.Context, entry *cache.Entry, meta *cache.Meta) error {
	at := s.stripe(&entry.Key)
	at.Lock()
	defer at.Unlock()
	defer at.changes.Add(1)
	if c, ok := entry.Content.(coldContent); ok {
		return s.changeCold(ctx, c.entry, meta)
	}
	return s.changeHot(ctx, entry, meta)
}

// changeHot changes an entry that came from the hot store, and the cold one's.
func (s *Store) changeHot(ctx context.Context, entry *cache.Entry, meta *cache.Meta) error {
	err := s.cfg.Hot.Change(ctx, entry, meta)
	if errors.Is(err, cache.ErrReplaced) && meta == nil {
		err = s.removeAgain(ctx, entry)
	}
	if cold := s.cold.Load(); cold != nil && err == nil {
		if follow(ctx, cold, entry.Key, meta) != nil && meta != nil {
			_ = follow(ctx, cold, entry.Key, nil)
		}
	}
	return err
}

// changeCold changes an entry that came from the cold store, and the hot one's.
func (s *Store) changeCold(ctx context.Context, entry *cache.Entry, meta *cache.Meta) error {
	cold := s.cold.Load()
	if cold == nil {
		return cache.ErrReplaced
	}
	err := cold.Change(ctx, entry, meta)
	switch {
	case err == nil:
		_ = follow(ctx, s.cfg.Hot, entry.Key, meta)
	case meta == nil && (!errors.Is(err, cache.ErrReplaced) || !has(ctx, cold, entry.Key)):
		err = follow(ctx, s.cfg.Hot, entry.Key, nil)
	}
	return err
}

// removeAgain removes from the hot store what is the same as an entry that was there, and
// has come from the cold store anew since then. If there is nothing it is not known what
// the cold one has: better nothing than something that was to be removed.
func (s *Store) removeAgain(ctx context.Context, entry *cache.Entry) error {
	now, err := s.cfg.Hot.Get(ctx, entry.Key)
	if err != nil || now == nil {
		return err
	}
	defer func() { _ = now.Close() }()
	if !bytes.Equal(cache.AppendMeta(nil, now.Meta), cache.AppendMeta(nil, entry.Meta)) {
		return cache.ErrReplaced
	}
	_ = s.cfg.Hot.Change(ctx, now, nil) // ErrReplaced: it has just been evicted
	return nil
}

func has(ctx context.Context, store cache.Store, key cache.Key) bool {
	entry, err := store.Get(ctx, key)
	if err != nil || entry == nil {
		return false
	}
	_ = entry.Close()
	return true
}

// follow changes whatever a store has under a key. There may be nothing.
func follow(ctx context.Context, store cache.Store, key cache.Key, meta *cache.Meta) error {
	entry, err := store.Get(ctx, key)
	if err != nil || entry == nil {
		return err
	}
	defer func() { _ = entry.Close() }()
	return store.Change(ctx, entry, meta)
}
