package disk

import "math/bits"

// unit is what space is given out in. It is a page, so that the system never has to read
// what is about to be written over.
const unit = 4 << 10

// run is some units next to each other. Those of a file of its own begin nowhere: they are
// counted, so that all files together keep to the bound.
type run struct{ start, count uint32 }

// ownFile is where the run begins that is content's in a file of its own.
const ownFile = 1<<32 - 1

// from is where the run goes on after so many units.
func (r run) from(count uint32) uint32 {
	if r.start == ownFile {
		return ownFile
	}
	return r.start + count
}

// unitsFor is how many units so many bytes take.
func unitsFor(n int64) uint32 { return uint32((n + unit - 1) / unit) }

func totalOf(runs []run) (n uint32) {
	for _, r := range runs {
		n += r.count
	}
	return n
}

// units knows which units are free. It gives them out going round: entries that were
// stored one after the other lie so, are evicted at about the same time, and leave room in
// one piece.
//
// The file has room for all units, and does not shrink when they are free. What files of
// their own take is given back to the file system before, as holes in the file.
type units struct {
	total, free uint32
	next        uint32   // where to go on looking
	used        []uint64 // a bit for each unit
	full        []uint32 // for each group of words, how many units of it are used

	taken  uint32   // how many units have their bit in used
	backed []uint64 // a bit for each unit that the file system may have room set aside for
	behind uint32   // how many those are
	alone  uint32   // units in files of their own
	hole   int      // the word where to go on looking for holes to make
}

const (
	wordUnits  = 64
	groupWords = 64
	groupUnits = wordUnits * groupWords
)

func newUnits(total uint32) *units {
	words := (int(total) + wordUnits - 1) / wordUnits
	u := &units{
		total: total, free: total, used: make([]uint64, words), full: make([]uint32, (words+groupWords-1)/groupWords),
		backed: make([]uint64, words),
	}
	if rest := total % wordUnits; rest > 0 { // what is beyond the end is never free
		u.used[words-1] = ^uint64(0) << rest
		u.full[len(u.full)-1] += wordUnits - rest
	}
	return u
}

func (u *units) isUsed(n uint32) bool { return u.used[n/wordUnits]>>(n%wordUnits)&1 == 1 }

// mark takes units, or gives them back.
func (u *units) mark(r run, used bool) {
	if used {
		u.free -= r.count
	} else {
		u.free += r.count
	}
	switch {
	case r.start != ownFile:
		u.set(r, used)
		u.back(r)
	case used:
		u.alone += r.count
	default:
		u.alone -= r.count
	}
}

// set notes that nobody may take units, or that anybody may.
func (u *units) set(r run, used bool) {
	for n := r.start; n < r.start+r.count; n++ {
		bit := uint64(1) << (n % wordUnits)
		if used {
			u.used[n/wordUnits] |= bit
			u.full[n/groupUnits]++
		} else {
			u.used[n/wordUnits] &^= bit
			u.full[n/groupUnits]--
		}
	}
	if used {
		u.taken += r.count
	} else {
		u.taken -= r.count
	}
}

// room is how many units can be taken: those of holes that are being made cannot.
func (u *units) room() uint32 { return min(u.free, u.total-u.taken) }

// claim takes these units, if all of them are there and free.
func (u *units) claim(runs []run) bool {
	for i, r := range runs {
		if r.count == 0 || !u.allFree(r) {
			u.release(runs[:i])
			return false
		}
		u.mark(r, true)
	}
	return true
}

func (u *units) allFree(r run) bool {
	switch {
	case r.start == ownFile:
		return r.count <= u.room()
	case r.count > u.total || r.start > u.total-r.count:
		return false
	}
	for n := r.start; n < r.start+r.count; n++ {
		if u.isUsed(n) {
			return false
		}
	}
	return true
}

func (u *units) release(runs []run) {
	for _, r := range runs {
		u.mark(r, false)
	}
}

// tries is how many runs that are too short are passed over to have one in one piece.
const tries = 64

// take takes units, for which there has to be room: in one run if one is soon found.
func (u *units) take(count uint32) (runs []run) {
	from := u.next
	for range tries {
		r := u.find(from, count)
		if r.count == count {
			u.mark(r, true)
			u.next = r.start + r.count
			return []run{r}
		}
		from = r.start + r.count
	}
	for count > 0 {
		r := u.find(u.next, count)
		u.mark(r, true)
		u.next = r.start + r.count
		runs, count = append(runs, r), count-r.count
	}
	return runs
}

// find returns the first run of free units from a place on, at most so many. There has to
// be one.
func (u *units) find(from, most uint32) run {
	start := u.firstFree(from)
	end := start + 1
	for end < u.total && end-start < most && !u.isUsed(end) {
		end++
	}
	return run{start, end - start}
}

// firstFree returns the first free unit from a place on, going on at the beginning.
func (u *units) firstFree(from uint32) uint32 {
	for {
		if from >= u.total {
			from = 0
		}
		if u.full[from/groupUnits] == groupUnits {
			from = (from/groupUnits + 1) * groupUnits
			continue
		}
		word := u.used[from/wordUnits] | (1<<(from%wordUnits) - 1)
		if word != ^uint64(0) {
			return from/wordUnits*wordUnits + uint32(bits.TrailingZeros64(^word))
		}
		from = (from/wordUnits + 1) * wordUnits
	}
}
