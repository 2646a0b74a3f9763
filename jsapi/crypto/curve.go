package crypto

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/sign/ed448"
)

// curve is one that keys are of: a private key is its number or seed, a public one its
// point, both in the form of raw keys.
type curve struct {
	private, public int // sizes, in bytes
	// generate makes a private key.
	generate func() ([]byte, error)
	// open returns the public key of a private one.
	open func(private []byte) ([]byte, error)
	// check returns an error for what is no public key.
	check func(public []byte) error
}

// curveOf returns that of an algorithm, whose keys have a curve's name as well if it is
// one of several.
func curveOf(name, named string) (curve, error) {
	switch name {
	case "ECDSA", "ECDH":
		return weierstrass(named)
	case "Ed25519":
		return seeded(ed25519.SeedSize, ed25519.PublicKeySize, func(seed []byte) []byte {
			return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		}), nil
	case "Ed448":
		return seeded(ed448.SeedSize, ed448.PublicKeySize, func(seed []byte) []byte {
			return ed448.NewKeyFromSeed(seed).Public().(ed448.PublicKey)
		}), nil
	case "X25519":
		return agreeing(ecdh.X25519(), 32, 32), nil
	case "X448":
		return seeded(x448.Size, x448.Size, func(seed []byte) []byte {
			var public, secret x448.Key
			copy(secret[:], seed)
			x448.KeyGen(&public, &secret)
			return public[:]
		}), nil
	}
	return curve{}, fmt.Errorf("crypto: %s has no curve", name)
}

// seeded is a curve on which all seeds are private keys.
func seeded(private, public int, open func(seed []byte) []byte) curve {
	return curve{
		private, public,
		func() ([]byte, error) {
			seed := make([]byte, private)
			_, err := rand.Read(seed)
			return seed, err
		},
		func(seed []byte) ([]byte, error) { return open(seed), nil },
		func([]byte) error { return nil },
	}
}

// agreeing is a curve of crypto/ecdh.
func agreeing(c ecdh.Curve, private, public int) curve {
	return curve{
		private, public,
		func() ([]byte, error) {
			key, err := c.GenerateKey(rand.Reader)
			if err != nil {
				return nil, err
			}
			return key.Bytes(), nil
		},
		func(private []byte) ([]byte, error) {
			key, err := c.NewPrivateKey(private)
			if err != nil {
				return nil, err
			}
			return key.PublicKey().Bytes(), nil
		},
		func(public []byte) error {
			_, err := c.NewPublicKey(public)
			return err
		},
	}
}

// weierstrass returns a curve of FIPS 186-5 by its name.
func weierstrass(named string) (curve, error) {
	c, e, err := nistCurve(named)
	if err != nil {
		return curve{}, err
	}
	size := (e.Params().BitSize + 7) / 8
	return agreeing(c, size, 1+2*size), nil
}

func nistCurve(named string) (ecdh.Curve, elliptic.Curve, error) {
	switch named {
	case "P-256":
		return ecdh.P256(), elliptic.P256(), nil
	case "P-384":
		return ecdh.P384(), elliptic.P384(), nil
	case "P-521":
		return ecdh.P521(), elliptic.P521(), nil
	}
	return nil, nil, fmt.Errorf("crypto: there is no curve %q", named)
}

// decompress returns a point in the uncompressed form, which alone keys have here.
func decompress(named string, point []byte) ([]byte, error) {
	_, e, err := nistCurve(named)
	size := 0
	if err == nil {
		size = (e.Params().BitSize + 7) / 8
	}
	if err != nil || len(point) != 1+size || (point[0] != 2 && point[0] != 3) {
		return point, err
	}
	x, y := elliptic.UnmarshalCompressed(e, point)
	if x == nil {
		return nil, errors.New("crypto: no point of the curve")
	}
	out := make([]byte, 1+2*size)
	out[0] = 4
	x.FillBytes(out[1 : 1+size])
	y.FillBytes(out[1+size:])
	return out, nil
}

// privateECDSA makes the key that crypto/ecdsa signs with.
func privateECDSA(named string, private []byte) (*ecdsa.PrivateKey, error) {
	_, e, err := nistCurve(named)
	if err != nil {
		return nil, err
	}
	return ecdsa.ParseRawPrivateKey(e, private)
}

// publicECDSA makes the key that crypto/ecdsa verifies with.
func publicECDSA(named string, point []byte) (*ecdsa.PublicKey, error) {
	_, e, err := nistCurve(named)
	if err != nil {
		return nil, err
	}
	return ecdsa.ParseUncompressedPublicKey(e, point)
}

// agree derives the secret of a private key and the other side's public one.
func agree(name, named string, private, public []byte) ([]byte, error) {
	if name == "X448" {
		var secret, point, shared x448.Key
		if len(private) != x448.Size || len(public) != x448.Size {
			return nil, errKeys
		}
		copy(secret[:], private)
		copy(point[:], public)
		if !x448.Shared(&shared, &secret, &point) {
			return nil, errKeys
		}
		return shared[:], nil
	}
	c := ecdh.Curve(ecdh.X25519())
	if name == "ECDH" {
		var err error
		if c, _, err = nistCurve(named); err != nil {
			return nil, err
		}
	}
	secret, err := c.NewPrivateKey(private)
	if err != nil {
		return nil, errKeys
	}
	point, err := c.NewPublicKey(public)
	if err != nil {
		return nil, errKeys
	}
	shared, err := secret.ECDH(point)
	if err != nil { // a point of small order
		return nil, errKeys
	}
	return shared, nil
}
