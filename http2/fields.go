package http2

import (
	"strconv"

	"hedge"
	"hedge/httpmsg"
)

// Answers are encoded without a table of our own (RFC 7541 §6.2.2): it would have to
// be searched for every field, and kept for every connection.

// appendStatus appends :status.
func appendStatus(out []byte, status int) []byte {
	switch status { // RFC 7541 appendix A
	case 200:
		return append(out, 0x80|8)
	case 204:
		return append(out, 0x80|9)
	case 206:
		return append(out, 0x80|10)
	case 304:
		return append(out, 0x80|11)
	case 400:
		return append(out, 0x80|12)
	case 404:
		return append(out, 0x80|13)
	case 500:
		return append(out, 0x80|14)
	}
	return strconv.AppendInt(append(out, 8, 3), int64(status), 10)
}

// longName is the length from which on names are not looked for in the static table,
// whose longest has 27 bytes.
const longName = 32

// appendField appends a field whose name is a token, in lower case.
func appendField(out []byte, name, value string) []byte {
	var space [longName]byte
	index := 0
	if len(name) < longName {
		lowered := appendLower(space[:0], name)
		index = staticName(lowered)
	}
	prefix := byte(0)
	if index == setCookie {
		prefix = 0x10 // never to be indexed, by anybody
	}
	switch {
	case index == 0:
		out = appendInt(append(out, prefix), 0, 0x7F, len(name))
		out = appendLower(out, name)
	default:
		out = appendInt(out, prefix, 0x0F, index)
	}
	out = appendInt(out, 0, 0x7F, len(value))
	return append(out, value...)
}

func appendLower(out []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}

// appendInt appends an integer behind the bits of a prefix, as far as mask has room
// for it (RFC 7541 §5.1).
func appendInt(out []byte, prefix, mask byte, n int) []byte {
	if n < int(mask) {
		return append(out, prefix|byte(n))
	}
	out = append(out, prefix|mask)
	for n -= int(mask); n >= 0x80; n >>= 7 {
		out = append(out, 0x80|byte(n&0x7F))
	}
	return append(out, byte(n))
}

const setCookie = 55

// staticName returns the index of a name in the static table, 0 if it is not there.
func staticName(name []byte) int {
	switch string(name) {
	case "accept-ranges":
		return 18
	case "age":
		return 21
	case "access-control-allow-origin":
		return 20
	case "allow":
		return 22
	case "cache-control":
		return 24
	case "content-disposition":
		return 25
	case "content-encoding":
		return 26
	case "content-language":
		return 27
	case "content-length":
		return 28
	case "content-location":
		return 29
	case "content-range":
		return 30
	case "content-type":
		return 31
	case "date":
		return 33
	case "etag":
		return 34
	case "expires":
		return 36
	case "last-modified":
		return 44
	case "link":
		return 45
	case "location":
		return 46
	case "retry-after":
		return 53
	case "server":
		return 54
	case "set-cookie":
		return setCookie
	case "strict-transport-security":
		return 56
	case "vary":
		return 59
	case "via":
		return 60
	case "www-authenticate":
		return 61
	}
	return 0
}

// appendHead appends the fields of an answer. A negative length is not known.
func appendHead(out []byte, res *httpmsg.Response, length int64, date []byte) ([]byte, error) {
	if res.Status < 200 || res.Status > 999 {
		return out, hedge.Errorf(hedge.OutcomeException, "the answer has the status %d, which is not that of a final answer", res.Status)
	}
	out = appendStatus(out, res.Status)
	dated := false
	for _, f := range res.Header.Fields() {
		switch {
		case httpmsg.EqualFold(f.Name, "Content-Length"):
			continue
		case httpmsg.EqualFold(f.Name, "Date"):
			dated = true
		}
		if !httpmsg.IsToken(f.Name) || !httpmsg.IsFieldText(f.Value) {
			return out, hedge.Errorf(hedge.OutcomeException, "the answer has the field %.80q, whose name or value has characters that HTTP forbids", f.Name)
		}
		out = appendField(out, f.Name, httpmsg.TrimOWS(f.Value))
	}
	if !dated {
		out = append(out, date...)
	}
	if length >= 0 {
		var digits [20]byte
		number := strconv.AppendInt(digits[:0], length, 10)
		out = appendInt(out, 0, 0x0F, 28)
		out = append(appendInt(out, 0, 0x7F, len(number)), number...)
	}
	return out, nil
}

// appendTrailer appends the fields of a trailer.
func appendTrailer(out []byte, trailer httpmsg.Header) []byte {
	httpmsg.RemoveHopByHop(&trailer, nil)
	for _, f := range trailer.Fields() {
		if httpmsg.IsToken(f.Name) && httpmsg.IsFieldText(f.Value) && !httpmsg.NotInTrailer(f.Name) {
			out = appendField(out, f.Name, httpmsg.TrimOWS(f.Value))
		}
	}
	return out
}
