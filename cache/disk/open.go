package disk

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	dataName  = "cache.data"
	tableName = "cache.index"
)

// Open opens the store of a folder, with what is there from before. ErrInUse says that
// somebody else has it open.
func Open(cfg Config) (*Store, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Store{limit: cfg.ObjectBytes, now: cfg.Now, notice: cfg.Failed, index: newIndex(unitsIn(cfg.Bytes)), ending: make(chan struct{})}
	s.index.epochs.Begin(cfg.Now())
	err := s.openFiles(cfg.Files)
	var own OwnFS
	if err == nil {
		own, err = cfg.Files.Own()
	}
	if err == nil {
		err = s.load(cfg.Key, cfg.Empty, own)
	}
	if err != nil {
		s.closeFiles()
		return nil, fmt.Errorf("the cache on disk cannot be opened: %w", err)
	}
	s.sync.start(cfg.SyncEvery, func() {
		if err := s.table.Sync(); err != nil {
			s.fail(err)
		}
	})
	if s.own != nil {
		known := s.index.ownContent()
		s.sweeps.Go(func() { s.sweep(known) }) // ends when all files were looked at, or with Close
	}
	return s, nil
}

// unitsIn is how many units so many bytes have room for, each with a slot in the table.
func unitsIn(n int64) uint32 {
	return uint32(min((n-headerBytes)/(unit+slotBytes), 1<<32-1))
}

func (s *Store) openFiles(fs FS) (err error) {
	if s.locked, err = fs.Lock(); err != nil {
		return err
	}
	if s.data, err = fs.Open(dataName); err != nil {
		return err
	}
	s.table, err = fs.Open(tableName)
	return err
}

func (s *Store) closeFiles() {
	if s.data != nil {
		_ = s.data.Close()
	}
	if s.table != nil {
		_ = s.table.Close()
	}
	if s.locked != nil {
		_ = s.locked.Close()
	}
}

