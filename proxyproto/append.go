package proxyproto

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Append appends a header of a version, 1 or 2. Where source or destination is invalid,
// or they are of two families, it says that the client is unknown.
func Append(out []byte, version int, h Header) []byte {
	source, destination := h.Source.Addr().Unmap(), h.Destination.Addr().Unmap()
	known := source.IsValid() && destination.IsValid() && source.Is4() == destination.Is4()
	if version == 1 {
		return appendV1(out, h, source, destination, known)
	}
	out = append(out, signature...)
	switch {
	case !known:
		return append(out, 0x21, unspecified, 0, 0)
	case source.Is4():
		out = append(out, 0x21, tcp4, 0, 12)
	default:
		out = append(out, 0x21, tcp6, 0, 36)
	}
	out = append(append(out, source.AsSlice()...), destination.AsSlice()...)
	out = binary.BigEndian.AppendUint16(out, h.Source.Port())
	return binary.BigEndian.AppendUint16(out, h.Destination.Port())
}

func appendV1(out []byte, h Header, source, destination netip.Addr, known bool) []byte {
	if !known {
		return append(out, "PROXY UNKNOWN\r\n"...)
	}
	family := "TCP6"
	if source.Is4() {
		family = "TCP4"
	}
	return fmt.Appendf(out, "PROXY %s %s %s %d %d\r\n", family, source.WithZone(""), destination.WithZone(""), h.Source.Port(), h.Destination.Port())
}
