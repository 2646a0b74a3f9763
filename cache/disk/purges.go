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
// A purge that cannot be written takes effect all the same, in this process, and Publish
// returns an error; it is written with the next one. If the file is damaged it is not known
// what was purged: everything is.
type Purges struct {
	log     purgeLog
	now     func() time.Time
	failed  func(error)
	end     chan struct{} // closed by Close
	ended   sync.WaitGroup
	syncing sync.Mutex // held while the file is brought to the disk; taken before mu
	synced  uint64     // guarded by syncing: the purge up to which it has been

	mu        sync.Mutex // guards what follows, and keeps purges in order
	last      uint64     // the number of the last purge that was heard of
	written   uint64     // that of the last one in the file, as far as it is known
	unwritten []cache.Purge
	followers []func(cache.Purge)
}

var _ cache.Bus = (*Purges)(nil)

// followEvery is how soon a process has the purges of another one.
const followEvery = 250 * time.Millisecond

// retryAfter is when that is tried again after it has failed; a purge tries at once.
const retryAfter = 5 * time.Second

// maxUnwritten is how many purges wait for a disk that takes none. One more, and
// everything is to be purged.
const maxUnwritten = 1 << 12

// OpenPurges opens the purges of a folder, which is created if need be, as soon as that
// can be done. now is the clock that numbers are made of. failed is told each time when
// purges cannot be exchanged with the file, from a goroutine of its own.
func OpenPurges(folder Folder, now func() time.Time, failed func(error)) *Purges {
	p := &Purges{log: purgeLog{folder: folder}, now: now, failed: failed, end: make(chan struct{})}
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
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log.changed() || len(p.unwritten) > 0 {
		return p.exchange()
	}
	return nil
}

// Close ends the following of others.
func (p *Purges) Close() error {
	close(p.end)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	if len(p.unwritten) > 0 {
		err = p.exchange()
	}
	return errors.Join(err, p.log.close())
}

// Publish implements cache.Bus. It returns when the purge survives a power cut.
func (p *Purges) Publish(_ context.Context, purge cache.Purge) error {
	number, err := p.publish(purge)
	if err == nil {
		err = p.sync(number)
	}
	if err != nil {
		return fmt.Errorf("the purge has taken effect, but may be undone by a restart: it cannot be written down: %w", err)
	}
	return nil
}

func (p *Purges) publish(purge cache.Purge) (number uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	err = p.log.locked(func() error {
		err := p.take()
		purge.Number = p.next()
		p.hear(purge)
		p.keep(purge)
		if err == nil { // else the end of the file is not known
			err = p.put()
		}
		return err
	})
	if purge.Number == 0 { // the file cannot be had
		purge.Number = p.next()
		p.hear(purge)
		p.keep(purge)
	}
	return purge.Number, err
}

// keep has a purge written when that can be done.
func (p *Purges) keep(purge cache.Purge) {
	if p.unwritten = append(p.unwritten, purge); len(p.unwritten) > maxUnwritten {
		p.unwritten = []cache.Purge{{Number: purge.Number}}
	}
}

// next returns the number of a new purge. Numbers go on after a restart even if the file
// is lost, as they are those of the clock.
func (p *Purges) next() uint64 { return max(p.last+1, uint64(p.now().UnixNano())) }

// hear tells the followers of a purge that is new.
func (p *Purges) hear(purge cache.Purge) {
	p.last = purge.Number
	for _, apply := range p.followers {
		apply(purge)
	}
}

// put writes what is not written yet, to the file, which is locked. What others have
// written meanwhile has later numbers; then ours happen again, as the order has to be kept.
func (p *Purges) put() error {
	if len(p.unwritten) == 0 {
		return nil
	}
	before := p.written
	for i := range p.unwritten {
		if mine := &p.unwritten[i]; mine.Number <= before {
			mine.Number = p.next()
			p.hear(*mine)
		}
		before = p.unwritten[i].Number
	}
	if err := p.log.append(p.unwritten); err != nil {
		return err
	}
	p.unwritten, p.written = nil, before
	if err := p.log.shorten(); errors.Is(err, errDamaged) {
		return p.purgeAll()
	}
	return nil // or it is made shorter another time
}

// sync returns when the purge of a number is on the disk. Those who come while the disk is
// at work share the next time.
func (p *Purges) sync(number uint64) error {
	p.syncing.Lock()
	defer p.syncing.Unlock()
	if p.synced >= number {
		return nil
	}
	p.mu.Lock()
	file, last := p.log.file, p.last
	p.mu.Unlock()
	if err := file.Sync(); err != nil && !errors.Is(err, os.ErrClosed) { // one that was replaced has been brought there before
		return err
	}
	p.synced = last
	return nil
}

// Follow implements cache.Bus.
func (p *Purges) Follow(apply func(cache.Purge)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.followers) > 0 {
		p.log.offset, p.last, p.written = 0, 0, 0 // all of them hear everything again, which changes nothing
	}
	p.followers = append(p.followers, apply)
	_ = p.exchange()
}

// CatchUp hears of what other processes have purged, at once.
func (p *Purges) CatchUp() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exchange()
}

// exchange hears of the purges of others, and writes those that they have not seen.
func (p *Purges) exchange() error {
	return p.log.locked(func() error {
		if err := p.take(); err != nil {
			return err
		}
		return p.put()
	})
}

// take reads what has come to the file, which is locked. If that is not what was written,
// it is not known what was purged, and everything is. What came while the file could not be
// had may be older than purges of ours: it happens now, as the order has to be kept.
func (p *Purges) take() error {
	news, err := p.log.read()
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
	if errors.Is(err, errDamaged) {
		return p.purgeAll()
	}
	return err
}

// purgeAll takes the place of a file that is damaged.
func (p *Purges) purgeAll() error {
	all := cache.Purge{Number: p.next()}
	p.hear(all)
	err := p.log.replace([]cache.Purge{all})
	if err != nil {
		p.unwritten = []cache.Purge{all}
		return err
	}
	p.written = all.Number
	return nil
}
