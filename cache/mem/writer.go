package mem

import (
	"slices"
	"sync"

	"hedge/cache"
)

// writer takes in the content of an entry.
type writer struct {
	store *Store
	share *share
	key   cache.Key
	size  int64 // as announced; -1: unknown

	mu     sync.Mutex // guards what follows; bytes that are in the pieces do not change
	pieces [][]byte   // full but the last
	length int64
	held   int64 // bytes that the pieces take, until the store has them as an entry
	over   bool
}

// firstPiece is where a piece begins to grow from, if it is not known how much comes.
const firstPiece = 4 << 10

// Write implements cache.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return 0, cache.ErrClosed
	}
	for n < len(p) {
		if w.length >= w.store.limit {
			return n, cache.ErrTooLarge
		}
		last := w.room(len(p) - n)
		if last == nil {
			return n, cache.ErrNoRoom
		}
		took := min(cap(*last)-len(*last), len(p)-n, int(w.store.limit-w.length))
		*last = append(*last, p[n:n+took]...)
		n, w.length = n+took, w.length+int64(took)
	}
	return n, nil
}

// room returns the piece to append to, which has room for a byte at least; wanted is for
// how many it would be good to have. nil: the store has none.
func (w *writer) room(wanted int) *[]byte {
	last := len(w.pieces) - 1
	if last < 0 || len(w.pieces[last]) == pieceBytes {
		size := w.firstSize(wanted)
		if !w.hold(size) {
			return nil
		}
		w.pieces = append(w.pieces, make([]byte, 0, size))
		last++
	}
	piece := &w.pieces[last]
	if len(*piece) == cap(*piece) { // a reader may have the old one, whose bytes are the same
		size := min(max(2*cap(*piece), len(*piece)+wanted), pieceBytes)
		if !w.hold(int64(size - cap(*piece))) {
			return nil
		}
		grown := make([]byte, len(*piece), size)
		copy(grown, *piece)
		*piece = grown
	}
	return piece
}

// hold takes memory, if the app may have that much for what it is storing.
func (w *writer) hold(n int64) bool {
	if !w.store.hold(w.share, n) {
		return false
	}
	w.held += n
	return true
}

// letGo gives back the memory that is held, as an entry has it now or nobody does.
func (w *writer) letGo() {
	w.store.letGo(w.share, w.held)
	w.held = 0
}

// firstSize is how large a new piece is made: no larger than what has been announced.
// What is large is believed piece by piece.
func (w *writer) firstSize(wanted int) int64 {
	if w.size >= 0 {
		return min(max(w.size-w.length, 1), pieceBytes)
	}
	return min(max(int64(wanted), firstPiece), pieceBytes)
}

// ReadAt implements cache.Writer.
func (w *writer) ReadAt(p []byte, off int64) (int, error) {
	w.mu.Lock()
	pieces := slices.Clone(w.pieces) // Write changes the list, and lengthens its last
	w.mu.Unlock()
	return readerAt(pieces).ReadAt(p, off)
}

// Commit implements cache.Writer.
func (w *writer) Commit(meta *cache.Meta) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || meta.Length != w.length {
		return cache.ErrClosed
	}
	w.over = true
	if last := len(w.pieces) - 1; last >= 0 && cap(w.pieces[last])-len(w.pieces[last]) > len(w.pieces[last])/16 {
		w.pieces[last] = slices.Clone(w.pieces[last])
	}
	w.letGo()
	r := &record{meta, newContent(w.pieces)}
	w.store.took(w.share, r)
	w.share.entries.Set(w.key, r)
	w.store.settle(w.share)
	return nil
}

// Abort implements cache.Writer.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

// Release implements cache.Writer. What was aborted has been read from until now.
func (w *writer) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.letGo()
	w.pieces = nil
}
