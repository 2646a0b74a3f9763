package crypto

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
)

// spki is SubjectPublicKeyInfo (RFC 5280 §4.1).
type spki struct {
	Algorithm pkix.AlgorithmIdentifier
	PublicKey asn1.BitString
}

// pkcs8 is PrivateKeyInfo (RFC 5208 §5); what may follow is not looked at.
type pkcs8 struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
}

// ecPrivateKey is that of RFC 5915 §3.
type ecPrivateKey struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

func ecOID() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1} }

// curveOID returns the identifier of an algorithm (RFC 8410 §3), or of the curve of one
// that has several (RFC 5480 §2.1.1.1).
func curveOID(name, named string) asn1.ObjectIdentifier {
	switch name + named {
	case "X25519":
		return asn1.ObjectIdentifier{1, 3, 101, 110}
	case "X448":
		return asn1.ObjectIdentifier{1, 3, 101, 111}
	case "Ed25519":
		return asn1.ObjectIdentifier{1, 3, 101, 112}
	case "Ed448":
		return asn1.ObjectIdentifier{1, 3, 101, 113}
	}
	switch named {
	case "P-256":
		return asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	case "P-384":
		return asn1.ObjectIdentifier{1, 3, 132, 0, 34}
	case "P-521":
		return asn1.ObjectIdentifier{1, 3, 132, 0, 35}
	}
	return nil
}

// identifier returns what stands in front of a curve's keys.
func identifier(name, named string) (pkix.AlgorithmIdentifier, error) {
	oid := curveOID(name, named)
	if named == "" {
		return pkix.AlgorithmIdentifier{Algorithm: oid}, nil
	}
	parameters, err := asn1.Marshal(oid)
	return pkix.AlgorithmIdentifier{Algorithm: ecOID(), Parameters: asn1.RawValue{FullBytes: parameters}}, err
}

var errDER = errors.New("crypto: malformed key")

// unmarshal reads the whole of der.
func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errDER
	}
	return err
}

// isOf reports whether an identifier is that of a curve.
func isOf(id pkix.AlgorithmIdentifier, name, named string) bool {
	if named == "" {
		return id.Algorithm.Equal(curveOID(name, named)) && len(id.Parameters.FullBytes) == 0
	}
	var oid asn1.ObjectIdentifier
	return id.Algorithm.Equal(ecOID()) && unmarshal(id.Parameters.FullBytes, &oid) == nil && oid.Equal(curveOID(name, named))
}

// parseSPKI returns the public key of a curve.
func parseSPKI(name, named string, der []byte) ([]byte, error) {
	var key spki
	if err := unmarshal(der, &key); err != nil {
		return nil, err
	}
	if !isOf(key.Algorithm, name, named) || key.PublicKey.BitLength%8 != 0 {
		return nil, errDER
	}
	return key.PublicKey.Bytes, nil
}

func marshalSPKI(name, named string, public []byte) ([]byte, error) {
	id, err := identifier(name, named)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(spki{id, asn1.BitString{Bytes: public, BitLength: 8 * len(public)}})
}

// parsePKCS8 returns the private key of a curve.
func parsePKCS8(name, named string, der []byte) ([]byte, error) {
	var key pkcs8
	if err := unmarshal(der, &key); err != nil {
		return nil, err
	}
	if !isOf(key.Algorithm, name, named) {
		return nil, errDER
	}
	if named == "" {
		var private []byte
		err := unmarshal(key.PrivateKey, &private)
		return private, err
	}
	var inner ecPrivateKey
	if err := unmarshal(key.PrivateKey, &inner); err != nil {
		return nil, err
	}
	if inner.Version != 1 || (inner.Curve != nil && !inner.Curve.Equal(curveOID(name, named))) {
		return nil, errDER
	}
	return inner.PrivateKey, nil
}

func marshalPKCS8(name, named string, private, public []byte) ([]byte, error) {
	id, err := identifier(name, named)
	if err != nil {
		return nil, err
	}
	var inner []byte
	if named == "" {
		inner, err = asn1.Marshal(private)
	} else {
		inner, err = asn1.Marshal(ecPrivateKey{Version: 1, PrivateKey: private, PublicKey: asn1.BitString{Bytes: public, BitLength: 8 * len(public)}})
	}
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(pkcs8{0, id, inner})
}
