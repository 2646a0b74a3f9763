package crypto

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"errors"
	"fmt"
	"hash"
)

const (
	// maxIterations bounds PBKDF2, together with the number of blocks to be derived:
	// half a second or so. Twice what is recommended for a password.
	maxIterations = 1_200_000
	// maxDerived bounds what is derived at once, in bytes.
	maxDerived = 1 << 20
)

// derive takes the name of an algorithm, and what the algorithm needs.
func derive(c call) ([][]byte, error) {
	name, detail := c.text(), c.text()
	iterations, length := c.number(), c.number()
	key, other, info := c.bytes(), c.bytes(), c.bytes()
	var out []byte
	var err error
	switch name {
	case "HKDF", "PBKDF2":
		out, err = stretch(name, detail, key, other, info, iterations, length)
	default:
		out, err = agree(name, detail, key, other)
	}
	if err != nil {
		return nil, operationError(err, "%s: the bits cannot be derived: %v", name, err)
	}
	return [][]byte{out}, nil
}

// stretch derives bytes from a secret and a salt.
func stretch(name, hashName string, secret, salt, info []byte, iterations, length int) ([]byte, error) {
	h, err := hashOf(hashName)
	if err != nil {
		return nil, err
	}
	newHash := func() hash.Hash { return h.New() }
	if length > maxDerived {
		return nil, fmt.Errorf("more than %d bytes", maxDerived)
	}
	if name == "HKDF" {
		return hkdf.Key(newHash, secret, salt, string(info), length)
	}
	blocks := (length + h.Size() - 1) / h.Size()
	if iterations > maxIterations/max(blocks, 1) {
		return nil, fmt.Errorf("%d iterations for each of %d blocks are more than %d", iterations, blocks, maxIterations)
	}
	return pbkdf2.Key(newHash, string(secret), salt, iterations, length)
}

var errKeys = errors.New("the keys do not go together")
