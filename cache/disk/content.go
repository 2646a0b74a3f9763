package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"hedge/cache"
	"hedge/httpmsg"
)

const (
	// blockBytes is what a sum is for: as much as a server reads at a time.
	blockBytes = 64 << 10
	blockUnits = blockBytes / unit
	// maxHead bounds metadata, sums and inline content, so that nothing that is damaged
	// makes anybody read more.
	maxHead = 16 << 20
)

// content is the content of an entry, and where its head is. It is constant once the head
// has been read. As long as it is open, the units of its blocks are not used again.
type content struct {
	store    *Store
	key      cache.Key
	head     uint32
	headRuns []run
	entryID  uint64
	id       uint64 // of the blocks

	runs   []run    // of the blocks; empty: all content is inline
	file   *ownOpen // that has the blocks; nil: the units of runs have them
	length int64    // in bytes
	sums   []byte   // one after the other
	inline []byte

	closed atomic.Bool
}

// headBytes is the head of an entry: a sum, then lengths, key, metadata, sums of the
// blocks, and inline content.
func (c *content) headBytes(meta *cache.Meta) []byte {
	sum := c.store.sealer.sumBytes()
	b := make([]byte, sum+headFields, sum+headFields+1024+len(c.sums)+len(c.inline))
	b = append(b, c.key[:]...)
	b = cache.AppendMeta(b, meta)
	fields := b[sum:]
	binary.LittleEndian.PutUint32(fields, uint32(len(fields)-headFields-len(c.key)))
	binary.LittleEndian.PutUint32(fields[4:], uint32(len(c.sums)))
	binary.LittleEndian.PutUint64(fields[8:], uint64(c.length))
	b = append(append(b, c.sums...), c.inline...)
	written, sums := c.store.sealer.seal(nil, b[sum:], c.entryID, headBlock)
	copy(b, sums)
	copy(b[sum:], written)
	return b
}

// headFields is how long the lengths are: of the metadata, of the sums, of the content.
const headFields = 4 + 4 + 8

// readHead reads and checks the head.
func (s *Store) readHead(c *content) (*cache.Meta, error) {
	sum := s.sealer.sumBytes()
	if c.head > maxHead || int(c.head) < sum+headFields+len(c.key) {
		return nil, errDamaged
	}
	buf := make([]byte, c.head, int(c.head)+sum)
	if err := s.readRuns(c.headRuns, 0, buf); err != nil {
		return nil, err
	}
	b := buf[sum:]
	if err := s.sealer.open(b, c.entryID, headBlock, buf[:sum]); err != nil {
		return nil, err
	}
	metaBytes, sumsBytes := int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint32(b[4:]))
	c.length = int64(binary.LittleEndian.Uint64(b[8:]))
	b = b[headFields:]
	if cache.Key(b[:len(c.key)]) != c.key || metaBytes+sumsBytes > len(b)-len(c.key) {
		return nil, errDamaged
	}
	b = b[len(c.key):]
	meta, err := cache.ParseMeta(b[:metaBytes])
	if err != nil {
		return nil, errDamaged
	}
	c.sums, c.inline = b[metaBytes:metaBytes+sumsBytes:metaBytes+sumsBytes], b[metaBytes+sumsBytes:]
	if meta.Length != c.length || !c.consistent(sum) {
		return nil, errDamaged
	}
	return meta, nil
}

// consistent reports whether there is as much content as there ought to be.
func (c *content) consistent(sum int) bool {
	if len(c.runs) == 0 {
		return len(c.sums) == 0 && int64(len(c.inline)) == c.length
	}
	blocks := (c.length + blockBytes - 1) / blockBytes
	return len(c.inline) == 0 && int64(len(c.sums)) == blocks*int64(sum) && int64(totalOf(c.runs)) == int64(unitsFor(c.length))
}

// Section implements cache.Content.
func (c *content) Section(part httpmsg.ByteRange) io.ReadCloser {
	if len(c.runs) == 0 {
		end := part.Start + part.Length
		return httpmsg.NewBytesBody(c.inline[part.Start:end:end])
	}
	c.hold()
	return &section{content: c, at: part.Start, end: part.Start + part.Length}
}

// Close implements cache.Content.
func (c *content) Close() error {
	if !c.closed.Swap(true) && len(c.runs) > 0 {
		c.letGo()
	}
	return nil
}

// open opens the file that content has to itself.
func (c *content) open() (err error) {
	switch {
	case !inOwnFile(c.runs):
		return nil
	case c.store.own == nil:
		return errDamaged
	}
	if c.file, err = c.store.own.take(c.id, c.length); err != nil && !errors.Is(err, errDamaged) {
		c.store.fail(err)
	}
	return err
}

// hold keeps the blocks from being given away; letGo follows.
func (c *content) hold() {
	c.store.pin(c.id)
	if c.file != nil {
		c.file.hold()
	}
}

func (c *content) letGo() {
	if c.file != nil {
		c.file.drop() // before anybody removes it
	}
	c.store.unpin(c.id)
}

func (s *Store) pin(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.pin(id)
}

func (s *Store) unpin(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.unpin(id)
	s.settle()
}

// blockBuffer has room for a block and the sum behind it.
type blockBuffer [blockBytes + 16]byte

var blockBuffers = sync.Pool{New: func() any { return new(blockBuffer) }}

