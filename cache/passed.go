package cache

import (
	"encoding/binary"
	"sync/atomic"
	"time"
)

// passed remembers for which keys there was an answer that could not be stored, so that
// requests do not wait for each other only to find that out ("hit-for-miss"). It is a
// table that never grows: a key may push out another one, which costs a wait.
type passed struct {
	slots [passedSlots]atomic.Uint64 // 40 bits of a key, 24 of when it is forgotten
}

const (
	passedSlots = 1 << 15
	passedFor   = 2 * time.Minute
	passedMask  = 1<<24 - 1
)

// slot returns where a key stands, and what is left of it there.
func (p *passed) slot(key *Key) (at *atomic.Uint64, tag uint64) {
	n := binary.LittleEndian.Uint64(key[:])
	return &p.slots[n%passedSlots], n &^ passedMask
}

// mark remembers a key from now on.
func (p *passed) mark(key *Key, now time.Time) {
	at, tag := p.slot(key)
	at.Store(tag | uint64(now.Add(passedFor).Unix())&passedMask)
}

// unmark forgets a key.
func (p *passed) unmark(key *Key) {
	if at, tag := p.slot(key); at.Load()&^passedMask == tag {
		at.Store(0)
	}
}

// has reports whether a key is remembered.
func (p *passed) has(key *Key, now time.Time) bool {
	at, tag := p.slot(key)
	n := at.Load()
	if n == 0 || n&^passedMask != tag {
		return false
	}
	left := (n - uint64(now.Unix())) & passedMask
	return left <= uint64(passedFor/time.Second)
}
