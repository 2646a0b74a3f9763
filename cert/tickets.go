package cert

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"
)

// rotation is how long tickets are issued under one secret, and secretsKept how many
// secrets are honoured: a ticket is good for one to two days.
const (
	rotation    = 24 * time.Hour
	secretsKept = 2
)

// secrets are what the keys of session tickets are made of, the newest first. They
// are never on a disk. They are not changed once they are in use.
type secrets struct {
	list  [][32]byte
	until time.Time // when the next are due
}

// next returns the secrets that follow.
func (s secrets) next(now time.Time) (secrets, error) {
	var fresh [32]byte
	if _, err := rand.Read(fresh[:]); err != nil {
		return s, fmt.Errorf("the system has no random numbers for session tickets: %w", err)
	}
	list := [][32]byte{fresh}
	if now.Before(s.until.Add(rotation)) { // else even the newest is too old
		list = append(list, s.list[:min(len(s.list), secretsKept-1)]...)
	}
	return secrets{list, now.Add(rotation)}, nil
}

// keys returns the ticket keys of a domain. Tickets of one domain mean nothing in
// another: a session that began without a client certificate, or with one of other
// authorities, cannot go on where one is asked for.
func (s secrets) keys(domain string) ([][32]byte, error) {
	keys := make([][32]byte, len(s.list))
	for i, secret := range s.list {
		key, err := hkdf.Key(sha256.New, secret[:], nil, "hedge session tickets "+domain, len(keys[i]))
		if err != nil {
			return nil, err
		}
		copy(keys[i][:], key)
	}
	return keys, nil
}
