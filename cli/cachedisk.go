package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/cache/tier"
	"hedge/telemetry"
)

// How long it takes until the folder is tried again: one that another process lets go of,
// and one that cannot be opened.
const (
	retryInUse  = 50 * time.Millisecond
	retryFailed = 10 * time.Second
)

// tellAgain is how long a disk that fails is not talked about again.
const tellAgain = 10 * time.Minute

// cacheDisk opens the cache's folder, as soon as that can be done, and lets go of it. Its
// methods are called by one goroutine.
type cacheDisk struct {
	cfg     disk.Config
	dir     string
	both    *tier.Store
	purges  *disk.Purges
	journal *journal
	metrics *telemetry.Registry

	opening    context.Context // ends when the folder is not wanted any more
	stop       context.CancelFunc
	leaving    context.Context // ends when what is being read has had its time
	breakOff   context.CancelFunc
	background sync.WaitGroup // opening, and leaving

	mu    sync.Mutex  // guards what follows
	store *disk.Store // nil: it is not open
	quiet time.Time   // until then nothing is said of failures
}

func newCacheDisk(o cacheOptions, key []byte, both *tier.Store, j *journal, m *telemetry.Registry) *cacheDisk {
	if o.disk == 0 {
		o.disk = cacheDiskBytes
	}
	d := &cacheDisk{dir: o.dir, both: both, journal: j, metrics: m}
	d.purges = disk.OpenPurges(disk.Folder(o.dir), j.now, d.failed)
	d.cfg = disk.Config{Files: disk.Folder(o.dir), Bytes: o.disk, Key: key, Failed: d.failed}
	d.opening, d.stop = context.WithCancel(context.Background())
	d.leaving, d.breakOff = context.WithCancel(context.Background())
	return d
}

// start opens the folder, or goes on trying to.
func (d *cacheDisk) start() {
	err := d.try()
	if err == nil {
		return
	}
	d.journal.cacheAway(d.dir, err)
	d.background.Go(func() { // until it is open, or stop
		for err != nil {
			wait := retryFailed
			if errors.Is(err, disk.ErrInUse) {
				wait = retryInUse
			}
			select {
			case <-time.After(wait):
				err = d.try()
			case <-d.opening.Done():
				return
			}
		}
	})
}

// try opens the folder, once. What has been purged comes before what has been stored.
func (d *cacheDisk) try() error {
	if err := d.purges.CatchUp(); err != nil {
		return err
	}
	err := d.both.Attach(d.opening, func(empty bool) (cache.Store, func(), error) {
		cfg := d.cfg
		cfg.Empty = empty
		store, err := disk.Open(cfg)
		if err != nil {
			return nil, nil, err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.store = store
		return newTimedStore(store, d.metrics), func() { _ = store.Close() }, nil
	})
	if err == nil {
		d.journal.cacheOpened(d.dir, d.store.Stats())
	}
	return err
}

// failed tells of a disk that refuses something, once for a while.
func (d *cacheDisk) failed(err error) {
	now := d.journal.now()
	d.mu.Lock()
	again := now.Before(d.quiet)
	if !again {
		d.quiet = now.Add(tellAgain)
	}
	d.mu.Unlock()
	if !again {
		d.journal.cacheFails(d.dir, err)
	}
}

// leave lets another process have the folder. What is being read is read to its end.
func (d *cacheDisk) leave() {
	d.stop()
	d.background.Go(func() { // until nothing is being read, or close
		d.both.Detach()
		if store := d.opened(); store != nil {
			_ = store.Leave(d.leaving)
		}
	})
}

func (d *cacheDisk) opened() *disk.Store {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.store
}

// close ends the use of the folder. The cache has ended.
func (d *cacheDisk) close() {
	d.stop()
	d.breakOff()
	d.background.Wait()
	d.both.Close()
	if store := d.opened(); store != nil {
		if err := store.Close(); err != nil {
			d.failed(err)
		}
	}
	if err := d.purges.Close(); err != nil {
		d.failed(err)
	}
}