// load reads the table, or begins a new one if it is of no use, or empty says so.
func (s *Store) load(key []byte, empty bool, own OwnFS) error {
	first := make([]byte, headerBytes)
	if _, err := s.table.ReadAt(first, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	h, ok := parseHeader(first)
	if ok {
		check, err := s.useKey(key, h)
		if err != nil {
			return err
		}
		ok = check == h.check && h.era < 1<<(64-eraCounter)-1
	}
	if !ok || empty {
		return s.empty(key, own)
	}
	if err := s.begin(h, own); err != nil {
		return err
	}
	return s.readTable()
}

// useKey chooses how the entries of a folder are sealed.
func (s *Store) useKey(key []byte, h header) (check [16]byte, err error) {
	if len(key) == 0 {
		s.sealer = newChecksum()
		return check, nil
	}
	s.sealer, check, err = newEncryption(key, h.salt)
	return check, err
}

// empty begins a new folder.
func (s *Store) empty(key []byte, own OwnFS) (err error) {
	h := newHeader()
	if h.check, err = s.useKey(key, h); err != nil {
		return err
	}
	for _, file := range []File{s.table, s.data} {
		if err := file.Truncate(0); err != nil {
			return err
		}
	}
	return s.begin(h, own)
}

// begin begins an era. Nothing is written in it before it is known on the disk.
func (s *Store) begin(h header, own OwnFS) error {
	h.era++
	if own != nil {
		s.own = newOwnFiles(own, h.salt, s.now)
	}
	if _, err := s.table.WriteAt(h.bytes(), 0); err != nil {
		return err
	}
	s.first = uint64(h.era) << eraCounter
	return s.table.Sync()
}

// readTable brings the table into memory, and to the disk what is not right about it.
func (s *Store) readTable() error {
	x := s.index
	size, err := s.table.Size()
	if err != nil {
		return err
	}
	beyond := slotAt(x.most) // where the table would be too large
	if size > beyond {
		if err := s.table.Truncate(beyond); err != nil {
			return err
		}
		size = beyond
	}
	end, err := s.data.Size()
	if err != nil {
		return err
	}
	if most := int64(x.units.total) * unit; end > most {
		if err := s.data.Truncate(most); err != nil {
			return err
		}
		end = most
	}
	x.units.back(run{0, unitsFor(end)}) // some of it may be holes
	lists, err := s.readSlots(uint32(max(size-headerBytes, 0) / slotBytes))
	if err != nil {
		return err
	}
	x.adopt(lists)
	return s.flush()
}

// readBytes is how much of the table is read at once.
const readBytes = 1 << 20

// readSlots reads so many slots, and returns the runs in those for more of them.
func (s *Store) readSlots(count uint32) (lists map[uint32][]run, err error) {
	x := s.index
	x.extend(count + 1)
	lists = map[uint32][]run{}
	buf := make([]byte, readBytes)
	for n := uint32(1); n <= count; {
		part := buf[:min(int(count-n+1)*slotBytes, readBytes)]
		if _, err := s.table.ReadAt(part, slotAt(n)); err != nil {
			return nil, err
		}
		for ; len(part) > 0; part, n = part[slotBytes:], n+1 {
			found := parseSlot((*[slotBytes]byte)(part), n)
			*x.at(n) = found.slot
			if found.kind == slotMore {
				lists[n] = found.list
			}
		}
	}
	return lists, nil
}

// adopt takes over what the table says. Of two entries that have one key or one unit, the
// later one is right; after a power cut the table may have both.
func (x *index) adopt(lists map[uint32][]run) {
	claimed := make(map[uint32]bool, len(lists))
	entries := x.survey()
	taken := entries[:0]
	for _, e := range entries {
		if x.claim(e.slot, lists, claimed) {
			taken = append(taken, e)
		} else {
			x.freeSlot(e.slot)
		}
	}
	for _, e := range slices.Backward(taken) { // the oldest first; all of them have proved themselves
		x.push(queueMain, e.slot)
	}
	for n := range lists {
		if !claimed[n] {
			x.freeSlot(n)
		}
	}
}

// aged is an entry and when it came.
type aged struct {
	id   uint64
	slot uint32
}

// survey returns the entries that the table has, the latest first, and notes what is free.
func (x *index) survey() []aged {
	entries := make([]aged, 0, x.count)
	for n := x.count - 1; n > 0; n-- {
		switch s := x.at(n); s.kind {
		case slotEntry:
			entries = append(entries, aged{s.id, n})
		case slotFree:
			x.spare = append(x.spare, n)
		}
	}
	slices.SortFunc(entries, func(a, b aged) int { return cmp.Compare(b.id, a.id) })
	size := len(x.buckets)
	for size < len(entries) {
		size *= 2
	}
	x.buckets = make([]uint32, size)
	return entries
}

// claim takes an entry over, if its key, its slots and its units are nobody else's.
func (x *index) claim(n uint32, lists map[uint32][]run, claimed map[uint32]bool) bool {
	s := x.at(n)
	if x.find(s.key) != 0 {
		return false
	}
	var beyond *more
	if s.more != 0 {
		if beyond = x.followMore(s.id, s.more, lists, claimed); beyond == nil {
			return false
		}
		x.more[n] = beyond
	}
	runs := x.runs(n)
	if len(runs) == 0 || !x.units.claim(runs) { // an entry has metadata at least
		delete(x.more, n)
		return false
	}
	x.share(s.key.app()).units += totalOf(runs)
	if beyond != nil {
		for _, m := range beyond.slots {
			claimed[m] = true
		}
	}
	x.link(n)
	return true
}

// followMore collects the further runs of an entry; nil: they are not all there.
func (x *index) followMore(id uint64, n uint32, lists map[uint32][]run, claimed map[uint32]bool) *more {
	m := &more{}
	for n != 0 {
		if n >= x.count || claimed[n] || len(m.slots) > len(lists) {
			return nil
		}
		s := x.at(n)
		if s.kind != slotMore || s.id != id {
			return nil
		}
		m.runs, m.slots = append(m.runs, lists[n]...), append(m.slots, n)
		n = s.more
	}
	return m
}
