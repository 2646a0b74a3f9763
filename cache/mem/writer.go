package mem

import (
	"slices"
	"sync"

	"hedge/cache"
)

// writer takes in the content of an entry.
type writer struct {
	store *Store
	key   cache.Key
	size  int64 // as announced; -1: unknown

	mu     sync.Mutex // guards what follows; bytes that are in the pieces do not change
	pieces [][]byte   // full but the last
	length int64
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
		took := min(cap(*last)-len(*last), len(p)-n, int(w.store.limit-w.length))
		*last = append(*last, p[n:n+took]...)
		n, w.length = n+took, w.length+int64(took)
	}
	return n, nil
}

// room returns the piece to append to, which has room for a byte at least; wanted is for
// how many it would be good to have.
func (w *writer) room(wanted int) *[]byte {
	last := len(w.pieces) - 1
	if last < 0 || len(w.pieces[last]) == pieceBytes {
		w.pieces = append(w.pieces, make([]byte, 0, w.firstSize(wanted)))
		last++
	}
	piece := &w.pieces[last]
	if len(*piece) == cap(*piece) { // a reader may have the old one, whose bytes are the same
		grown := make([]byte, len(*piece), min(max(2*cap(*piece), len(*piece)+wanted), pieceBytes))
		copy(grown, *piece)
		*piece = grown
	}
	return piece
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
	h, err := w.store.makeShare(&w.key)
	if err != nil {
		return err
	}
	r := &record{meta, newContent(w.pieces)}
	w.store.took(h, r)
	h.entries.Set(w.key, r)
	w.store.settle(h)
	return nil
}

// Abort implements cache.Writer.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

// Release implements cache.Writer.
func (w *writer) Release() {}
