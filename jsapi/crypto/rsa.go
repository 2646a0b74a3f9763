package crypto

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// The moduli that keys are made of, in bits. Making a larger one would take minutes.
const (
	minModulus = 1024
	maxModulus = 8192
)

// What keys may have that code brings along, as to compute with a larger one takes seconds
// that nobody can break off: a modulus of 16,384 bits, in bytes, and what DER holds of it.
const (
	maxMember  = 16384 / 8
	maxPublic  = maxMember + 1<<10
	maxPrivate = 5*maxMember + 1<<10
)

func parseRSAPublic(spki []byte) (*rsa.PublicKey, error) {
	if len(spki) > maxPublic {
		return nil, errKey
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key, nil
	}
	return nil, errKey
}

func parseRSAPrivate(pkcs8 []byte) (*rsa.PrivateKey, error) {
	if len(pkcs8) > maxPrivate {
		return nil, errKey
	}
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, errKey
}

// describe returns the exponent and the modulus's length of a key.
func describe(key *rsa.PublicKey) [][]byte {
	return [][]byte{big.NewInt(int64(key.E)).Bytes(), binary.LittleEndian.AppendUint32(nil, uint32(key.N.BitLen()))}
}

// importRSA takes what the form has: DER; or the members n and e, and of private keys
// d, p, q, dp, dq and qi.
func importRSA(kind, form string, parts [][]byte) ([][]byte, error) {
	if kind == "public" {
		key, err := readRSAPublic(form, parts)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKIXPublicKey(key)
		return append([][]byte{der}, describe(key)...), err
	}
	key, err := readRSAPrivate(form, parts)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return append([][]byte{der}, describe(&key.PublicKey)...), err
}

func readRSAPublic(form string, parts [][]byte) (*rsa.PublicKey, error) {
	if form == "spki" {
		return parseRSAPublic(parts[0])
	}
	if len(parts) < 2 || slices.ContainsFunc(parts, func(member []byte) bool { return len(member) > maxMember }) {
		return nil, errKey
	}
	n, e := new(big.Int).SetBytes(parts[0]), new(big.Int).SetBytes(parts[1])
	if n.Sign() == 0 || e.BitLen() < 2 || e.BitLen() > 31 {
		return nil, errKey
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

func readRSAPrivate(form string, parts [][]byte) (*rsa.PrivateKey, error) {
	if form == "pkcs8" {
		return parseRSAPrivate(parts[0])
	}
	if len(parts) != maxArguments {
		return nil, errKey
	}
	public, err := readRSAPublic(form, parts)
	if err != nil {
		return nil, err
	}
	key := &rsa.PrivateKey{PublicKey: *public, D: new(big.Int).SetBytes(parts[2])}
	key.Primes = []*big.Int{new(big.Int).SetBytes(parts[3]), new(big.Int).SetBytes(parts[4])}
	if err := key.Validate(); err != nil {
		return nil, err
	}
	key.Precompute()
	for i, have := range []*big.Int{key.Precomputed.Dp, key.Precomputed.Dq, key.Precomputed.Qinv} {
		if have == nil || have.Cmp(new(big.Int).SetBytes(parts[5+i])) != 0 {
			return nil, errKey
		}
	}
	return key, nil
}

func exportRSA(kind, form string, material []byte) ([][]byte, error) {
	if form != "jwk" {
		return [][]byte{material}, nil
	}
	if kind == "public" {
		key, err := parseRSAPublic(material)
		if err != nil {
			return nil, err
		}
		return [][]byte{key.N.Bytes(), big.NewInt(int64(key.E)).Bytes()}, nil
	}
	key, err := parseRSAPrivate(material)
	if err != nil {
		return nil, err
	}
	if len(key.Primes) != 2 {
		return nil, errors.New("crypto: a key of RSA with more than two primes")
	}
	pre := key.Precomputed
	return [][]byte{
		key.N.Bytes(), big.NewInt(int64(key.E)).Bytes(), key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes(),
		pre.Dp.Bytes(), pre.Dq.Bytes(), pre.Qinv.Bytes(),
	}, nil
}

func generateRSA(bits int, exponent []byte) ([][]byte, error) {
	if e := new(big.Int).SetBytes(exponent); !e.IsInt64() || e.Int64() != 65537 {
		return nil, fmt.Errorf("the publicExponent has to be 65537, and not %s", e)
	}
	if bits < minModulus || bits > maxModulus || bits%8 != 0 {
		return nil, fmt.Errorf("the modulusLength is from %d to %d, and not %d", minModulus, maxModulus, bits)
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return append([][]byte{private, public}, describe(&key.PublicKey)...), err
}
