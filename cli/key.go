package cli

import (
	"crypto/rand"
	"fmt"

	"hedge/upstream"
)

// keyVariable is the variable of the environment that has the key for cookies.
const keyVariable = "HEDGE_KEY"

// signingKey returns the key that cookies of visitors are signed with. Without one in
// the environment it is a new one, so that visitors are new after a restart. It is
// not an option: everybody on the machine sees those.
func signingKey(w World) ([]byte, error) {
	if text := w.Getenv(keyVariable); text != "" {
		if len(text) < upstream.MinKey {
			return nil, fmt.Errorf("%s has %d characters, and needs at least %d: make one with `openssl rand -hex 32`", keyVariable, len(text), upstream.MinKey)
		}
		return []byte(text), nil
	}
	key := make([]byte, upstream.MinKey)
	_, _ = rand.Read(key) // never fails
	return key, nil
}
