package tier

import (
	"context"
	"maps"
	"sync"

	"hedge/cache"
)

// owed is the keys of which the cold store may have something else than there ought to be:
// those that were asked for, and not found, or stored while it was awaited. Who removes
// something asks for it before.
type owed struct {
	mu      sync.RWMutex // guards what follows
	waiting bool         // the cold store is still to come
	tooMany bool         // to be remembered: the cold store has to be empty when it comes
	keys    map[cache.Key]struct{}
}

// maxOwed is how many keys are remembered, 32 bytes each.
const maxOwed = 1 << 18

// missed notes that there is nothing under a key, as far as is known.
func (o *owed) missed(key cache.Key) {
	o.mu.RLock()
	waiting := o.waiting
	o.mu.RUnlock()
	if waiting {
		o.owe(key)
	}
}

// owe notes that a key was changed while the cold store is awaited; false: it is not.
func (o *owed) owe(key cache.Key) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.waiting {
		return false
	}
	if len(o.keys) >= maxOwed {
		o.tooMany, o.keys = true, nil
	}
	if !o.tooMany {
		if o.keys == nil {
			o.keys = map[cache.Key]struct{}{}
		}
		o.keys[key] = struct{}{}
	}
	return true
}

func (o *owed) list() (keys map[cache.Key]struct{}, tooMany bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return maps.Clone(o.keys), o.tooMany
}

// Attach gives the Store its cold store, once, which open opens: empty, if it is told to.
// It stays its owner's. discard is called if it cannot be used as it is; it is opened
// again then.
func (s *Store) Attach(ctx context.Context, open func(empty bool) (cold cache.Store, discard func(), err error)) error {
	for {
		_, empty := s.owed.list()
		cold, discard, err := open(empty)
		if err != nil {
			return err
		}
		if s.adopt(ctx, cold, empty) {
			return nil
		}
		discard()
	}
}

// adopt begins to use a cold store, when that has nothing of what is owed any more. false:
// it could not be brought about.
func (s *Store) adopt(ctx context.Context, cold cache.Store, empty bool) bool {
	o := &s.owed
	known, _ := o.list()
	ok := empty || removeAll(ctx, cold, known, nil)
	o.mu.Lock() // what comes to be owed from now on, waits
	defer o.mu.Unlock()
	if !ok || !empty && (o.tooMany || !removeAll(ctx, cold, o.keys, known)) {
		o.tooMany, o.keys = true, nil
		return false
	}
	o.waiting, o.tooMany, o.keys = false, false, nil
	s.cold.Store(&coldStore{cold})
	s.running.Go(func() { s.copyAll(known) }) // ends when all are copied, or with Close
	return true
}

// removeAll removes what a store has under some keys, but for those that have been removed
// already.
func removeAll(ctx context.Context, store cache.Store, keys, already map[cache.Key]struct{}) bool {
	for key := range keys {
		if _, done := already[key]; !done && follow(ctx, store, key, nil) != nil {
			return false
		}
	}
	return true
}

// copyAll copies what was stored while the cold store was awaited.
func (s *Store) copyAll(keys map[cache.Key]struct{}) {
	for key := range keys {
		select {
		case <-s.end:
			return
		default:
		}
		at := s.stripe(&key)
		at.Lock()
		if cold := s.cold.Load(); cold != nil && !has(context.Background(), cold, key) {
			s.copyBelow(context.Background(), key)
		}
		at.Unlock()
	}
}

// Detach goes on without the cold store, for good. What has come from it can be read
// still, as far as its owner lets it.
func (s *Store) Detach() {
	s.owed.mu.Lock()
	defer s.owed.mu.Unlock()
	s.owed.waiting = false
	s.cold.Store(nil)
}

// copyBelow has the cold store have what the hot one has under a key. The caller holds
// the lock of its stripe.
func (s *Store) copyBelow(ctx context.Context, key cache.Key) {
	cold := s.cold.Load()
	entry, err := s.cfg.Hot.Get(ctx, key)
	if err != nil || entry == nil || cold == nil {
		return
	}
	defer func() { _ = entry.Close() }()
	w, err := cold.Put(ctx, key, entry.Meta.Length)
	if err != nil {
		return
	}
	defer w.Release()
	if err = copyContent(w, entry); err == nil {
		err = w.Commit(entry.Meta)
	}
	if err != nil {
		w.Abort()
	}
}

// removeBelow removes what the cold store has under a key.
func (s *Store) removeBelow(ctx context.Context, key cache.Key) {
	if cold := s.cold.Load(); cold != nil {
		_ = follow(ctx, cold, key, nil) // it is gone at least for as long as the store is open
	}
}
