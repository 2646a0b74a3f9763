// Package ratelimit counts how often somebody comes, and says when it is too often.
//
// A Limiter is a token bucket for each key, kept as one time by the generic cell rate
// algorithm (GCRA): when the bucket will be full again.
package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Limit says how many tokens there are.
type Limit struct {
	// Rate tokens come each Per.
	Rate int
	Per  time.Duration
	// Burst is how many there can be, from 1 on.
	Burst int
	// Keys bounds how many keys are remembered. When there are more, the one that has not
	// come for longest is forgotten, and is new when it comes again.
	Keys int
}

// Interval is the time for one token.
func (l Limit) Interval() time.Duration { return max(l.Per/time.Duration(l.Rate), 1) }

// Verdict is what became of a request for a token.
type Verdict struct {
	Allowed bool
	// Remaining is how many tokens are left.
	Remaining int
	// Wait is the time until there is one more.
	Wait time.Duration
}

// Limiter has a bucket for each key. Its methods may be called from any goroutine.
type Limiter struct {
	limit Limit
	seed  maphash.Seed // keys are kept as their hashes, which nobody can foresee

	mu      sync.Mutex // guards what follows
	index   map[uint64]int32
	buckets []bucket // a list by age is threaded through it
	newest  int32    // -1 if there are none
	oldest  int32
}

// bucket is that of one key. Bucket and index take some 60 bytes.
type bucket struct {
	key          uint64
	full         time.Duration // when it is full again, since began
	newer, older int32         // -1 at the ends
}

// New makes a Limiter.
func New(limit Limit) *Limiter {
	return &Limiter{limit: limit, seed: maphash.MakeSeed(), index: map[uint64]int32{}, newest: -1, oldest: -1}
}

// Take asks for a token of a key's bucket. now is a time on one clock, since any moment.
// Nothing is taken when there is none.
func (l *Limiter) Take(key string, now time.Duration) Verdict {
	hash := maphash.String(l.seed, key)
	interval := l.limit.Interval()
	depth := interval * time.Duration(l.limit.Burst) // the time to fill an empty bucket
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(hash, now)
	full := max(b.full, now)
	if wait := full + interval - depth - now; wait > 0 {
		return Verdict{Wait: wait}
	}
	b.full = full + interval
	missing := b.full - now
	return Verdict{true, int((depth - missing) / interval), missing - (missing-1)/interval*interval}
}

// bucket finds or makes the bucket of a key, as the newest one. mu is held.
func (l *Limiter) bucket(key uint64, now time.Duration) *bucket {
	i, known := l.index[key]
	switch {
	case known && i == l.newest:
		return &l.buckets[i]
	case known:
		l.unlink(i)
	case len(l.buckets) < l.limit.Keys:
		i = int32(len(l.buckets))
		l.buckets = append(l.buckets, bucket{})
	default:
		i = l.oldest
		l.unlink(i)
		delete(l.index, l.buckets[i].key)
	}
	b := &l.buckets[i]
	if !known {
		l.index[key] = i
		*b = bucket{key: key, full: now}
	}
	b.newer, b.older = -1, l.newest
	if l.newest >= 0 {
		l.buckets[l.newest].newer = i
	} else {
		l.oldest = i
	}
	l.newest = i
	return b
}

// unlink takes a bucket out of the list. mu is held.
func (l *Limiter) unlink(i int32) {
	b := &l.buckets[i]
	if b.newer >= 0 {
		l.buckets[b.newer].older = b.older
	} else {
		l.newest = b.older
	}
	if b.older >= 0 {
		l.buckets[b.older].newer = b.newer
	} else {
		l.oldest = b.newer
	}
}
