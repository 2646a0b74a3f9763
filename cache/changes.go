package cache

import (
	"encoding/binary"
	"sync/atomic"
)

// changes counts how often something was changed at an origin, by its key, so that what was
// asked for before is not stored after, nor given to who asks then. It is a table that never
// grows: keys that share a place cost each other an answer that is not stored.
type changes [1 << 12]atomic.Uint32

// version is the state of what a key is about. The zero value never passes.
type version struct {
	count *atomic.Uint32
	was   uint32
}

func (c *changes) place(key *Key) *atomic.Uint32 {
	return &c[binary.LittleEndian.Uint64(key[:])%uint64(len(c))]
}

// now returns the version that a key has.
func (c *changes) now(key *Key) version {
	count := c.place(key)
	return version{count, count.Load()}
}

// note says that something has changed.
func (c *changes) note(key *Key) { c.place(key).Add(1) }

// over reports whether there is another version by now.
func (v version) over() bool { return v.count != nil && v.count.Load() != v.was }
