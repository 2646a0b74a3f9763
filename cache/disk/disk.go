package disk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge/cache"
)

// Config says where a Store is and bounds it.
type Config struct {
	// Files is where the files are, usually a Folder.
	Files FS
	// Bytes bounds how large the files get together, 16 TiB at most. With another value
	// than before, what lies beyond the end is lost.
	Bytes int64
	// ObjectBytes is how long the content of one entry may be; 0 stands for an eighth of
	// Bytes. It may not be more than half of them.
	ObjectBytes int64
	// Key encrypts everything but the table, which tells hashes of keys and apps, sizes and places:
	// 32 random bytes, nil for no encryption. With another key the folder is emptied.
	Key []byte
	// Empty begins with nothing, whatever there is from before.
	Empty bool
	// Failed is told each time when the disk refuses something, from any goroutine; nil:
	// nobody is.
	Failed func(error)
	// SyncEvery is how much a power cut may undo; 0 stands for a second.
	SyncEvery time.Duration
	// Now tells the time, nil: the system's. What is known of a file is not believed for
	// ever.
	Now func() time.Time
}

const (
	minBytes    = 1 << 20
	maxBytes    = 16 << 40
	keyBytes    = 32
	defaultSync = time.Second
)

func (c *Config) validate() error {
	if c.ObjectBytes == 0 {
		c.ObjectBytes = c.Bytes / 8
	}
	if c.SyncEvery == 0 {
		c.SyncEvery = defaultSync
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	switch {
	case c.Bytes < minBytes || c.Bytes > maxBytes:
		return fmt.Errorf("a cache on disk has from 1 MiB to 16 TiB, not %d bytes", c.Bytes)
	case c.ObjectBytes < 0 || c.ObjectBytes > c.Bytes/2:
		return fmt.Errorf("an object in a cache of %d bytes on disk has at most half of them, not %d", c.Bytes, c.ObjectBytes)
	case len(c.Key) != 0 && len(c.Key) != keyBytes:
		return fmt.Errorf("the key of a cache on disk has %d bytes, not %d", keyBytes, len(c.Key))
	}
	return nil
}

// Store keeps entries on a disk. It keeps the contract of cache.Store.
type Store struct {
	limit  int64
	now    func() time.Time // Config.Now
	locked io.Closer
	data   File
	table  File
	sealer sealer
	first  uint64        // the era, which IDs begin with
	ids    atomic.Uint64 // how many have been given out in this era
	sync   syncer
	own    *ownFiles      // nil: all content is in data
	swept  atomic.Bool    // content may be stored in files of its own
	ending chan struct{}  // closed by Close
	sweeps sync.WaitGroup // what sweeps
	notice func(error)    // Config.Failed

	mu    sync.Mutex // guards what follows; nobody holds it while waiting for the disk
	index *index
	busy  int           // calls under way
	idle  chan struct{} // closed when the store has been left; nil: nobody is about to
	left  bool

	writing  sync.Mutex // whoever holds it writes to the table; taken before mu
	vacating sync.Mutex // likewise, with room that is given back to the file system

	damaged, failed, evicted atomic.Uint64

	closing sync.Once
	closed  error // what came of it
}

var _ cache.Store = (*Store)(nil)

// Stats is what a Store holds and what has happened to it since it was opened.
type Stats struct {
	Entries int
	Bytes   int64  // of the data in use, and, of all apps together, of the table
	Evicted uint64 // entries that made room for others
	Damaged uint64 // entries that could not be read back as they were written
	Failed  uint64 // operations that the disk refused
}

// Stats returns what there is now.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.index
	return Stats{
		Entries: x.entries,
		Bytes:   int64(x.units.total-x.units.free)*unit + int64(x.count)*slotBytes + headerBytes,
		Evicted: s.evicted.Load(), Damaged: s.damaged.Load(), Failed: s.failed.Load(),
	}
}

// AppStats is how many entries of an app there are, and how much they take of the data.
func (s *Store) AppStats(app string) Stats {
	key := cache.AppKey(app)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.index.shares[key.App()]
	if h == nil {
		return Stats{}
	}
	return Stats{Entries: h.entries(), Bytes: int64(h.units) * unit}
}

// Get implements cache.Store. An error is one of the disk.
func (s *Store) Get(_ context.Context, key cache.Key) (*cache.Entry, error) {
	if !s.enter() {
		return nil, nil
	}
	defer s.exit()
	for {
		found, ok := s.look(key)
		if !ok {
			return nil, nil
		}
		meta, err := s.readHead(found)
		if err == nil {
			err = found.open()
		}
		if err == nil {
			return &cache.Entry{Key: key, Meta: meta, Content: found}, nil
		}
		_ = found.Close()
		switch {
		case !s.current(found): // it was replaced meanwhile, and its units used again
			continue
		case errors.Is(err, errDamaged):
			s.drop(key, found.id)
			return nil, nil
		}
		return nil, err
	}
}

// look finds an entry; its content stays where it is until it is closed.
func (s *Store) look(key cache.Key) (*content, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.index
	n := x.find(short(key))
	if n == 0 {
		return nil, false
	}
	e := x.at(n)
	e.touch()
	x.share(e.key.app()).epoch = x.epochs.Now()
	c := &content{store: s, key: key, head: e.head, entryID: e.id, id: e.content}
	c.headRuns, c.runs = split(x.runs(n), unitsFor(int64(e.head)))
	if len(c.runs) > 0 {
		x.pin(c.id)
	}
	return c, true
}

