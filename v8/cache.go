package v8

import (
	"encoding/binary"
	"hash/crc32"
)

// V8 checks of a compiled module that its version and its flags are right, and of
// its source the length; a damaged one ends the process. So a checksum over source
// and compiled form, 4 bytes little endian, stands at its end.

// sealCache appends the checksum.
func sealCache(source, compiled []byte) []byte {
	return binary.LittleEndian.AppendUint32(compiled, cacheSum(source, compiled))
}

// openCache returns what was sealed, or nil if that is not intact.
func openCache(source, sealed []byte) []byte {
	n := len(sealed) - 4
	if n < 0 || binary.LittleEndian.Uint32(sealed[n:]) != cacheSum(source, sealed[:n]) {
		return nil
	}
	return sealed[:n]
}

func cacheSum(source, compiled []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(source, table), table, compiled)
}
