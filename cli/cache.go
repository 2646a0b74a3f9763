package cli

import (
	"errors"
	"fmt"

	"hedge/bundle"
	"hedge/cache"
	"hedge/cache/mem"
)

// cacheBytes is how much memory the cache takes, if nobody says anything else.
const cacheBytes = 256 << 20

// leastCache is less than what would be of use.
const leastCache = 1 << 20

func cacheOption(target *int64) option {
	return option{name: "--cache-memory", value: "SIZE", help: `how much memory the cache may take, as in 1GiB; "none": there is no cache (default: 256MiB)`, set: func(v string) error {
		if v == "none" {
			*target = 0
			return nil
		}
		n, ok := bundle.ParseSize(v)
		if !ok || n < leastCache {
			return fmt.Errorf("needs a size from 1MiB on, as in 512MiB, or none, not %q", v)
		}
		*target = n
		return nil
	}}
}

// openCache makes the cache; nil: there is none.
func openCache(bytes int64) (*cache.Cache, *mem.Store, error) {
	if bytes == 0 {
		return nil, nil, nil
	}
	store, err := mem.New(mem.Config{Bytes: bytes})
	if err != nil {
		return nil, nil, errors.Join(errors.New("the cache cannot be made"), err)
	}
	return cache.New(cache.Config{Store: store}), store, nil
}

// closeCache ends what goes on in the cache.
func (e *edge) closeCache() {
	if e.cache != nil {
		e.cache.Close()
		e.memory.Close()
	}
}
