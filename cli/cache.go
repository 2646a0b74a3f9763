package cli

import (
	"errors"
	"fmt"

	"hedge/bundle"
	"hedge/cache"
	"hedge/cache/mem"
	"hedge/cache/tier"
	"hedge/telemetry"
)

// What the cache takes, if nobody says anything else.
const (
	cacheBytes     = 256 << 20
	cacheDiskBytes = 10 << 30
)

// leastCache is less than what would be of use.
const leastCache = 1 << 20

// What is in memory beside the disk: content of up to so many bytes, or of that share of
// the memory if it is less.
const (
	hotBytes = 256 << 10
	hotShare = 64
)

// cacheOptions are how much the cache may take, and where.
type cacheOptions struct {
	memory int64  // bytes; 0: there is no cache
	dir    string // on the disk; empty: it is in memory alone
	disk   int64  // bytes, in dir
}

func newCacheOptions() cacheOptions { return cacheOptions{memory: cacheBytes} }

func (o *cacheOptions) options() []option {
	return []option{
		sizeOption(&o.memory, "--cache-memory", "none", `how much memory the cache may take, as in 1GiB, and half as much besides while it stores; "none": there is no cache (default: 256MiB)`),
		textOption(&o.dir, "--cache-dir", "DIR", "keep what is cached in this folder as well, from which it comes back after a restart; it is of one server alone").file(),
		sizeOption(&o.disk, "--cache-disk", "", "how much of the disk that may take, as in 100GiB (default: 10GiB)"),
	}
}

// sizeOption takes a size, or a word for 0.
func sizeOption(target *int64, name, zero, help string) option {
	return option{name: name, value: "SIZE", help: help, set: func(v string) error {
		if v == zero {
			*target = 0
			return nil
		}
		n, ok := bundle.ParseSize(v)
		switch {
		case ok && n >= leastCache:
			*target = n
			return nil
		case zero != "":
			return fmt.Errorf("needs a size from 1MiB on, as in 512MiB, or %s, not %q", zero, v)
		}
		return fmt.Errorf("needs a size from 1MiB on, as in 512MiB, not %q", v)
	}}
}

// check says what is wrong with the options together.
func (o *cacheOptions) check(command string) error {
	problem := ""
	switch {
	case o.dir != "" && o.memory == 0:
		problem = "--cache-dir needs memory too: leave out --cache-memory none"
	case o.dir == "" && o.disk != 0:
		problem = "--cache-disk needs --cache-dir: where is it to be?"
	}
	if problem != "" {
		return &usageError{problem: problem, see: "hedge help " + command}
	}
	return nil
}

// edgeCache is the cache of an edge, and what its entries are in.
type edgeCache struct {
	*cache.Cache
	memory *mem.Store
	disk   *cacheDisk // nil: it is in memory alone
}

// openCache makes the cache; nil: there is none. What becomes of the disk is told to the
// journal.
func openCache(o cacheOptions, key []byte, j *journal, m *telemetry.Registry) (*edgeCache, error) {
	if o.memory == 0 {
		return nil, nil
	}
	memory, err := mem.New(mem.Config{Bytes: o.memory})
	if err != nil {
		return nil, errors.Join(errors.New("the cache cannot be made"), err)
	}
	c := &edgeCache{memory: memory}
	cfg := cache.Config{Store: memory, Metrics: m}
	if o.dir != "" {
		both := tier.New(tier.Config{Hot: memory, HotBytes: min(hotBytes, o.memory/hotShare)})
		c.disk = newCacheDisk(o, key, both, j, m)
		cfg.Store, cfg.Bus = both, c.disk.purges
	}
	c.Cache = cache.New(cfg)
	if c.disk != nil {
		c.disk.start() // when the purges of before have been heard of
	}
	return c, nil
}

// shared returns the cache; nil: there is none.
func (c *edgeCache) shared() *cache.Cache {
	if c == nil {
		return nil
	}
	return c.Cache
}

// catchUp hears of what was purged through the process before this one.
func (c *edgeCache) catchUp() {
	if c != nil && c.disk != nil {
		_ = c.disk.purges.CatchUp() // what fails is tried again soon
	}
}

// leave lets another process have the disk, as soon as nothing is being read from it.
func (c *edgeCache) leave() {
	if c != nil && c.disk != nil {
		c.disk.leave()
	}
}

// close ends what goes on in the cache.
func (c *edgeCache) close() {
	if c == nil {
		return
	}
	c.Cache.Close()
	if c.disk != nil {
		c.disk.close()
	}
	c.memory.Close()
}
