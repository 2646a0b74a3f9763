package tier

import (
	"context"
	"sync"

	"hedge/cache"
)

// writer takes in content for both stores, or the one that takes it. If one of them
// fails, the other goes on.
type writer struct {
	store *Store
	key   cache.Key

	mu        sync.Mutex   // guards what follows
	hot, cold cache.Writer // nil: that store gets nothing
	given     []cache.Writer
	length    int64
	over      bool
}

// Write implements cache.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return 0, cache.ErrClosed
	}
	if w.hot != nil && w.cold != nil && w.length+int64(len(p)) > w.store.cfg.HotBytes {
		w.giveUp(&w.hot)
	}
	if w.cold != nil {
		n, err = w.cold.Write(p)
		if err != nil && w.hot != nil {
			w.giveUp(&w.cold)
		}
	}
	if w.hot != nil {
		took, hotErr := w.hot.Write(p)
		switch {
		case w.cold == nil:
			n, err = took, hotErr
		case hotErr != nil:
			w.giveUp(&w.hot)
		}
	}
	w.length += int64(n)
	return n, err
}

// giveUp ends one of the two. What it has may be being read, so it is released with the
// other one.
func (w *writer) giveUp(one *cache.Writer) {
	(*one).Abort()
	w.given, *one = append(w.given, *one), nil
}

// ReadAt implements cache.Writer.
func (w *writer) ReadAt(p []byte, off int64) (int, error) {
	w.mu.Lock()
	from := w.hot
	if from == nil {
		from = w.cold
	}
	w.mu.Unlock()
	return from.ReadAt(p, off)
}

// Commit implements cache.Writer. There is an entry if one of the stores has it.
func (w *writer) Commit(meta *cache.Meta) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || meta.Length != w.length {
		return cache.ErrClosed
	}
	w.over = true
	ctx, s := context.Background(), w.store
	at := s.stripe(&w.key)
	at.Lock()
	defer at.Unlock()
	defer at.changes.Add(1)
	err := w.commitHot(ctx, meta)
	switch {
	case w.cold != nil:
		if coldErr := w.cold.Commit(meta); coldErr == nil {
			return nil
		}
		s.removeBelow(ctx, w.key)
	case !s.owed.owe(w.key): // the cold store has come since, or has refused it
		s.removeBelow(ctx, w.key)
		s.copyBelow(ctx, w.key)
	}
	return err
}

// commitHot makes the hot store have the entry, or none. Its error is that it has none.
func (w *writer) commitHot(ctx context.Context, meta *cache.Meta) error {
	err := cache.ErrClosed
	if w.hot != nil {
		err = w.hot.Commit(meta)
	}
	if err != nil {
		_ = follow(ctx, w.store.cfg.Hot, w.key, nil)
	}
	return err
}

// Abort implements cache.Writer.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	for _, one := range [...]cache.Writer{w.hot, w.cold} {
		if one != nil {
			one.Abort()
		}
	}
}

// Release implements cache.Writer.
func (w *writer) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range append(w.given, w.hot, w.cold) {
		if one != nil {
			one.Release()
		}
	}
}
