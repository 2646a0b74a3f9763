package disk

import (
	"io"
	"sync"

	"hedge/cache"
)

// writer takes in the content of an entry. A block goes to the disk when it is full; the
// last one, or all content if it is short, is in memory until the end.
type writer struct {
	store *Store
	key   cache.Key
	size  int64 // as announced; -1: unknown
	own   bool  // the content gets a file of its own

	mu      sync.Mutex // guards what follows
	content content    // blocks that are on the disk; what they had to be is never changed
	block   []byte     // what is not there yet
	failed  error      // of Write: nothing more can be written
	over    bool       // after Commit or Abort
	stored  bool       // an entry has the units
}

// maxReserve is how many units are reserved at once, at most; where it is not known how
// much comes, as many as there are already.
const maxReserve = 1 << 20 / unit

// Write implements cache.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.over:
		return 0, cache.ErrClosed
	case w.failed != nil:
		return 0, w.failed
	}
	if !w.store.enter() {
		w.failed = cache.ErrClosed
		return 0, w.failed
	}
	defer w.store.exit()
	for n < len(p) {
		if len(w.block) == blockBytes {
			if w.failed = w.writeBlock(); w.failed != nil {
				return n, w.failed
			}
		}
		room := min(blockBytes-len(w.block), int(min(w.store.limit-w.content.length-int64(len(w.block)), blockBytes)))
		if room == 0 {
			w.failed = cache.ErrTooLarge
			return n, w.failed
		}
		took := min(room, len(p)-n)
		w.makeRoom(took)
		w.block = append(w.block, p[n:n+took]...)
		n += took
	}
	return n, nil
}

// makeRoom lets so much be appended to the block: at once for all that has been announced,
// and in large steps otherwise.
func (w *writer) makeRoom(n int) {
	need := len(w.block) + n
	if need <= cap(w.block) {
		return
	}
	size := int64(max(need, min(4*cap(w.block), blockBytes)))
	if w.size > 0 {
		size = max(int64(need), min(w.size-w.content.length, blockBytes))
	}
	grown := make([]byte, len(w.block), size)
	copy(grown, w.block)
	w.block = grown
}

// writeBlock writes the block to the disk. When it fails nothing has changed.
func (w *writer) writeBlock() error {
	c, s := &w.content, w.store
	if err := w.reserve(unitsFor(c.length + int64(len(w.block)))); err != nil {
		return err
	}
	written, sums := s.sealer.seal(c.sums, w.block, c.id, uint32(c.length/blockBytes))
	if err := c.write(written, c.length); err != nil {
		return err
	}
	c.sums, c.length = sums, c.length+int64(len(w.block))
	w.block = w.block[:0]
	return nil
}

// reserve makes sure that the content has so many units.
func (w *writer) reserve(count uint32) error {
	c, s := &w.content, w.store
	have := totalOf(c.runs)
	if have >= count {
		return nil
	}
	wanted := min(max(have, count-have), maxReserve)
	if w.size >= 0 {
		wanted = min(max(unitsFor(w.size), count)-have, maxReserve)
	}
	runs, err := s.reserve(&w.key, max(wanted, count-have), w.own)
	if err != nil {
		return err
	}
	if have == 0 {
		if err := w.begin(); err != nil {
			s.release(&w.key, runs)
			return err
		}
	}
	for _, r := range runs {
		c.runs = joined(c.runs, r)
	}
	return nil
}

// begin begins to have units, until Release.
func (w *writer) begin() (err error) {
	c, s := &w.content, w.store
	if w.own {
		if c.file, err = s.own.create(c.id); err != nil {
			s.fail(err)
			return err
		}
	}
	s.pin(c.id)
	return nil
}

// joined appends a run, to the last one if it goes on there.
func joined(runs []run, r run) []run {
	if last := len(runs) - 1; last >= 0 && runs[last].from(runs[last].count) == r.start {
		return append(runs[:last:last], run{runs[last].start, runs[last].count + r.count})
	}
	return append(runs, r)
}

// ReadAt implements cache.Writer.
func (w *writer) ReadAt(p []byte, off int64) (n int, err error) {
	w.mu.Lock()
	there := content{
		store: w.store, key: w.key, id: w.content.id, runs: w.content.runs, file: w.content.file,
		length: w.content.length, sums: w.content.sums,
	}
	if from := off + int64(len(p)) - there.length; from > 0 { // of the block in memory, which changes
		start := min(max(off-there.length, 0), int64(len(w.block)))
		there.inline = append([]byte(nil), w.block[start:min(from, int64(len(w.block)))]...)
	}
	w.mu.Unlock()
	for n < len(p) && off+int64(n) < there.length {
		took, err := there.readAt(p[n:], off+int64(n))
		if err != nil {
			return n, err
		}
		n += took
	}
	if n += copy(p[n:], there.inline); n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Commit implements cache.Writer.
func (w *writer) Commit(meta *cache.Meta) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &w.content
	if w.over || w.failed != nil || meta.Length != c.length+int64(len(w.block)) {
		return cache.ErrClosed
	}
	w.over = true
	if !w.store.enter() {
		return cache.ErrClosed
	}
	defer w.store.exit()
	if c.length > 0 && len(w.block) > 0 {
		if err := w.writeBlock(); err != nil {
			return err
		}
	}
	entry := content{
		store: w.store, key: w.key, entryID: c.id, id: c.id, length: meta.Length, runs: w.trimmed(), file: c.file, sums: c.sums,
	}
	if c.length == 0 {
		entry.inline = w.block
	}
	var err error
	w.stored, err = w.store.commit(&entry, meta, 0)
	return err
}

// trimmed gives back units beyond the content.
func (w *writer) trimmed() []run {
	kept, beyond := split(w.content.runs, unitsFor(w.content.length))
	w.content.runs = kept
	w.store.release(&w.key, beyond)
	return kept
}

// Abort implements cache.Writer.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

// Release implements cache.Writer.
func (w *writer) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.content.runs) == 0 {
		return
	}
	if w.content.file != nil {
		w.content.file.drop()
	}
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	if !w.stored {
		w.store.index.releaseContent(w.key.App(), w.content.id, w.content.runs)
	}
	w.store.index.unpin(w.content.id)
	w.store.settle()
}
