package proxyproto

import (
	"bytes"
	"encoding/binary"
	"errors"
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
	// one whose address it does not know.
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
)

func readV2(r io.Reader) (Header, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Header{}, err
	}
	length := int(binary.BigEndian.Uint16(head[2:]))
	version, command := head[0]>>4, head[0]&0xF
	if version != 2 || command > 1 || length > maxV2 {
		return Header{}, ErrMalformed
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(r, rest); err != nil {
		return Header{}, err
	}
	if command == 0 { // LOCAL: whatever follows is to be skipped
		return Header{}, nil
	}
	return parseV2(head[1], rest)
}

func parseV2(family byte, rest []byte) (Header, error) {
	size := 0
	switch family {
	case unspecified:
		return Header{}, nil
	case tcp4:
		size = 4
	case tcp6:
		size = 16
	default: // datagrams and sockets of Unix do not lead here
		return Header{}, ErrMalformed
	}
	if len(rest) < 2*size+4 {
		return Header{}, ErrMalformed
	}
	source, _ := netip.AddrFromSlice(rest[:size])
	destination, _ := netip.AddrFromSlice(rest[size : 2*size])
	ports := rest[2*size:]
	h := Header{
		netip.AddrPortFrom(source.Unmap(), binary.BigEndian.Uint16(ports)),
		netip.AddrPortFrom(destination.Unmap(), binary.BigEndian.Uint16(ports[2:])),
	}
	if err := skipTLVs(ports[4:]); err != nil {
		return Header{}, err
	}
	return h, nil
}

// skipTLVs passes over what else a header says, which has to be well-formed all the same.
func skipTLVs(p []byte) error {
	for len(p) > 0 {
		if len(p) < 3 {
			return ErrMalformed
		}
		n := 3 + int(binary.BigEndian.Uint16(p[1:]))
		if n > len(p) {
			return ErrMalformed
		}
		p = p[n:]
	}
	return nil
}
