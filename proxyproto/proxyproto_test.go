package proxyproto

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
)

func header(source, destination string) Header {
	return Header{netip.MustParseAddrPort(source), netip.MustParseAddrPort(destination)}
}

func v2(command, family byte, rest string) string {
	return signature + string([]byte{0x20 | command, family, byte(len(rest) >> 8), byte(len(rest))}) + rest
}

const four = "\x01\x02\x03\x04\x05\x06\x07\x08\x30\x39\x00\x50" // 1.2.3.4:12345 to 5.6.7.8:80

func TestRead(t *testing.T) {
	known := header("1.2.3.4:12345", "5.6.7.8:80")
	six := strings.Repeat("\x00", 15) + "\x01" + strings.Repeat("\x00", 15) + "\x02" + "\x30\x39\x00\x50"
	bad := errors.New("malformed")
	for _, tt := range []struct {
		name, in string
		want     Header
		err      error
	}{
		{"v1", "PROXY TCP4 1.2.3.4 5.6.7.8 12345 80\r\n", known, nil},
		{"v1, IPv6", "PROXY TCP6 ::1 ::2 12345 80\r\n", header("[::1]:12345", "[::2]:80"), nil},
		{"v1, unknown", "PROXY UNKNOWN\r\n", Header{}, nil},
		{"v1, unknown with more", "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", Header{}, nil},
		{"v2", v2(1, tcp4, four), known, nil},
		{"v2, IPv6", v2(1, tcp6, six), header("[::1]:12345", "[::2]:80"), nil},
		{"v2, LOCAL", v2(0, tcp4, four), Header{}, nil},
		{"v2, LOCAL of any family", v2(0, 0x77, "whatever"), Header{}, nil},
		{"v2, unspecified", v2(1, unspecified, ""), Header{}, nil},
		{"v2, TLVs", v2(1, tcp4, four+"\x04\x00\x03abc"+"\x01\x00\x00"), known, nil},

		{"v2, a Unix socket", v2(1, unix, strings.Repeat("\x00", unixSize)), Header{}, nil},
		{"v2, a sum", v2(1, tcp4, four+"\x03\x00\x04\x35\xe5\xa4\x7c\x04\x00\x01a"), known, nil},

		{"HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Header{}, bad},
		{"lower case", "proxy TCP4 1.2.3.4 5.6.7.8 12345 80\r\n", Header{}, bad},
		{"bare LF", "PROXY TCP4 1.2.3.4 5.6.7.8 12345 80\n" + strings.Repeat("x", 100), Header{}, bad},
		{"two spaces", "PROXY TCP4  1.2.3.4 5.6.7.8 12345 80\r\n", Header{}, bad},
		{"a field more", "PROXY TCP4 1.2.3.4 5.6.7.8 12345 80 1\r\n", Header{}, bad},
		{"another family", "PROXY UDP4 1.2.3.4 5.6.7.8 12345 80\r\n", Header{}, bad},
		{"an address of another family", "PROXY TCP4 ::1 ::2 12345 80\r\n", Header{}, bad},
		{"an address with zeros in front", "PROXY TCP4 01.2.3.4 5.6.7.8 12345 80\r\n", Header{}, bad},
		{"a port with a zero in front", "PROXY TCP4 1.2.3.4 5.6.7.8 012345 80\r\n", Header{}, bad},
		{"a port with a sign", "PROXY TCP4 1.2.3.4 5.6.7.8 +1 80\r\n", Header{}, bad},
		{"a port too large", "PROXY TCP4 1.2.3.4 5.6.7.8 65536 80\r\n", Header{}, bad},
		{"no end", "PROXY UNKNOWN " + strings.Repeat("x", 200), Header{}, bad},
		{"v2, another version", signature + "\x31\x11\x00\x0c" + four, Header{}, bad},
		{"v2, another command", v2(2, tcp4, four), Header{}, bad},
		{"v2, too short", v2(1, tcp4, four[:11]), Header{}, bad},
		{"v2, datagrams", v2(1, 0x12, four), Header{}, bad},
		{"v2, a Unix socket, too short", v2(1, unix, strings.Repeat("\x00", unixSize-1)), Header{}, bad},
		{"v2, another sum", v2(1, tcp4, four+"\x03\x00\x04\x35\xe5\xa4\x7c\x04\x00\x01b"), Header{}, bad},
		{"v2, a sum of another length", v2(1, tcp4, four+"\x03\x00\x02ab"), Header{}, bad},
		{"v2, half a TLV", v2(1, tcp4, four+"\x04\x00\x09abc"), Header{}, bad},
		{"v2, too long", signature + "\x21\x11\xff\xff", Header{}, bad},
		{"v2, broken off", v2(1, tcp4, four)[:20], Header{}, io.ErrUnexpectedEOF},
		{"nothing", "", Header{}, io.EOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := strings.NewReader(tt.in + "behind")
			if tt.err != nil {
				in = strings.NewReader(tt.in)
			}
			got, err := Read(iotest.OneByteReader(in))
			want := tt.err
			if errors.Is(want, bad) {
				want = ErrMalformed
			}
			if !errors.Is(err, want) || got != tt.want {
				t.Fatalf("%v, %v", got, err)
			}
			if rest, _ := io.ReadAll(in); err == nil && string(rest) != "behind" {
				t.Errorf("%q is left", rest)
			}
		})
	}
}

