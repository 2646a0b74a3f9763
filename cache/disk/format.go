package disk

import (
	"encoding/binary"
	"hash/crc32"

	"hedge/cache"
)

// formatVersion is that of both files. What another version wrote is thrown away.
const formatVersion = 2

const (
	slotBytes   = 64
	headerBytes = unit // before the first slot
	slotRuns    = 2    // runs that a slot has room for
	moreRuns    = 5    // runs that a slot for more of them has room for
)

// magic begins the table.
const magic = "hedge cache\n\x00\x00\x00\x00"

// header begins the table.
type header struct {
	salt  [32]byte // random, made when the folder was emptied
	check [16]byte // by which the key that the folder is encrypted with is known; zeros: it is not
	era   uint32   // how often the folder has been opened
}

// bytes: magic, version, era, salt, check, CRC.
func (h *header) bytes() []byte {
	b := append(make([]byte, 0, headerBytes), magic...)
	b = binary.LittleEndian.AppendUint32(b, formatVersion)
	b = binary.LittleEndian.AppendUint32(b, h.era)
	b = append(append(b, h.salt[:]...), h.check[:]...)
	return binary.LittleEndian.AppendUint32(b, crc(b))[:headerBytes]
}

// parseHeader reports whether the bytes are the header of a folder of this version.
func parseHeader(b []byte) (h header, ok bool) {
	const fields = 16 + 4 + 4 + 32 + 16
	if len(b) < headerBytes || string(b[:16]) != magic || binary.LittleEndian.Uint32(b[16:]) != formatVersion ||
		binary.LittleEndian.Uint32(b[fields:]) != crc(b[:fields]) {
		return header{}, false
	}
	h.era = binary.LittleEndian.Uint32(b[20:])
	copy(h.salt[:], b[24:])
	copy(h.check[:], b[56:])
	return h, true
}

// crc is CRC-32C, for which processors have an instruction.
func crc(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// shortKey is what a slot has of a key: its first eight bytes, and whose it is. The whole of
// it is in the entry's head, so that two that have one short key, which an app may bring about
// for its own, push each other out and are never taken for each other.
type shortKey [16]byte

func short(k cache.Key) (s shortKey) {
	copy(s[:8], k[:8])
	binary.LittleEndian.PutUint64(s[8:], k.App())
	return s
}

// What a slot is.
const (
	slotFree  = iota
	slotEntry // an entry
	slotMore  // more runs of an entry
)

// slot is an entry in memory. There are many, so it has no pointers.
type slot struct {
	key     shortKey
	id      uint64        // of the head
	content uint64        // the ID under which the blocks of the content are sealed
	runs    [slotRuns]run // the first units; the head comes first
	head    uint32        // how many bytes of them are the head
	more    uint32        // the slot that has more runs; 0: none has

	chain       uint32 // the next slot of the same bucket
	newer, last uint32 // neighbours in a queue: the one that came later, and the one before
	kind        uint8
	queue       uint8
	hits        uint8 // since it was last looked at for eviction, at most maxHits
}

// A slot on the disk is 64 bytes: CRC, kind, and
//
//	of an entry:  key, ID, content's ID, 2 runs, head, more
//	of more runs: number of runs, ID of the entry, slot with yet more, 5 runs
//
// The CRC covers the slot's number as well. Zeros are a free slot.

func appendRun(b []byte, r run) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, r.start), r.count)
}

func parseRun(b []byte) run {
	return run{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])}
}

// entryBytes is the slot of an entry on the disk.
func (s *slot) entryBytes(n uint32) (out [slotBytes]byte) {
	b := append(out[:4], slotEntry, 0, 0, 0)
	b = append(b, s.key[:]...)
	b = binary.LittleEndian.AppendUint64(b, s.id)
	b = binary.LittleEndian.AppendUint64(b, s.content)
	for _, r := range s.runs {
		b = appendRun(b, r)
	}
	b = binary.LittleEndian.AppendUint32(b, s.head)
	binary.LittleEndian.AppendUint32(b, s.more)
	return sealSlot(out, n)
}

// moreBytes is a slot for more runs of the entry id; next is the one after it.
func moreBytes(n uint32, id uint64, next uint32, runs []run) (out [slotBytes]byte) {
	b := append(out[:4], slotMore, byte(len(runs)), 0, 0)
	b = binary.LittleEndian.AppendUint64(b, id)
	b = append(binary.LittleEndian.AppendUint32(b, next), 0, 0, 0, 0)
	for _, r := range runs {
		b = appendRun(b, r)
	}
	return sealSlot(out, n)
}

func sealSlot(b [slotBytes]byte, n uint32) [slotBytes]byte {
	binary.LittleEndian.PutUint32(b[:], slotCRC(&b, n))
	return b
}

func slotCRC(b *[slotBytes]byte, n uint32) uint32 {
	number := [4]byte(binary.LittleEndian.AppendUint32(nil, n))
	return crc32.Update(crc(b[4:]), crc32.MakeTable(crc32.Castagnoli), number[:])
}

// stored is a slot as it is on the disk.
type stored struct {
	slot
	list []run // of slotMore
}

// parseSlot reads a slot; one that is damaged is free.
func parseSlot(b *[slotBytes]byte, n uint32) (s stored) {
	if b[4] == slotFree || binary.LittleEndian.Uint32(b[:]) != slotCRC(b, n) {
		return stored{}
	}
	switch b[4] {
	case slotEntry:
		s.kind = slotEntry
		s.key = shortKey(b[8:24])
		s.id, s.content = binary.LittleEndian.Uint64(b[24:]), binary.LittleEndian.Uint64(b[32:])
		s.runs = [slotRuns]run{parseRun(b[40:]), parseRun(b[48:])}
		s.head, s.more = binary.LittleEndian.Uint32(b[56:]), binary.LittleEndian.Uint32(b[60:])
	case slotMore:
		s.kind = slotMore
		s.id, s.more = binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint32(b[16:])
		for i := range min(int(b[5]), moreRuns) {
			s.list = append(s.list, parseRun(b[24+8*i:]))
		}
	}
	return s
}
