package crypto

import (
	stdcrypto "crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"math/big"
)

// verifyPSS verifies with a salt of just this length. To crypto/rsa a length of 0
// means any, so what it takes is looked at again.
func verifyPSS(key *rsa.PublicKey, hash stdcrypto.Hash, hashed, signature []byte, salt int) bool {
	if salt > 0 {
		return rsa.VerifyPSS(key, hash, hashed, signature, &rsa.PSSOptions{SaltLength: salt}) == nil
	}
	if len(signature) != key.Size() || rsa.VerifyPSS(key, hash, hashed, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) != nil {
		return false
	}
	encoded, err := encodeUnsalted(key, hash, hashed)
	if err != nil {
		return false
	}
	message := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(int64(key.E)), key.N)
	return message.Cmp(new(big.Int).SetBytes(encoded)) == 0
}

// encodeUnsalted is EMSA-PSS-ENCODE (RFC 8017 §9.1.1) without a salt.
func encodeUnsalted(key *rsa.PublicKey, hash stdcrypto.Hash, hashed []byte) ([]byte, error) {
	bits := key.N.BitLen() - 1
	size := (bits + 7) / 8
	if size < hash.Size()+2 {
		return nil, errors.New("crypto: the key is too short for the hash function")
	}
	h := hash.New()
	h.Write(make([]byte, 8))
	h.Write(hashed)
	inner := h.Sum(nil)
	encoded := make([]byte, size)
	db := encoded[:size-len(inner)-1]
	db[len(db)-1] = 1
	mask(db, hash, inner)
	db[0] &= 0xff >> (8*size - bits)
	copy(encoded[len(db):], inner)
	encoded[size-1] = 0xbc
	return encoded, nil
}

// mask XORs with MGF1 of a seed (RFC 8017 §B.2.1).
func mask(data []byte, hash stdcrypto.Hash, seed []byte) {
	for i := 0; len(data) > 0; i++ {
		h := hash.New()
		h.Write(seed)
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(i)))
		block := h.Sum(nil)
		n := min(len(block), len(data))
		for j := range n {
			data[j] ^= block[j]
		}
		data = data[n:]
	}
}

// signUnsalted signs without a salt, which crypto/rsa does not: 0 means as long as
// possible there. The number that is raised to the secret power is blinded, so that the
// time which that takes tells nothing of the key; and the result is verified, lest a
// fault in the computation give the key away.
func signUnsalted(key *rsa.PrivateKey, hash stdcrypto.Hash, hashed []byte) ([]byte, error) {
	encoded, err := encodeUnsalted(&key.PublicKey, hash, hashed)
	if err != nil {
		return nil, err
	}
	var blind, back *big.Int
	for back == nil {
		if blind, err = rand.Int(rand.Reader, key.N); err != nil {
			return nil, err
		}
		back = new(big.Int).ModInverse(blind, key.N)
	}
	e := big.NewInt(int64(key.E))
	message := new(big.Int).SetBytes(encoded)
	blinded := new(big.Int).Mul(message, new(big.Int).Exp(blind, e, key.N))
	signed := new(big.Int).Exp(blinded.Mod(blinded, key.N), key.D, key.N)
	signed.Mod(signed.Mul(signed, back), key.N)
	if new(big.Int).Exp(signed, e, key.N).Cmp(message) != 0 {
		return nil, errors.New("crypto: the signature came out wrong")
	}
	return signed.FillBytes(make([]byte, key.Size())), nil
}
