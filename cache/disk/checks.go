package disk

import (
	"sync"
	"time"
)

// checkedFor is how long a check holds, at most: the bound on what could come back from the
// disk unnoticed, as somebody else has read the file.
const checkedFor = time.Minute

// checks knows which blocks of a file were compared with their sums, and are in memory
// since. What is compared is what the system has in memory. As long as it stays there, and
// nobody writes to the file, it need not be compared again, and can be sent as it is.
type checks struct {
	mu    sync.Mutex // guards what follows
	state FileState  // of the file, when the blocks were checked
	since time.Time  // when the first of them was
	done  []uint64   // a bit for each block
	round uint64     // counts how often all blocks were forgotten
}

// forget has every block checked again. The caller holds the lock.
func (k *checks) forget() {
	clear(k.done)
	k.round++
}

// has reports whether a block was checked. The caller holds the lock.
func (k *checks) has(n int64) bool {
	return n/64 < int64(len(k.done)) && k.done[n/64]>>(n%64)&1 == 1
}

// look finds out whether the checks hold still. The caller holds the lock.
func (f *ownOpen) look() {
	k, now := &f.checks, f.files.now()
	state, err := f.State()
	if err != nil || state != k.state || now.Sub(k.since) > checkedFor {
		k.state, k.since = state, now
		k.forget()
	}
}

// isChecked reports whether the block of a byte was checked. It may have to be again.
func (f *ownOpen) isChecked(at int64) bool {
	f.checks.mu.Lock()
	defer f.checks.mu.Unlock()
	return f.checks.has(at / blockBytes)
}

// rightTo returns up to where the content from a byte on can be used unseen, not beyond end.
func (f *ownOpen) rightTo(from, end int64) int64 {
	k := &f.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	n := from / blockBytes
	if from == end || !k.has(n) {
		return from
	}
	f.look()
	for n*blockBytes < end && k.has(n) {
		n++
	}
	first, last := from/blockBytes*blockBytes, min(n*blockBytes, k.state.Size)
	switch {
	case last <= from:
		return from
	case !f.InMemory(first, last-first):
		k.forget()
		return from
	}
	return min(last, end)
}

// fetchBytes is how much the system is told to read at once.
const fetchBytes = 1 << 20

// check begins to read a block that is going to be checked. If it is not in memory, others
// may have left it too, and come back with this one: they are checked anew.
func (f *ownOpen) check(off, length int64) (round uint64) {
	k := &f.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	f.look()
	if !f.InMemory(off, length) {
		k.forget()
		f.Fetch(off, fetchBytes)
	}
	return k.round
}

// checked notes that a block is right that was read since check returned round.
func (f *ownOpen) checked(n int64, round uint64) {
	k := &f.checks
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.round != round {
		return
	}
	for n/64 >= int64(len(k.done)) {
		k.done = append(k.done, 0)
	}
	k.done[n/64] |= 1 << (n % 64)
}
