package disk

import "slices"

// ownContent returns the IDs of content that has a file of its own, in order.
func (x *index) ownContent() (ids []uint64) {
	for n := uint32(1); n < x.count; n++ {
		if s := x.at(n); s.kind == slotEntry && x.ownFile(n) {
			ids = append(ids, s.content)
		}
	}
	slices.Sort(ids)
	return ids
}

// ownFile reports whether the content of an entry has a file of its own: its units are the
// last ones.
func (x *index) ownFile(n uint32) bool {
	if m := x.more[n]; m != nil {
		return m.runs[len(m.runs)-1].start == ownFile
	}
	s := x.at(n)
	return s.runs[0].start == ownFile || s.runs[1].start == ownFile
}

// sweep removes files that no entry has: what was being stored or removed when the process
// before was killed, and what a folder had that was emptied. known is the content from
// before that there is. From then on content is stored in files of its own.
func (s *Store) sweep(known []uint64) {
	clean := true
	err := s.own.in.Each(func(name string) bool {
		id, ours := s.own.idOf(name)
		if _, wanted := slices.BinarySearch(known, id); !ours || !wanted && id < s.first {
			if err := s.own.in.Remove(name); err != nil {
				s.fail(err)
				clean = false
			}
		}
		return !s.isEnding()
	})
	if err != nil {
		s.fail(err)
		return
	}
	if clean && !s.isEnding() && s.makeHoles() == nil {
		s.swept.Store(true)
	}
}

func (s *Store) isEnding() bool {
	select {
	case <-s.ending:
		return true
	default:
		return false
	}
}

// vacate sees to it that the file system has the room that the index has given away: it
// removes files, and makes holes. After an error it has not.
func (s *Store) vacate() error {
	if s.own == nil {
		return nil
	}
	s.vacating.Lock() // whoever was given the room waits until it is there
	defer s.vacating.Unlock()
	s.mu.Lock()
	doomed := s.index.doomed
	s.index.doomed = nil
	s.mu.Unlock()
	for i, id := range doomed {
		if err := s.own.remove(id); err != nil {
			s.fail(err)
			s.mu.Lock()
			s.index.doomed = append(s.index.doomed, doomed[i:]...)
			s.mu.Unlock()
			return err
		}
	}
	if !s.swept.Load() {
		return nil // no content has taken room in a file of its own
	}
	return s.makeHoles()
}

// makeHoles gives units back to the file system until all files keep to the bound.
func (s *Store) makeHoles() error {
	for {
		s.mu.Lock()
		runs := s.index.units.surplus()
		s.mu.Unlock()
		if len(runs) == 0 {
			return nil
		}
		made, err := 0, error(nil)
		for made < len(runs) && err == nil {
			r := runs[made]
			if err = s.data.Punch(int64(r.start)*unit, int64(r.count)*unit); err == nil {
				made++
			}
		}
		s.mu.Lock()
		s.index.units.dry(runs, made)
		s.mu.Unlock()
		if err != nil {
			s.fail(err)
			return err
		}
		if s.isEnding() {
			return nil
		}
	}
}
