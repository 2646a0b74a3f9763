package disk

import (
	"encoding/binary"

	"hedge/cache"
)

// index knows in memory what there is on the disk, and collects what has to be written to
// the table. It is guarded by Store.mu, and does nothing that takes time.
type index struct {
	units   *units
	slots   [][]slot // each of slotChunk; slot 0 is not used
	count   uint32   // how many slots there are in the table
	most    uint32   // how many there may be
	spare   []uint32 // those that are free
	buckets []uint32 // first slots of chains, by the hash of the key
	entries int
	shares  map[uint64]*share // by the app; of those that have units
	giving  giving
	epochs  cache.Epochs
	more    map[uint32]*more // of entries whose runs do not fit into their slots
	pins    map[uint64]*pin  // of content, by its ID, that is being read
	pending []write          // what has to be written to the table, in this order
	doomed  []uint64         // content whose files have to be removed before their units are used
}

// more is what does not fit into the slot of an entry: its further runs, and the slots
// that have them on the disk.
type more struct {
	runs  []run
	slots []uint32
}

// pin keeps the units of content from being used again while somebody reads it.
type pin struct {
	refs int
	app  uint64 // whose the content is
	dead []run  // to be given back by the last one
}

// write is a slot as it has to be on the disk.
type write struct {
	slot uint32
	data [slotBytes]byte
}

const slotChunk = 4096

func newIndex(total uint32) *index {
	return &index{
		units: newUnits(total), count: 1, most: total + 1, buckets: make([]uint32, slotChunk),
		shares: map[uint64]*share{}, more: map[uint32]*more{}, pins: map[uint64]*pin{},
	}
}

func (k *shortKey) app() uint64 { return binary.LittleEndian.Uint64(k[8:]) }

func (k *shortKey) hash() uint64 { return binary.LittleEndian.Uint64(k[:]) } // SHA-256's

func (x *index) at(n uint32) *slot { return &x.slots[n/slotChunk][n%slotChunk] }

// extend makes room in memory for slots below count.
func (x *index) extend(count uint32) {
	for uint32(len(x.slots))*slotChunk < count {
		x.slots = append(x.slots, make([]slot, slotChunk))
	}
	x.count = max(x.count, count)
}

// find returns the slot of a key, 0 if there is none.
func (x *index) find(k shortKey) uint32 {
	for n := x.buckets[k.hash()%uint64(len(x.buckets))]; n != 0; n = x.at(n).chain {
		if x.at(n).key == k {
			return n
		}
	}
	return 0
}

// link makes a slot be found.
func (x *index) link(n uint32) {
	if x.entries++; x.entries > len(x.buckets) {
		x.rehash(2 * len(x.buckets))
	}
	x.chain(n)
}

func (x *index) chain(n uint32) {
	s := x.at(n)
	first := &x.buckets[s.key.hash()%uint64(len(x.buckets))]
	s.chain, *first = *first, n
}

func (x *index) rehash(size int) {
	old := x.buckets
	x.buckets = make([]uint32, size)
	for _, n := range old {
		for n != 0 {
			next := x.at(n).chain
			x.chain(n)
			n = next
		}
	}
}

func (x *index) unlink(n uint32) {
	s := x.at(n)
	at := &x.buckets[s.key.hash()%uint64(len(x.buckets))]
	for *at != n {
		at = &x.at(*at).chain
	}
	*at, s.chain = s.chain, 0
	x.entries--
}

// runs returns all runs of an entry, in a list of its own.
func (x *index) runs(n uint32) (list []run) {
	for _, r := range x.at(n).runs {
		if r.count > 0 {
			list = append(list, r)
		}
	}
	if m := x.more[n]; m != nil {
		list = append(list, m.runs...)
	}
	return list
}

// split divides runs after so many units.
func split(runs []run, count uint32) (front, back []run) {
	for _, r := range runs {
		took := min(r.count, count)
		if took > 0 {
			front = append(front, run{r.start, took})
		}
		if took < r.count {
			back = append(back, run{r.from(took), r.count - took})
		}
		count -= took
	}
	return front, back
}

// newSlot returns a slot that is free, 0 if there is none.
func (x *index) newSlot() uint32 {
	if last := len(x.spare) - 1; last >= 0 {
		n := x.spare[last]
		x.spare = x.spare[:last]
		return n
	}
	if x.count >= x.most {
		return 0
	}
	x.extend(x.count + 1)
	return x.count - 1
}

// freeSlot gives a slot back, here and on the disk.
func (x *index) freeSlot(n uint32) {
	*x.at(n) = slot{}
	x.spare = append(x.spare, n)
	x.pending = append(x.pending, write{slot: n})
}

