package crypto

import (
	"bytes"
	"errors"
	"slices"
)

// importKey takes the names of an algorithm, a curve, the key's type and its form; then
// the form's byte strings. It returns the key's material, for RSA followed by the
// exponent and the modulus's length.
func importKey(c call) ([][]byte, error) {
	name, named, kind, form := c.text(), c.text(), c.text(), c.text()
	count := c.number()
	if count < 1 || count > maxArguments {
		return nil, errMalformed
	}
	parts := make([][]byte, count)
	for i := range parts {
		parts[i] = c.bytes()
	}
	var out [][]byte
	var err error
	if isRSA(name) {
		out, err = importRSA(kind, form, parts)
	} else {
		out, err = importCurve(name, named, kind, form, parts)
	}
	if err != nil {
		return nil, dataError(err, "%s: this is no %s key in the form %s", name, kind, form)
	}
	return out, nil
}

func isRSA(name string) bool {
	return name == "RSA-OAEP" || name == "RSA-PSS" || name == "RSASSA-PKCS1-v1_5"
}

var errKey = errors.New("crypto: not a key")

func importCurve(name, named, kind, form string, parts [][]byte) ([][]byte, error) {
	curve, err := curveOf(name, named)
	if err != nil {
		return nil, err
	}
	key := parts[0]
	switch form {
	case "spki":
		key, err = parseSPKI(name, named, key)
	case "pkcs8":
		key, err = parsePKCS8(name, named, key)
	case "jwk":
		return importCurveJWK(curve, named, kind, parts)
	}
	if err != nil {
		return nil, err
	}
	if kind == "private" {
		if len(key) != curve.private {
			return nil, errKey
		}
		_, err = curve.open(key)
		return [][]byte{key}, err
	}
	if named != "" {
		if key, err = decompress(named, key); err != nil {
			return nil, err
		}
	}
	return [][]byte{key}, curve.verify(key)
}

// verify returns an error for what is no public key.
func (c curve) verify(public []byte) error {
	if len(public) != c.public {
		return errKey
	}
	return c.check(public)
}

// importCurveJWK takes the members x, y, if the curve has such a thing, and d, if the
// key is private.
func importCurveJWK(c curve, named, kind string, parts [][]byte) ([][]byte, error) {
	public := parts[0]
	rest := parts[1:]
	if named != "" {
		if len(rest) == 0 || len(public) != c.private || len(rest[0]) != c.private {
			return nil, errKey
		}
		public = slices.Concat([]byte{4}, public, rest[0])
		rest = rest[1:]
	}
	if err := c.verify(public); err != nil {
		return nil, err
	}
	if kind == "public" {
		return [][]byte{public}, nil
	}
	if len(rest) == 0 || len(rest[0]) != c.private {
		return nil, errKey
	}
	open, err := c.open(rest[0])
	if err != nil || !bytes.Equal(open, public) {
		return nil, errors.Join(errKey, err)
	}
	return [][]byte{rest[0]}, nil
}

// exportKey takes the names of an algorithm, a curve, the key's type and its form; then
// its material.
func exportKey(c call) ([][]byte, error) {
	name, named, kind, form := c.text(), c.text(), c.text(), c.text()
	material := c.bytes()
	var out [][]byte
	var err error
	if isRSA(name) {
		out, err = exportRSA(kind, form, material)
	} else {
		out, err = exportCurve(name, named, kind, form, material)
	}
	if err != nil {
		return nil, operationError(err, "%s: the key cannot be exported", name)
	}
	return out, nil
}

func exportCurve(name, named, kind, form string, material []byte) ([][]byte, error) {
	curve, err := curveOf(name, named)
	if err != nil {
		return nil, err
	}
	public := material
	if kind == "private" {
		if public, err = curve.open(material); err != nil {
			return nil, err
		}
	}
	var out []byte
	switch form {
	case "raw":
		return [][]byte{public}, nil
	case "spki":
		out, err = marshalSPKI(name, named, public)
		return [][]byte{out}, err
	case "pkcs8":
		out, err = marshalPKCS8(name, named, material, public)
		return [][]byte{out}, err
	}
	fields := [][]byte{public}
	if named != "" {
		half := 1 + len(public)/2
		fields = [][]byte{public[1:half], public[half:]}
	}
	if kind == "private" {
		fields = append(fields, material)
	}
	return fields, nil
}

// generate takes the names of an algorithm and a curve; and for RSA the modulus's
// length and the exponent. It returns the material of the private and of the public
// key, for RSA followed by the exponent and the modulus's length.
func generate(c call) ([][]byte, error) {
	name, named := c.text(), c.text()
	bits, exponent := c.number(), c.bytes()
	if isRSA(name) {
		out, err := generateRSA(bits, exponent)
		if err != nil {
			return nil, operationError(err, "%s: %v", name, err)
		}
		return out, nil
	}
	curve, err := curveOf(name, named)
	if err != nil {
		return nil, err
	}
	private, err := curve.generate()
	if err != nil {
		return nil, operationError(err, "%s: no key could be made", name)
	}
	public, err := curve.open(private)
	return [][]byte{private, public}, err
}