// current reports whether content is still that of its key's entry.
func (s *Store) current(c *content) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.index.find(short(c.key))
	return n != 0 && s.index.at(n).id == c.entryID
}

// drop removes what was found to be damaged: the entry of the key, if it has that content.
func (s *Store) drop(key cache.Key, content uint64) {
	s.mu.Lock()
	n := s.index.find(short(key))
	if n == 0 || s.index.at(n).content != content {
		s.mu.Unlock()
		return
	}
	s.index.remove(n)
	s.damaged.Add(1)
	s.mu.Unlock()
	_ = s.flush() // what the disk refuses is written later
}

// Put implements cache.Store.
func (s *Store) Put(_ context.Context, key cache.Key, size int64) (cache.Writer, error) {
	if size > s.limit {
		return nil, cache.ErrTooLarge
	}
	if !s.enter() {
		return nil, cache.ErrClosed
	}
	defer s.exit()
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	own := size >= ownBytes && s.swept.Load() && !s.sealer.needsRoom()
	return &writer{store: s, key: key, size: size, own: own, content: content{store: s, key: key, id: id}}, nil
}

// Change implements cache.Store.
func (s *Store) Change(_ context.Context, entry *cache.Entry, meta *cache.Meta) error {
	if !s.enter() {
		return cache.ErrClosed
	}
	defer s.exit()
	c, ok := entry.Content.(*content)
	switch {
	case !ok || c.store != s:
		return errors.New("cache: the entry is not one of this store")
	case meta == nil:
		return s.remove(c)
	case meta.Length != c.length:
		return errors.New("cache: other metadata of an entry cannot have another length of the content")
	case !s.current(c):
		return cache.ErrReplaced
	}
	id, err := s.newID()
	if err != nil {
		return err
	}
	changed := content{
		store: s, key: c.key, entryID: id, id: c.id, runs: c.runs, file: c.file, length: c.length, sums: c.sums, inline: c.inline,
	}
	if len(c.runs) == 0 {
		changed.id = id
	}
	_, err = s.commit(&changed, meta, c.entryID)
	return err
}

func (s *Store) remove(c *content) error {
	s.mu.Lock()
	n := s.index.find(short(c.key))
	if n == 0 || s.index.at(n).id != c.entryID {
		s.mu.Unlock()
		return cache.ErrReplaced
	}
	s.index.remove(n)
	s.mu.Unlock()
	return s.flush()
}

// commit writes the head of an entry whose content is written, and makes it the one of its
// key. instead is the ID of the entry that it takes the place of, which has the same
// content, and 0 if it is new. taken says that an entry has had the content's units: it is
// not for the caller any more to give them back.
func (s *Store) commit(c *content, meta *cache.Meta, instead uint64) (taken bool, err error) {
	head := c.headBytes(meta)
	if len(head) > maxHead {
		return false, cache.ErrTooLarge
	}
	runs, err := s.reserve(&c.key, unitsFor(int64(len(head))), false)
	if err != nil {
		return false, err
	}
	e := slot{key: short(c.key), id: c.entryID, content: c.id, head: uint32(len(head))}
	err = s.writeRuns(runs, 0, head)
	if err == nil {
		err = s.install(e, append(runs, c.runs...), instead)
	}
	if err != nil {
		s.release(&c.key, runs)
		return false, err
	}
	if err := s.flush(); err != nil {
		s.uninstall(e)
		return true, err
	}
	return true, nil
}

// uninstall removes an entry that was not committed after all.
func (s *Store) uninstall(e slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.index.find(e.key); n != 0 && s.index.at(n).id == e.id {
		s.index.remove(n)
	}
}

func (s *Store) install(e slot, runs []run, instead uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if instead != 0 {
		n := s.index.find(e.key)
		if n == 0 || s.index.at(n).id != instead {
			return cache.ErrReplaced
		}
	}
	return s.index.install(e, runs, instead != 0)
}

// eraCounter is how many bits of an ID count within an era.
const eraCounter = 40

// newID returns an ID that no entry of this folder has ever had.
func (s *Store) newID() (uint64, error) {
	n := s.ids.Add(1)
	if n >= 1<<eraCounter {
		return 0, errors.New("cache: the folder has to be opened anew, there are no more numbers for entries")
	}
	return s.first | n, nil
}

// reserve takes units for something that is going to be written under a key, with own to a
// file of its own.
func (s *Store) reserve(key *cache.Key, count uint32, own bool) ([]run, error) {
	now := s.now()
	s.mu.Lock()
	s.index.epochs.Turn(now)
	runs, evicted, err := s.index.reserve(key.App(), count, own)
	s.mu.Unlock()
	s.evicted.Add(uint64(evicted))
	if err != nil {
		return nil, err
	}
	if err := s.vacate(); err != nil {
		s.release(key, runs)
		return nil, err
	}
	return runs, nil
}

func (s *Store) release(key *cache.Key, runs []run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.release(key.App(), runs)
}

// Close ends the store. Sections that are still open fail from then on. Closing it again
// does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Store) close() error {
	s.sync.stop()
	close(s.ending)
	s.sweeps.Wait()
	err := s.flush()
	if err == nil {
		err = s.table.Sync()
	}
	if s.own != nil {
		err = errors.Join(err, s.vacate(), s.own.close())
	}
	return errors.Join(err, s.data.Close(), s.table.Close(), s.locked.Close())
}

// newHeader is that of an empty folder.
func newHeader() (h header) {
	_, _ = rand.Read(h.salt[:]) // never fails
	return h
}
