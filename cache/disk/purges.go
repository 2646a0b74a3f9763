package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"hedge/cache"
)

// Purges is a cache.Bus that keeps purges in a file of the folder, so that what was purged
// before a restart stays purged. Two processes may have it open, as at an upgrade: each
// has the purges of the other soon.
//
// A purge takes effect in this process before the disk is asked, which may take any time. If
// it cannot be written Publish returns an error; it is written with the next one. If the
// file is damaged it is not known what was purged: everything is.
type Purges struct {
	now    func() time.Time
	failed func(error)
	end    chan struct{} // closed by Close
	ended  sync.WaitGroup

	syncing sync.Mutex // held while the file is brought to the disk; taken before filing
	synced  uint64     // guarded by syncing: the purge up to which it has been

	filing  sync.Mutex // held while the file is read or written; taken before mu
	log     purgeLog   // guarded by filing
	written uint64     // guarded by filing: the last purge in the file, as far as it is known

	mu        sync.Mutex // guards what follows, and keeps purges in order; no disk is waited for
	last      uint64     // the number of the last purge that was heard of
	unwritten []cache.Purge
	tooMany   int // of unwritten: there are to be fewer then
	followers []func(cache.Purge)
}

var _ cache.Bus = (*Purges)(nil)

// followEvery is how soon a process has the purges of another one.
const followEvery = 250 * time.Millisecond

// retryAfter is when that is tried again after it has failed; a purge tries at once.
const retryAfter = 5 * time.Second

// maxUnwritten is what the purges of one app may weigh that wait for a disk that takes none.
const maxUnwritten = 1 << 12

// OpenPurges opens the purges of a folder, which is created if need be, as soon as that
// can be done. now is the clock that numbers are made of. failed is told each time when
// purges cannot be exchanged with the file, from a goroutine of its own.
func OpenPurges(folder Folder, now func() time.Time, failed func(error)) *Purges {
	p := &Purges{log: purgeLog{folder: folder}, now: now, failed: failed, end: make(chan struct{}), tooMany: maxUnwritten}
	p.ended.Go(p.follow) // ends with Close
	return p
}

// follow hears of the purges of others until Close, and writes what could not be written.
func (p *Purges) follow() {
	pause := time.NewTimer(followEvery)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
			if err := p.look(); err != nil {
				p.failed(fmt.Errorf("purges: %w", err))
				pause.Reset(retryAfter)
				continue
			}
			pause.Reset(followEvery)
		case <-p.end:
			return
		}
	}
}

// look hears of the purges of others, if there are any. What fails may go well next time.
func (p *Purges) look() error {
	p.filing.Lock()
	defer p.filing.Unlock()
	if p.log.changed() || p.waiting() {
		return p.exchange()
	}
	return nil
}

// Close ends the following of others.
func (p *Purges) Close() error {
	close(p.end)
	p.ended.Wait()
	p.filing.Lock()
	defer p.filing.Unlock()
	var err error
	if p.waiting() {
		err = p.exchange()
	}
	return errors.Join(err, p.log.close())
}

// Publish implements cache.Bus. It returns when the purge survives a power cut.
func (p *Purges) Publish(_ context.Context, purge cache.Purge) error {
	p.happen(purge)
	written, err := p.write()
	if err == nil {
		err = p.sync(written)
	}
	if err != nil {
		return fmt.Errorf("the purge has taken effect, but may be undone by a restart: it cannot be written down: %w", err)
	}
	return nil
}

// happen has a new purge take effect, and be written when that can be done.
func (p *Purges) happen(purge cache.Purge) {
	p.mu.Lock()
	defer p.mu.Unlock()
	purge.Number = p.next()
	p.hear(purge)
	p.keep([]cache.Purge{purge})
}

// write has everything in the file that has happened until now. It returns the number of
// the last purge there.
func (p *Purges) write() (last uint64, err error) {
	p.filing.Lock()
	defer p.filing.Unlock()
	err = p.exchange()
	return p.written, err
}

// keep adds to what is to be written, of which there is not too much of any app. mu is held.
func (p *Purges) keep(more []cache.Purge) {
	if p.unwritten = append(p.unwritten, more...); len(p.unwritten) > p.tooMany {
		p.unwritten = latest(p.unwritten, maxUnwritten)
		p.tooMany = max(maxUnwritten, 2*len(p.unwritten))
	}
}

