package disk

// Eviction is S3-FIFO (Yang et al., SOSP 2023). What is new goes through a small queue,
// and on into the main one if it is asked for meanwhile; what nobody asks for again, a
// scan above all, leaves from the small one and pushes nothing else out. What comes back
// soon after it left is taken into the main queue at once.

const (
	queueNone = iota
	queueSmall
	queueMain
)

// maxHits is how far hits are counted, and smallShare the part of an app's units, one in so
// many, that the small queue may have before it has to give.
const (
	maxHits    = 3
	smallShare = 10
)

// maxSteps is how many entries are passed over for one that is evicted, so that nobody
// waits for long; the next one in line goes then.
const maxSteps = 256

// queue is a list of entries in the order in which they came.
type queue struct {
	newest, oldest uint32 // slots; 0: none
	units          uint64
	entries        int
}

func (x *index) push(kind uint8, n uint32) {
	s := x.at(n)
	q := &x.share(s.key.app()).queues[kind]
	s.queue, s.newer, s.last = kind, 0, q.newest
	if q.newest != 0 {
		x.at(q.newest).newer = n
	} else {
		q.oldest = n
	}
	q.newest = n
	q.units += uint64(x.size(n))
	q.entries++
}

func (x *index) pull(n uint32) {
	s := x.at(n)
	q := &x.share(s.key.app()).queues[s.queue]
	if s.newer != 0 {
		x.at(s.newer).last = s.last
	} else {
		q.newest = s.last
	}
	if s.last != 0 {
		x.at(s.last).newer = s.newer
	} else {
		q.oldest = s.newer
	}
	q.units -= uint64(x.size(n))
	q.entries--
	s.queue, s.newer, s.last = queueNone, 0, 0
}

// touch counts a hit.
func (s *slot) touch() {
	if s.hits < maxHits {
		s.hits++
	}
}

// queueFor is where an entry belongs; n is the slot of the one before, 0 if there is none.
func (x *index) queueFor(k shortKey, n uint32) uint8 {
	h := x.share(k.app())
	switch {
	case n != 0:
		return x.at(n).queue
	case h.ghosts.has(k, h.queues[queueMain].entries):
		return queueMain
	}
	return queueSmall
}

// victimOf returns the entry of a share that is to make room, and 0 if there is none. What
// is being read cannot go.
func (x *index) victimOf(h *share) uint32 {
	if h == nil {
		return 0
	}
	small, main := &h.queues[queueSmall], &h.queues[queueMain]
	for step := 0; small.entries+main.entries > 0 && step < 2*maxSteps; step++ {
		q := main
		if main.entries == 0 || small.entries > 0 && small.units*smallShare >= uint64(h.units) {
			q = small
		}
		n := q.oldest
		s := x.at(n)
		switch {
		case x.pins[s.content] != nil:
			x.again(queueMain, n, s.hits)
		case s.hits == 0 || step >= maxSteps:
			if q == small {
				h.ghosts.add(s.key, small.entries+main.entries)
			}
			return n
		case q == small:
			x.again(queueMain, n, 0)
		default:
			x.again(queueMain, n, s.hits-1)
		}
	}
	return 0
}

// again lets an entry wait in line once more.
func (x *index) again(kind uint8, n uint32, hits uint8) {
	x.pull(n)
	x.at(n).hits = hits
	x.push(kind, n)
}

// ghosts remembers the keys of entries that have left the small queue: a table in which
// the later one of two that meet stays.
type ghosts struct {
	table []ghost
	clock uint32 // counts the keys that were added
}

type ghost struct{ tag, added uint32 }

// minGhosts is how large the table is at first.
const minGhosts = 1 << 10

// at returns where a key is, and by what it is known there.
func (g *ghosts) at(k shortKey) (at *ghost, tag uint32) {
	h := k.hash()
	return &g.table[h&uint64(len(g.table)-1)], uint32(h >> 32)
}

// add remembers a key. entries is how many there are in the store; the table grows with
// them, and forgets what it had.
func (g *ghosts) add(k shortKey, entries int) {
	if len(g.table) < entries || g.table == nil {
		size := minGhosts
		for size < entries {
			size *= 2
		}
		g.table = make([]ghost, size)
	}
	g.clock++
	at, tag := g.at(k)
	*at = ghost{tag, g.clock}
}

// has reports whether a key is among the last that were added, so many of them.
func (g *ghosts) has(k shortKey, among int) bool {
	if g.table == nil {
		return false
	}
	at, tag := g.at(k)
	return at.tag == tag && at.added != 0 && g.clock-at.added < uint32(max(among, minGhosts))
}
