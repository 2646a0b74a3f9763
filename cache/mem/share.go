package mem

import (
	"maps"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"hedge/cache"
)

// share is what one app has in a Store. Each has entries of its own, among which W-TinyLFU
// chooses; how much they may take together is changed while others come and go.
type share struct {
	entries *otter.Cache[cache.Key, *record]
	bytes   atomic.Int64
	storing atomic.Int64 // bytes of what is being stored, which are no entry's yet
	most    atomic.Int64 // that bytes may become
	epoch   atomic.Int64 // in which it was last asked for something
	evicted atomic.Uint64
}

// step is how far apart the bytes of shares are changed.
func (s *Store) step() int64 { return s.bytes / cache.ShareParts }

func (s *Store) newShare() (*share, error) {
	h := &share{}
	h.most.Store(s.bytes)
	h.epoch.Store(s.epochs.Now())
	var err error
	h.entries, err = otter.New(&otter.Options[cache.Key, *record]{
		MaximumWeight: uint64(s.bytes),
		Weigher:       func(_ cache.Key, r *record) uint32 { return r.weight() },
		OnAtomicDeletion: func(e otter.DeletionEvent[cache.Key, *record]) {
			n := int64(e.Value.weight())
			h.bytes.Add(-n)
			s.total.Add(-n)
			if e.WasEvicted() {
				h.evicted.Add(1)
			}
		},
	})
	return h, err
}

// took notes that an entry is there.
func (s *Store) took(h *share, r *record) {
	n := int64(r.weight())
	h.bytes.Add(n)
	s.total.Add(n)
}

// hold takes memory for what an app is storing, besides that of entries; false: there is none
// for it. All apps together have half of the Store's bytes for that, and each as much as is
// left for the others: so whoever takes most leaves something to who comes.
func (s *Store) hold(h *share, n int64) bool {
	all, own := s.storing.Add(n), h.storing.Add(n)
	if own <= s.bytes/2-all {
		return true
	}
	s.letGo(h, n)
	return false
}

// letGo gives it back.
func (s *Store) letGo(h *share, n int64) {
	s.storing.Add(-n)
	h.storing.Add(-n)
}

// shareOf returns the share that a key is of; nil: the app has nothing yet.
func (s *Store) shareOf(key *cache.Key) *share {
	h := (*s.shares.Load())[key.App()]
	if h != nil {
		if now := s.epochs.Now(); h.epoch.Load() != now {
			h.epoch.Store(now)
		}
	}
	return h
}

// makeShare returns the share that a key is of, which it makes if there is none.
func (s *Store) makeShare(key *cache.Key) (*share, error) {
	if h := s.shareOf(key); h != nil {
		return h, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.shareOf(key); h != nil {
		return h, nil
	}
	h, err := s.newShare()
	if err != nil {
		return nil, err
	}
	more := maps.Clone(*s.shares.Load())
	more[key.App()] = h
	s.shares.Store(&more)
	return h, nil
}

// settle sees to it that all shares together keep to the Store's bytes, once something was
// added to h: see cache.MakesRoom.
func (s *Store) settle(h *share) {
	step := s.step()
	full, free := s.total.Load() > s.bytes, s.bytes-step-s.total.Load()
	if !full && (free < step || h.most.Load() >= h.bytes.Load()+free/2) {
		return
	}
	if !s.mu.TryLock() { // somebody else does it
		return
	}
	defer s.mu.Unlock()
	s.epochs.Turn(s.now())
	if full {
		h = cache.MakesRoom(maps.Values(*s.shares.Load()), &s.epochs, (*share).use)
	}
	h.resize(max(0, h.bytes.Load()+s.bytes-step-s.total.Load()))
}

// use is what a share has, and the epoch in which it was last asked for something.
func (h *share) use() (bytes, epoch int64) { return h.bytes.Load(), h.epoch.Load() }

// resize changes what a share may take, and has it let go of the rest.
func (h *share) resize(most int64) {
	h.most.Store(most)
	h.entries.SetMaximum(uint64(most))
}