func (p *Purges) waiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.unwritten) > 0
}

// next returns the number of a new purge. Numbers go on after a restart even if the file
// is lost, as they are those of the clock. mu is held.
func (p *Purges) next() uint64 { return max(p.last+1, uint64(p.now().UnixNano())) }

// hear tells the followers of a purge that is new. mu is held.
func (p *Purges) hear(purge cache.Purge) {
	p.last = purge.Number
	for _, apply := range p.followers {
		apply(purge)
	}
}

// sync returns when the purge of a number is on the disk. Those who come while the disk is
// at work share the next time.
func (p *Purges) sync(number uint64) error {
	p.syncing.Lock()
	defer p.syncing.Unlock()
	if p.synced >= number {
		return nil
	}
	p.filing.Lock()
	file, written := p.log.file, p.written
	p.filing.Unlock()
	if err := file.Sync(); err != nil && !errors.Is(err, os.ErrClosed) { // one that was replaced has been brought there before
		return err
	}
	p.synced = written
	return nil
}

// Follow implements cache.Bus.
func (p *Purges) Follow(apply func(cache.Purge)) {
	p.filing.Lock()
	defer p.filing.Unlock()
	p.mu.Lock()
	if len(p.followers) > 0 {
		p.log.offset, p.last, p.written = 0, 0, 0 // all of them hear everything again, which changes nothing
	}
	p.followers = append(p.followers, apply)
	p.mu.Unlock()
	_ = p.exchange()
}

// CatchUp hears of what other processes have purged, at once.
func (p *Purges) CatchUp() error {
	_, err := p.write()
	return err
}

// exchange hears of the purges of others, and writes those that they have not seen. filing
// is held.
func (p *Purges) exchange() error {
	return p.log.locked(func() error {
		if err := p.take(); err != nil {
			return err // the end of the file is not known
		}
		return p.put()
	})
}

// take reads what has come to the file, which is locked. If that is not what was written,
// it is not known what was purged, and everything is.
func (p *Purges) take() error {
	news, err := p.log.read()
	p.hearLate(news)
	if errors.Is(err, errDamaged) {
		return p.purgeAll()
	}
	return err
}

// hearLate tells the followers of what was read from the file. It may be older than purges
// of ours: it happens now, as the order has to be kept.
func (p *Purges) hearLate(news []cache.Purge) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, purge := range news {
		if purge.Number <= p.written {
			continue // the file has been read before
		}
		p.written = purge.Number
		if purge.Number <= p.last {
			purge.Number = p.next()
		}
		p.hear(purge)
	}
}

// put writes what is not written yet, to the file, which is locked.
func (p *Purges) put() error {
	list := p.unkept()
	if len(list) == 0 {
		return nil
	}
	if err := p.log.append(list); err != nil {
		p.putBack(list)
		return err
	}
	p.written = list[len(list)-1].Number
	if err := p.log.shorten(); errors.Is(err, errDamaged) {
		return p.purgeAll()
	}
	return nil // or it is made shorter another time
}

// unkept returns what is to be written, which is nothing then. What others have written
// meanwhile may have later numbers; then ours happen again, as the order has to be kept.
func (p *Purges) unkept() []cache.Purge {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.unwritten
	p.unwritten, p.tooMany = nil, maxUnwritten
	before := p.written
	for i := range list {
		if mine := &list[i]; mine.Number <= before {
			mine.Number = p.next()
			p.hear(*mine)
		}
		before = list[i].Number
	}
	return list
}

// putBack has a list that could not be written be so with the next purges, which come
// after it.
func (p *Purges) putBack(list []cache.Purge) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := p.unwritten
	p.unwritten = list
	p.keep(since)
}

// purgeAll takes the place of a file that is damaged.
func (p *Purges) purgeAll() error {
	p.mu.Lock()
	all := []cache.Purge{{Number: p.next()}}
	p.hear(all[0])
	p.unwritten = nil // which are older
	p.mu.Unlock()
	if err := p.log.replace(all); err != nil {
		p.putBack(all)
		return err
	}
	p.written = all[0].Number
	return nil
}