// install makes an entry, with these runs, the one of its key: in the slot of the one
// before, so that the disk has one of the two at any time. keep says that it takes the
// content of the one before over. The first runs are that of the head.
func (x *index) install(e slot, runs []run, keep bool) error {
	e.kind = slotEntry
	copy(e.runs[:], runs)
	var beyond *more
	if len(runs) > slotRuns {
		beyond = x.writeMore(e.id, runs[slotRuns:])
		if beyond == nil {
			return cache.ErrNoRoom
		}
		e.more = beyond.slots[0]
	}
	n := x.find(e.key)
	queue, before := x.queueFor(e.key, n), x.more[n]
	if n != 0 {
		x.releaseRuns(n, keep)
		x.pull(n)
		e.hits, e.chain = x.at(n).hits, x.at(n).chain
		*x.at(n) = e
	} else {
		if n = x.newSlot(); n == 0 {
			x.freeMore(beyond)
			return cache.ErrNoRoom
		}
		*x.at(n) = e
		x.link(n)
	}
	x.pending = append(x.pending, write{n, e.entryBytes(n)})
	x.freeMore(before)
	delete(x.more, n)
	if beyond != nil {
		x.more[n] = beyond
	}
	x.push(queue, n)
	return nil
}

// size is how many units an entry has.
func (x *index) size(n uint32) uint32 {
	s := x.at(n)
	total := totalOf(s.runs[:])
	if s.more != 0 {
		total += totalOf(x.more[n].runs)
	}
	return total
}

// writeMore takes slots for runs that do not fit into the entry's; nil: there are none.
func (x *index) writeMore(id uint64, runs []run) *more {
	m := &more{runs: runs}
	for range (len(runs) + moreRuns - 1) / moreRuns {
		n := x.newSlot()
		if n == 0 {
			x.freeMore(m)
			return nil
		}
		*x.at(n) = slot{kind: slotMore, id: id}
		m.slots = append(m.slots, n)
	}
	for i, n := range m.slots {
		next := uint32(0)
		if i+1 < len(m.slots) {
			next = m.slots[i+1]
		}
		part := runs[i*moreRuns : min((i+1)*moreRuns, len(runs))]
		x.pending = append(x.pending, write{n, moreBytes(n, id, next, part)})
	}
	return m
}

func (x *index) freeMore(m *more) {
	if m != nil {
		for _, n := range m.slots {
			x.freeSlot(n)
		}
	}
}

// releaseRuns gives back the units of an entry, except, with keep, those of its content.
// Content that is being read has them until then.
func (x *index) releaseRuns(n uint32, keep bool) {
	s := x.at(n)
	head, content := split(x.runs(n), unitsFor(int64(s.head)))
	x.release(s.key.app(), head)
	if !keep {
		x.releaseContent(s.key.app(), s.content, content)
	}
}

func (x *index) releaseContent(app, id uint64, runs []run) {
	if p := x.pins[id]; p != nil {
		p.app, p.dead = app, runs
		return
	}
	x.free(app, id, runs)
}

// free gives back the units of content that nobody has any more.
func (x *index) free(app, id uint64, runs []run) {
	if inOwnFile(runs) {
		x.doomed = append(x.doomed, id)
	}
	x.release(app, runs)
}

// inOwnFile reports whether the units of content are those of a file of its own.
func inOwnFile(runs []run) bool { return len(runs) > 0 && runs[0].start == ownFile }

// remove removes an entry.
func (x *index) remove(n uint32) {
	x.pull(n)
	x.releaseRuns(n, false)
	x.unlink(n)
	x.freeMore(x.more[n])
	delete(x.more, n)
	x.freeSlot(n)
}

// pin keeps content.
func (x *index) pin(id uint64) {
	p := x.pins[id]
	if p == nil {
		p = &pin{}
		x.pins[id] = p
	}
	p.refs++
}

func (x *index) unpin(id uint64) {
	p := x.pins[id]
	if p.refs--; p.refs == 0 {
		x.free(p.app, id, p.dead)
		delete(x.pins, id)
	}
}

// reserve takes units for an app, those of a file of its own with own, and evicts for them if
// it has to. evicted is how many entries that took.
func (x *index) reserve(app uint64, count uint32, own bool) (runs []run, evicted int, err error) {
	for x.units.room() < count {
		n := x.victim(app)
		if n == 0 {
			return nil, evicted, cache.ErrNoRoom
		}
		x.remove(n)
		evicted++
	}
	if own {
		r := run{ownFile, count}
		x.units.mark(r, true)
		runs = []run{r}
	} else {
		runs = x.units.take(count)
	}
	h := x.share(app)
	h.units, h.epoch = h.units+count, x.epochs.Now()
	return runs, evicted, nil
}
