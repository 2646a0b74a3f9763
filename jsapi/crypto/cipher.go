package crypto

import (
	"crypto/aes"
	stdcipher "crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// cipherCall is what encrypting and decrypting get.
type cipherCall struct {
	name, hash      string
	number          int    // the length of a counter or of a tag, in bits
	key             []byte // its material
	parameter, more []byte // iv, counter or label; and the additional data
	data            []byte
}

func readCipherCall(c call) cipherCall {
	return cipherCall{name: c.text(), hash: c.text(), number: c.number(), key: c.bytes(), parameter: c.bytes(), more: c.bytes(), data: c.bytes()}
}

var errCannotDecrypt = errors.New("crypto: cannot decrypt")

func encrypt(c call) ([][]byte, error) {
	in := readCipherCall(c)
	out, err := in.encrypt()
	if err != nil {
		return nil, operationError(err, "%s: the data cannot be encrypted", in.name)
	}
	return [][]byte{out}, nil
}

func decrypt(c call) ([][]byte, error) {
	in := readCipherCall(c)
	out, err := in.decrypt()
	if err != nil {
		return nil, operationError(err, "%s: the data cannot be decrypted", in.name)
	}
	return [][]byte{out}, nil
}

func (in *cipherCall) encrypt() ([]byte, error) {
	if in.name == "RSA-OAEP" {
		hash, err := hashOf(in.hash)
		if err != nil {
			return nil, err
		}
		key, err := parseRSAPublic(in.key)
		if err != nil {
			return nil, err
		}
		return rsa.EncryptOAEP(hash.New(), rand.Reader, key, in.data, in.parameter)
	}
	block, err := aes.NewCipher(in.key)
	if err != nil {
		return nil, err
	}
	switch in.name {
	case "AES-CBC":
		padding := aes.BlockSize - len(in.data)%aes.BlockSize // PKCS #7
		padded := make([]byte, len(in.data)+padding)
		for i := copy(padded, in.data); i < len(padded); i++ {
			padded[i] = byte(padding)
		}
		stdcipher.NewCBCEncrypter(block, in.parameter).CryptBlocks(padded, padded)
		return padded, nil
	case "AES-CTR":
		return counter(block, in.parameter, in.number, in.data)
	case "AES-GCM":
		gcm, err := stdcipher.NewGCMWithNonceSize(block, len(in.parameter))
		if err != nil {
			return nil, err
		}
		sealed := gcm.Seal(nil, in.parameter, in.data, in.more)
		return sealed[:len(sealed)-gcm.Overhead()+in.number/8], nil
	case "AES-KW":
		return wrap(block, in.data)
	}
	return nil, fmt.Errorf("crypto: %s does not encrypt", in.name)
}

func (in *cipherCall) decrypt() ([]byte, error) {
	if in.name == "RSA-OAEP" {
		hash, err := hashOf(in.hash)
		if err != nil {
			return nil, err
		}
		key, err := parseRSAPrivate(in.key)
		if err != nil {
			return nil, err
		}
		return rsa.DecryptOAEP(hash.New(), rand.Reader, key, in.data, in.parameter)
	}
	block, err := aes.NewCipher(in.key)
	if err != nil {
		return nil, err
	}
	switch in.name {
	case "AES-CBC":
		return decryptCBC(block, in.parameter, in.data)
	case "AES-CTR":
		return counter(block, in.parameter, in.number, in.data)
	case "AES-GCM":
		return openGCM(block, in.parameter, in.more, in.data, in.number/8)
	case "AES-KW":
		return unwrap(block, in.data)
	}
	return nil, fmt.Errorf("crypto: %s does not decrypt", in.name)
}

func decryptCBC(block stdcipher.Block, iv, data []byte) ([]byte, error) {
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errCannotDecrypt
	}
	out := make([]byte, len(data))
	stdcipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	padding := int(out[len(out)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, errCannotDecrypt
	}
	for _, b := range out[len(out)-padding:] {
		if int(b) != padding {
			return nil, errCannotDecrypt
		}
	}
	return out[:len(out)-padding], nil
}

// openGCM opens what has a tag of so many bytes. Go's GCM knows no tags shorter than
// twelve: as GCM encrypts by XOR, sealing the ciphertext gives the plaintext, and
// sealing that the whole tag, of which a shorter one is the beginning.
func openGCM(block stdcipher.Block, iv, more, data []byte, tag int) ([]byte, error) {
	gcm, err := stdcipher.NewGCMWithNonceSize(block, len(iv))
	if err != nil {
		return nil, err
	}
	if tag == gcm.Overhead() {
		return gcm.Open(nil, iv, data, more)
	}
	if len(data) < tag {
		return nil, errCannotDecrypt
	}
	text, given := data[:len(data)-tag], data[len(data)-tag:]
	plain := gcm.Seal(nil, iv, text, nil)[:len(text)]
	again := gcm.Seal(nil, iv, plain, more)
	if subtle.ConstantTimeCompare(again[len(text):len(text)+tag], given) != 1 {
		return nil, errCannotDecrypt
	}
	return plain, nil
}

// counter encrypts, or decrypts, in counter mode with a counter in the last bits of
// the initial block, which begins anew at 0 behind its last value.
func counter(block stdcipher.Block, initial []byte, bits int, data []byte) ([]byte, error) {
	blocks := new(big.Int).SetUint64(uint64(len(data)+aes.BlockSize-1) / aes.BlockSize)
	limit := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	if blocks.Cmp(limit) > 0 {
		return nil, errors.New("crypto: the counter is too short for the data")
	}
	at := new(big.Int).SetBytes(initial)
	value := new(big.Int).Mod(at, limit)
	out := make([]byte, len(data))
	whole := len(data)
	if left := limit.Sub(limit, value); left.Cmp(blocks) < 0 {
		whole = int(left.Int64()) * aes.BlockSize
	}
	stdcipher.NewCTR(block, initial).XORKeyStream(out[:whole], data[:whole])
	if whole < len(data) {
		again := at.Sub(at, value).FillBytes(make([]byte, aes.BlockSize))
		stdcipher.NewCTR(block, again).XORKeyStream(out[whole:], data[whole:])
	}
	return out, nil
}

// kwIV is the initial value of RFC 3394 §2.2.3.1.
const kwIV = 0xa6a6a6a6a6a6a6a6

// wrap wraps a key (RFC 3394 §2.2.1).
func wrap(block stdcipher.Block, key []byte) ([]byte, error) {
	if len(key) < 16 || len(key)%8 != 0 {
		return nil, errors.New("crypto: AES-KW takes at least 16 bytes, and multiples of 8")
	}
	out := make([]byte, 8+len(key))
	copy(out[8:], key)
	var b [aes.BlockSize]byte
	a := uint64(kwIV)
	for t := range 6 * len(key) / 8 {
		r := out[8+8*(t%(len(key)/8)):]
		binary.BigEndian.PutUint64(b[:], a)
		copy(b[8:], r[:8])
		block.Encrypt(b[:], b[:])
		a = binary.BigEndian.Uint64(b[:]) ^ uint64(t+1)
		copy(r, b[8:])
	}
	binary.BigEndian.PutUint64(out, a)
	return out, nil
}

// unwrap does the reverse (RFC 3394 §2.2.2).
func unwrap(block stdcipher.Block, wrapped []byte) ([]byte, error) {
	if len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil, errCannotDecrypt
	}
	out := append([]byte(nil), wrapped[8:]...)
	var b [aes.BlockSize]byte
	a := binary.BigEndian.Uint64(wrapped)
	for t := 6*len(out)/8 - 1; t >= 0; t-- {
		r := out[8*(t%(len(out)/8)):]
		binary.BigEndian.PutUint64(b[:], a^uint64(t+1))
		copy(b[8:], r[:8])
		block.Decrypt(b[:], b[:])
		a = binary.BigEndian.Uint64(b[:])
		copy(r, b[8:])
	}
	binary.BigEndian.PutUint64(b[:], a)
	var want [8]byte
	binary.BigEndian.PutUint64(want[:], kwIV)
	if subtle.ConstantTimeCompare(b[:8], want[:]) != 1 {
		return nil, errCannotDecrypt
	}
	return out, nil
}