func TestAppend(t *testing.T) {
	for _, h := range []Header{header("1.2.3.4:12345", "5.6.7.8:80"), header("[::1]:1", "[2001:db8::2]:65535"), {}, header("1.2.3.4:1", "[::1]:2")} {
		for version := 1; version <= 2; version++ {
			got, err := Read(bytes.NewReader(Append(nil, version, h)))
			want := h
			if h.Source.Addr().Is4() != h.Destination.Addr().Is4() {
				want = Header{} // of two families
			}
			if err != nil || got != want {
				t.Errorf("%v, version %d: %v, %v", h, version, got, err)
			}
		}
	}
}

// Whatever comes, what is read is a header, or an error; and what is written is read.
func FuzzRead(f *testing.F) {
	f.Add([]byte("PROXY TCP4 1.2.3.4 5.6.7.8 12345 80\r\nGET / HTTP/1.1"))
	f.Add([]byte(v2(1, tcp4, four+"\x04\x00\x03abc") + "GET"))
	f.Add([]byte(v2(1, tcp4, four+"\x03\x00\x04\x35\xe5\xa4\x7c\x04\x00\x01a")))
	f.Add([]byte(v2(0, 0, "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bytes.NewReader(data)
		h, err := Read(in)
		if err != nil {
			return
		}
		used := len(data) - in.Len()
		if used > len(signature)+4+maxV2 {
			t.Errorf("%d bytes were read", used)
		}
		if plain := plainRead(data[:used]); h != plain {
			t.Errorf("%q is %v, and read in the plainest way %v", data[:used], h, plain)
		}
		for version := 1; version <= 2; version++ {
			again, err := Read(bytes.NewReader(Append(nil, version, h)))
			if err != nil || again != h && h.Source.Addr().Is4() == h.Destination.Addr().Is4() {
				t.Errorf("%v became %v, %v", h, again, err)
			}
		}
	})
}

// plainRead is what the bytes of a header say that is well-formed.
func plainRead(header []byte) Header {
	if line, ok := bytes.CutPrefix(header, []byte("PROXY ")); ok {
		var family, source, destination string
		var from, to uint16
		if n, err := fmt.Sscanf(string(line), "%s %s %s %d %d\r\n", &family, &source, &destination, &from, &to); n != 5 || err != nil || family == "UNKNOWN" {
			return Header{}
		}
		return plainHeader(net.ParseIP(source), net.ParseIP(destination), from, to)
	}
	command, family, rest := header[12]&0xF, header[13], header[16:]
	if command == 0 || family == unspecified || family == unix {
		return Header{}
	}
	size := map[byte]int{tcp4: 4, tcp6: 16}[family]
	port := func(p []byte) uint16 { return uint16(p[0])<<8 | uint16(p[1]) }
	return plainHeader(net.IP(rest[:size]), net.IP(rest[size:2*size]), port(rest[2*size:]), port(rest[2*size+2:]))
}

func plainHeader(source, destination net.IP, from, to uint16) Header {
	of := func(ip net.IP, port uint16) netip.AddrPort {
		addr, _ := netip.AddrFromSlice(ip)
		return netip.AddrPortFrom(addr.Unmap(), port)
	}
	return Header{of(source, from), of(destination, to)}
}
