package disk

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// errDamaged says that bytes are not those that were written.
var errDamaged = errors.New("cache: an entry on the disk is damaged")

// headBlock is the number under which a head is sealed.
const headBlock = 1<<32 - 1

// sealer proves that bytes are those of a block: of that entry, at that place.
type sealer interface {
	// sumBytes is how long a sum is.
	sumBytes() int
	// seal returns what is to be written for a block, which may be the block itself, and
	// its sum, appended to sum.
	seal(sum, block []byte, id uint64, n uint32) (written, sums []byte)
	// open brings back the bytes of a block that has been read, in place, or fails with
	// errDamaged. If it needs room, that for a sum behind the block is written to.
	open(block []byte, id uint64, n uint32, sum []byte) error
	needsRoom() bool
}

// place is whose a block is and where it belongs.
func place(id uint64, n uint32) (p [12]byte) {
	binary.BigEndian.PutUint64(p[:], id)
	binary.BigEndian.PutUint32(p[8:], n)
	return p
}

// checksum is a sealer against disks that fail. Two CRCs with different polynomials miss
// what a CRC of 64 bits would; processors have instructions for both.
type checksum struct{ castagnoli *crc32.Table }

func newChecksum() checksum { return checksum{crc32.MakeTable(crc32.Castagnoli)} }

func (checksum) sumBytes() int { return 8 }

func (checksum) needsRoom() bool { return false }

func (c checksum) sum(block []byte, id uint64, n uint32) uint64 {
	p := place(id, n)
	one := crc32.Update(crc32.Update(0, c.castagnoli, p[:]), c.castagnoli, block)
	two := crc32.Update(crc32.Update(0, crc32.IEEETable, p[:]), crc32.IEEETable, block)
	return uint64(one)<<32 | uint64(two)
}

func (c checksum) seal(sum, block []byte, id uint64, n uint32) (written, sums []byte) {
	return block, binary.LittleEndian.AppendUint64(sum, c.sum(block, id, n))
}

func (c checksum) open(block []byte, id uint64, n uint32, sum []byte) error {
	if binary.LittleEndian.Uint64(sum) != c.sum(block, id, n) {
		return errDamaged
	}
	return nil
}

// encryption is a sealer for disks that others may read: AES-256-GCM, whose tags are the
// sums.
//
// A nonce must never be used twice with one key. It is the ID of 64 bits and the number
// of the block. An ID is an era and a counter; the era is counted up, and brought to the
// disk, each time the folder is opened, before anything is written; the counter begins
// anew in each era and does not overflow (see Store.newID). Blocks of an ID are numbered,
// and written once: a head when it is committed, a block of content when it is full or
// the content ends; a failed write is not repeated with other bytes. An emptied folder
// begins with a new salt, from which the key is derived, and so with a new key. What
// remains is a folder that is copied, and then used twice with one key: do not.
type encryption struct{ aead cipher.AEAD }

// newEncryption derives what a folder is encrypted with, and by what that is known.
func newEncryption(key []byte, salt [32]byte) (e encryption, check [16]byte, err error) {
	derived, err := hkdf.Key(sha256.New, key, salt[:], "hedge cache on disk", 32+len(check))
	if err != nil {
		return encryption{}, check, err
	}
	block, err := aes.NewCipher(derived[:32])
	if err != nil {
		return encryption{}, check, err
	}
	e.aead, err = cipher.NewGCM(block)
	return e, [16]byte(derived[32:]), err
}

func (e encryption) sumBytes() int { return e.aead.Overhead() }

func (encryption) needsRoom() bool { return true }

func (e encryption) seal(sum, block []byte, id uint64, n uint32) (written, sums []byte) {
	nonce := place(id, n)
	sealed := e.aead.Seal(nil, nonce[:], block, nil)
	return sealed[:len(block)], append(sum, sealed[len(block):]...)
}

func (e encryption) open(block []byte, id uint64, n uint32, sum []byte) error {
	nonce := place(id, n)
	sealed := append(block, sum...)
	if _, err := e.aead.Open(sealed[:0], nonce[:], sealed, nil); err != nil {
		return errDamaged
	}
	return nil
}
