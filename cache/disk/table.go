package disk

import (
	"errors"
	"io"
	"sync"
	"time"
)

// flush writes what has changed in the index to the table, all of it, in the order in
// which it happened: what the disk has is always something that was. An error says that
// it does not have everything; the next flush goes on from there.
func (s *Store) flush() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	list := s.index.pending
	s.index.pending = nil
	s.mu.Unlock()
	for i := range list {
		if _, err := s.table.WriteAt(list[i].data[:], slotAt(list[i].slot)); err != nil {
			s.fail(err)
			s.mu.Lock()
			s.index.pending = lastOfEach(append(list[i:], s.index.pending...))
			s.mu.Unlock()
			return err
		}
	}
	if len(list) > 0 {
		s.sync.wanted()
	}
	return nil
}

func slotAt(n uint32) int64 { return headerBytes + int64(n-1)*slotBytes }

// lastOfEach keeps the last write to each slot, so that a disk which takes nothing does
// not make the list grow for ever.
func lastOfEach(list []write) []write {
	last := make(map[uint32]int, len(list))
	for i, w := range list {
		last[w.slot] = i
	}
	kept := list[:0]
	for i, w := range list {
		if last[w.slot] == i {
			kept = append(kept, w)
		}
	}
	return kept
}

// writeRuns writes to the units of runs, from a byte of them on.
func (s *Store) writeRuns(runs []run, at int64, data []byte) error {
	return s.eachPiece(runs, at, data, func(piece []byte, off int64) error {
		_, err := s.data.WriteAt(piece, off)
		return err
	})
}

// readRuns reads from the units of runs, from a byte of them on.
func (s *Store) readRuns(runs []run, at int64, data []byte) error {
	return s.eachPiece(runs, at, data, func(piece []byte, off int64) error {
		_, err := s.data.ReadAt(piece, off)
		return err
	})
}

// refused counts an error of the disk. Where there is nothing to be read any more,
// something is missing.
func (s *Store) refused(err error) error {
	if errors.Is(err, io.EOF) {
		return errDamaged
	}
	s.fail(err)
	return err
}

// fail tells of an error of the disk.
func (s *Store) fail(err error) {
	s.failed.Add(1)
	s.notice(err)
}

// eachPiece divides what is read or written by the runs that it is in.
func (s *Store) eachPiece(runs []run, at int64, data []byte, do func(piece []byte, off int64) error) error {
	for _, r := range runs {
		length := int64(r.count) * unit
		if at >= length {
			at -= length
			continue
		}
		n := min(length-at, int64(len(data)))
		if err := do(data[:n], int64(r.start)*unit+at); err != nil {
			return s.refused(err)
		}
		if data, at = data[n:], 0; len(data) == 0 {
			return nil
		}
	}
	if len(data) > 0 {
		return errDamaged // the runs are too short for what is said to be in them
	}
	return nil
}

// syncer brings the table to the disk some time after it was written to. Its goroutine
// ends with stop.
type syncer struct {
	changed chan struct{} // holds one; there is something to bring
	end     chan struct{} // closed by stop
	ended   sync.WaitGroup
}

func (y *syncer) start(every time.Duration, bring func()) {
	y.changed, y.end = make(chan struct{}, 1), make(chan struct{})
	y.ended.Go(func() {
		wait := time.NewTimer(every)
		defer wait.Stop()
		for {
			select {
			case <-y.changed:
			case <-y.end:
				return
			}
			wait.Reset(every)
			select {
			case <-wait.C:
				bring()
			case <-y.end:
				return
			}
		}
	})
}

func (y *syncer) wanted() {
	select {
	case y.changed <- struct{}{}:
	default:
	}
}

func (y *syncer) stop() {
	close(y.end)
	y.ended.Wait()
}
