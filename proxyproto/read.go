package proxyproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// signature begins a header of version 2.
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// maxV1 is the longest header of version 1, with its CRLF, and maxV2 the most that one of
// version 2 may have behind its first 16 bytes here; the protocol allows 64 KiB.
const (
	maxV1 = 107
	maxV2 = 4 << 10
)

// ErrMalformed says that a connection does not begin with a header.
var ErrMalformed = errors.New("proxyproto: the connection does not begin with a header of the PROXY protocol")

// Header is what a header says.
type Header struct {
	// Source is the client, and Destination what it has connected to. Both are invalid
	// if the header speaks of no client: a check of the load balancer's own (LOCAL), or
	// one whose address it does not know, or that came over a Unix socket.
	Source, Destination netip.AddrPort
}

// Read reads a header off r, to its last byte. Its error is ErrMalformed or that of r.
func Read(r io.Reader) (Header, error) {
	var start [len(signature)]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return Header{}, err
	}
	switch {
	case string(start[:]) == signature:
		return readV2(r)
	case bytes.HasPrefix(start[:], []byte("PROXY ")):
		return readV1(r, start[:])
	}
	return Header{}, ErrMalformed
}

// readV1 reads the rest of a line, which has no length: byte by byte, as those behind
// it belong to somebody else.
func readV1(r io.Reader, line []byte) (Header, error) {
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		if len(line) == maxV1 {
			return Header{}, ErrMalformed
		}
		var one [1]byte
		if _, err := io.ReadFull(r, one[:]); err != nil {
			return Header{}, err
		}
		line = append(line, one[0])
	}
	return parseV1(string(line[:len(line)-2]))
}

func parseV1(line string) (Header, error) {
	if line == "PROXY UNKNOWN" || strings.HasPrefix(line, "PROXY UNKNOWN ") {
		return Header{}, nil
	}
	parts := strings.Split(line, " ")
	if len(parts) != 6 || parts[1] != "TCP4" && parts[1] != "TCP6" {
		return Header{}, ErrMalformed
	}
	source, ok1 := endpoint(parts[2], parts[4], parts[1] == "TCP4")
	destination, ok2 := endpoint(parts[3], parts[5], parts[1] == "TCP4")
	if !ok1 || !ok2 {
		return Header{}, ErrMalformed
	}
	return Header{source, destination}, nil
}

// endpoint reads an address and a port in their one form.
func endpoint(address, port string, four bool) (netip.AddrPort, bool) {
	addr, err := netip.ParseAddr(address)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || addr.Is4() != four || addr.Zone() != "" || strconv.FormatUint(number, 10) != port {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), true
}

// The families of addresses, with TCP, and how long their addresses are.
const (
	unspecified = 0x00
	tcp4        = 0x11
	tcp6        = 0x21
	unix        = 0x31
)

// unixSize is the length of two addresses of Unix sockets.
const unixSize = 2 * 108

// headSize is the length of what begins every header of version 2.
const headSize = len(signature) + 4

func readV2(r io.Reader) (Header, error) {
	header := append(make([]byte, 0, 64), signature...)
	header = header[:headSize]
	if _, err := io.ReadFull(r, header[len(signature):]); err != nil {
		return Header{}, err
	}
	versionAndCommand, family := header[len(signature)], header[len(signature)+1]
	length := int(binary.BigEndian.Uint16(header[headSize-2:]))
	version, command := versionAndCommand>>4, versionAndCommand&0xF
	if version != 2 || command > 1 || length > maxV2 {
		return Header{}, ErrMalformed
	}
	header = append(header, make([]byte, length)...)
	if _, err := io.ReadFull(r, header[headSize:]); err != nil {
		return Header{}, err
	}
	if command == 0 { // LOCAL: whatever follows is to be skipped
		return Header{}, nil
	}
	return parseV2(family, header)
}

// parseV2 reads a whole header.
func parseV2(family byte, header []byte) (Header, error) {
	rest := header[headSize:]
	size := 0
	switch family {
	case unspecified:
		return Header{}, nil
	case unix:
		if len(rest) < unixSize {
			return Header{}, ErrMalformed
		}
		return Header{}, checkTLVs(header, headSize+unixSize)
	case tcp4:
		size = 4
	case tcp6:
		size = 16
	default: // datagrams do not lead here
		return Header{}, ErrMalformed
	}
	if len(rest) < 2*size+4 {
		return Header{}, ErrMalformed
	}
	source, _ := netip.AddrFromSlice(rest[:size])
	destination, _ := netip.AddrFromSlice(rest[size : 2*size])
	ports := rest[2*size:]
	if err := checkTLVs(header, headSize+2*size+4); err != nil {
		return Header{}, err
	}
	return Header{
		netip.AddrPortFrom(source.Unmap(), binary.BigEndian.Uint16(ports)),
		netip.AddrPortFrom(destination.Unmap(), binary.BigEndian.Uint16(ports[2:])),
	}, nil
}

// typeCRC32C is the type of the sum of a header (§2.2.3 of the protocol).
const typeCRC32C = 0x03

// checkTLVs passes over what else a header says from a place on, which has to be
// well-formed all the same; and if it has a sum, that has to be right.
func checkTLVs(header []byte, from int) error {
	for at := from; at < len(header); {
		if len(header)-at < 3 {
			return ErrMalformed
		}
		value := at + 3
		next := value + int(binary.BigEndian.Uint16(header[at+1:]))
		if next > len(header) || header[at] == typeCRC32C && !sumIsRight(header, header[value:next]) {
			return ErrMalformed
		}
		at = next
	}
	return nil
}

// sumIsRight compares the sum, which is a part of the header, and which it leaves at zero.
func sumIsRight(header, sum []byte) bool {
	if len(sum) != 4 {
		return false
	}
	want := binary.BigEndian.Uint32(sum)
	clear(sum)
	return crc32.Checksum(header, crc32.MakeTable(crc32.Castagnoli)) == want
}