// readBlock reads and checks the block n. buf has room for it, and for a sum behind it if
// the sealer needs that.
func (c *content) readBlock(n int64, buf []byte) ([]byte, error) {
	s := c.store
	size := s.sealer.sumBytes()
	block := buf[:min(blockBytes, c.length-n*blockBytes)]
	sum := c.sums[int(n)*size : int(n+1)*size]
	if c.file != nil {
		return block, c.readOwn(block, n, sum)
	}
	err := s.readRuns(c.runs, n*blockBytes, block)
	if err == nil {
		err = s.sealer.open(block, c.id, uint32(n), sum)
	}
	return block, err
}

// readOwn reads the block n of a file, and checks it unless that was done and nothing can
// have changed since.
func (c *content) readOwn(block []byte, n int64, sum []byte) error {
	start, end := n*blockBytes, n*blockBytes+int64(len(block))
	right := c.file.rightTo(start, end) == end
	var round uint64
	if !right {
		round = c.file.check(start, end-start)
	}
	if _, err := c.file.ReadAt(block, start); err != nil {
		return c.store.refused(err)
	}
	if right {
		return nil
	}
	if err := c.store.sealer.open(block, c.id, uint32(n), sum); err != nil {
		return err
	}
	c.file.checked(n, round)
	return nil
}

// write writes to the blocks, from a byte on.
func (c *content) write(data []byte, at int64) error {
	if c.file == nil {
		return c.store.writeRuns(c.runs, at, data)
	}
	if _, err := c.file.WriteAt(data, at); err != nil {
		return c.store.refused(err)
	}
	return nil
}

// readAt reads from checked blocks, at most to the end of one.
func (c *content) readAt(p []byte, off int64) (int, error) {
	buf := blockBuffers.Get().(*blockBuffer)
	defer blockBuffers.Put(buf)
	block, err := c.readBlock(off/blockBytes, buf[:])
	if err != nil {
		return 0, err
	}
	return copy(p, block[off%blockBytes:]), nil
}

var (
	_ httpmsg.Mover  = (*section)(nil)
	_ cache.Preparer = (*section)(nil)
)

// section is a part of content in blocks, as a body.
type section struct {
	content *content

	mu     sync.Mutex // guards the rest, as Close may come while a Read goes on
	at     int64
	end    int64
	buf    *blockBuffer
	block  []byte // of buf: what has been read, and checked, and not yet asked for
	closed bool
}

// Read implements io.Reader. What is damaged is an error; nothing of it is returned.
func (b *section) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, httpmsg.ErrBodyClosed
	case b.at == b.end:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	if len(b.block) == 0 {
		if whole := b.whole(); whole > 0 && whole <= len(p) {
			return b.readWhole(p[:whole])
		}
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.block)
	b.block, b.at = b.block[n:], b.at+int64(n)
	return n, nil
}

// Prepare implements cache.Preparer. What has been checked and is in memory needs nothing.
func (b *section) Prepare() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.at == b.end || len(b.block) > 0 {
		return nil
	}
	if f := b.content.file; f != nil && f.rightTo(b.at, min(b.end, b.at+1)) > b.at {
		return nil
	}
	return b.fill()
}

// whole is how long the next block is, if all of it is asked for and can be read to where
// it is wanted; 0: it has to be read elsewhere first.
func (b *section) whole() int {
	length := min(blockBytes, b.content.length-b.at)
	if b.at%blockBytes != 0 || b.at+length > b.end || b.content.store.sealer.needsRoom() {
		return 0
	}
	return int(length)
}

// readWhole reads the next block to where it is wanted.
func (b *section) readWhole(p []byte) (int, error) {
	if _, err := b.next(p); err != nil {
		return 0, err
	}
	b.at += int64(len(p))
	return len(p), nil
}

// fill reads the next block.
func (b *section) fill() error {
	if b.buf == nil {
		b.buf = blockBuffers.Get().(*blockBuffer)
	}
	first := b.at / blockBytes * blockBytes
	block, err := b.next(b.buf[:])
	if err != nil {
		return err
	}
	b.block = block[b.at-first : min(int64(len(block)), b.end-first)]
	return nil
}

// next reads the next block, and removes the entry if it is damaged.
func (b *section) next(buf []byte) ([]byte, error) {
	block, err := b.content.readBlock(b.at/blockBytes, buf)
	if errors.Is(err, errDamaged) {
		b.content.store.drop(b.content.key, b.content.id)
	}
	if err != nil {
		return nil, fmt.Errorf("a block of an entry cannot be read: %w", err)
	}
	return block, nil
}

// Close implements io.Closer.
func (b *section) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.buf != nil {
		blockBuffers.Put(b.buf)
		b.buf, b.block = nil, nil
	}
	b.content.letGo()
	return nil
}

// Move implements httpmsg.Mover. What has not been checked, or has to be again, is read.
func (b *section) Move(to *net.TCPConn, most int64) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.content.file
	if f == nil || b.closed || len(b.block) > 0 || b.at == b.end || !f.isChecked(b.at) {
		return 0, nil
	}
	end := min(b.end, b.at+most)
	n, err := f.SendTo(to, func(n int64) (off, length int64) {
		return b.at + n, f.rightTo(b.at+n, end) - b.at - n
	})
	if b.at += n; err == nil && b.at == b.end {
		err = io.EOF
	}
	return n, err
}
