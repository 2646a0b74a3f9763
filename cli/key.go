package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"hedge/upstream"
)

// keyVariable is the variable of the environment that has the key for cookies.
const keyVariable = "HEDGE_KEY"

// cacheKeyVariable is the variable that has the key for the cache on disk.
const cacheKeyVariable = "HEDGE_CACHE_KEY"

// signingKey returns the key that cookies of visitors are signed with. Without one in
// the environment it is a new one, so that visitors are new after a restart. It is
// not an option: everybody on the machine sees those.
func signingKey(w World) ([]byte, error) {
	if key, err := keyIn(w, keyVariable); key != nil || err != nil {
		return key, err
	}
	key := make([]byte, upstream.MinKey)
	_, _ = rand.Read(key) // never fails
	return key, nil
}

// cacheKey returns what the cache on disk is encrypted with; nil: it is not.
func cacheKey(w World) ([]byte, error) {
	text, err := keyIn(w, cacheKeyVariable)
	if text == nil || err != nil {
		return nil, err
	}
	key := sha256.Sum256(text)
	return key[:], nil
}

// keyIn returns a key that a variable has; nil: it is not set.
func keyIn(w World, variable string) ([]byte, error) {
	text := w.Getenv(variable)
	switch {
	case text == "":
		return nil, nil
	case len(text) < upstream.MinKey:
		return nil, fmt.Errorf("%s has %d characters, and needs at least %d: make one with `openssl rand -hex 32`", variable, len(text), upstream.MinKey)
	}
	return []byte(text), nil
}
