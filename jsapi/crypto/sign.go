package crypto

import (
	stdcrypto "crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"fmt"
	"math/big"

	"github.com/cloudflare/circl/sign/ed448"
)

// signCall is what signing and verifying get.
type signCall struct {
	name, named, hashName string
	hash                  stdcrypto.Hash
	salt                  int    // the length of that of RSA-PSS, in bytes
	key                   []byte // its material
	context               []byte // of Ed448
	data, signature       []byte
}

func readSignCall(c call) (signCall, error) {
	in := signCall{
		name: c.text(), named: c.text(), hashName: c.text(), salt: c.number(), key: c.bytes(), context: c.bytes(), data: c.bytes(), signature: c.bytes(),
	}
	var err error
	if in.hashName != "" {
		in.hash, err = hashOf(in.hashName)
	}
	return in, err
}

func sign(c call) ([][]byte, error) {
	in, err := readSignCall(c)
	if err != nil {
		return nil, err
	}
	signature, err := in.sign()
	if err != nil {
		return nil, operationError(err, "%s: the data cannot be signed", in.name)
	}
	return [][]byte{signature}, nil
}

// verify returns one byte, 1 if the signature is right.
func verify(c call) ([][]byte, error) {
	in, err := readSignCall(c)
	if err != nil {
		return nil, err
	}
	right, err := in.verify()
	if err != nil {
		return nil, operationError(err, "%s: the signature cannot be verified", in.name)
	}
	if right {
		return [][]byte{{1}}, nil
	}
	return [][]byte{{0}}, nil
}

func (in *signCall) sign() ([]byte, error) {
	switch in.name {
	case "HMAC":
		return in.mac(), nil
	case "RSASSA-PKCS1-v1_5", "RSA-PSS":
		key, err := parseRSAPrivate(in.key)
		if err != nil {
			return nil, err
		}
		hashed := sum(in.hash, in.data)
		if in.name != "RSA-PSS" {
			return rsa.SignPKCS1v15(rand.Reader, key, in.hash, hashed)
		}
		if in.salt == 0 {
			return signUnsalted(key, in.hash, hashed)
		}
		if in.salt > key.Size()-in.hash.Size()-2 { // rsa makes the salt before it looks
			return nil, rsa.ErrMessageTooLong
		}
		return rsa.SignPSS(rand.Reader, key, in.hash, hashed, &rsa.PSSOptions{SaltLength: in.salt})
	case "ECDSA":
		return in.signECDSA()
	case "Ed25519":
		return ed25519.Sign(ed25519.NewKeyFromSeed(in.key), in.data), nil
	case "Ed448":
		return ed448.Sign(ed448.NewKeyFromSeed(in.key), in.data, string(in.context)), nil
	}
	return nil, fmt.Errorf("crypto: %s does not sign", in.name)
}

func (in *signCall) mac() []byte {
	mac := hmac.New(in.hash.New, in.key)
	mac.Write(in.data)
	return mac.Sum(nil)
}

// signECDSA writes both numbers in full length, one after the other (IEEE P1363).
func (in *signCall) signECDSA() ([]byte, error) {
	key, err := privateECDSA(in.named, in.key)
	if err != nil {
		return nil, err
	}
	r, s, err := ecdsa.Sign(rand.Reader, key, sum(in.hash, in.data))
	if err != nil {
		return nil, err
	}
	size := len(in.key)
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}

func (in *signCall) verify() (bool, error) {
	switch in.name {
	case "HMAC":
		return subtle.ConstantTimeCompare(in.mac(), in.signature) == 1, nil
	case "RSASSA-PKCS1-v1_5", "RSA-PSS":
		key, err := parseRSAPublic(in.key)
		if err != nil {
			return false, err
		}
		hashed := sum(in.hash, in.data)
		if in.name == "RSA-PSS" {
			return verifyPSS(key, in.hash, hashed, in.signature, in.salt), nil
		}
		return rsa.VerifyPKCS1v15(key, in.hash, hashed, in.signature) == nil, nil
	case "ECDSA":
		key, err := publicECDSA(in.named, in.key)
		if err != nil {
			return false, err
		}
		size := (key.Params().BitSize + 7) / 8
		if len(in.signature) != 2*size {
			return false, nil
		}
		r, s := new(big.Int).SetBytes(in.signature[:size]), new(big.Int).SetBytes(in.signature[size:])
		return ecdsa.Verify(key, sum(in.hash, in.data), r, s), nil
	case "Ed25519":
		return verifyEd25519(in.key, in.data, in.signature), nil
	case "Ed448":
		return len(in.signature) == ed448.SignatureSize && ed448.Verify(in.key, in.data, in.signature, string(in.context)), nil
	}
	return false, fmt.Errorf("crypto: %s does not verify", in.name)
}

// verifyEd25519 refuses points of small order, as Web Cryptography asks for: under
// such a key a signature would be right for other data as well.
func verifyEd25519(key, data, signature []byte) bool {
	if len(signature) != ed25519.SignatureSize || len(key) != ed25519.PublicKeySize {
		return false
	}
	return !isSmall(key) && !isSmall(signature[:32]) && ed25519.Verify(key, data, signature)
}
