package http2

import "golang.org/x/net/http2"

// encoder makes frames of header blocks. They need nothing of the table that the other side
// keeps for them (RFC 7541 §2.3.2); but one that makes it smaller has to be told what has
// become of it. The zero value is ready. What guards the output guards it.
type encoder struct {
	tells bool // the next block has to say that the table is empty
	told  bool // one has, after which it stays so
}

// defaultTable is the size of the table that an encoder may use unless it is told otherwise
// (RFC 9113 §6.5.2).
const defaultTable = 4096

// limit takes the size of the table that the other side allows.
func (e *encoder) limit(size uint32) { e.tells = !e.told && (e.tells || size < defaultTable) }

// begin begins a HEADERS frame, behind which the fields are to be appended.
func (e *encoder) begin(out []byte, id uint32) []byte {
	out = appendFrame(out, 0, http2.FrameHeaders, 0, id)
	if e.tells {
		out = append(out, 0x20) // a size of 0 (RFC 7541 §4.2, §6.3)
	}
	return out
}

// end completes the HEADERS frame that begins at start and reaches to the end. What is too
// long for it goes into CONTINUATION frames.
func (e *encoder) end(out []byte, start int, ends bool) []byte {
	if e.tells {
		e.tells, e.told = false, true
	}
	id := streamID(out[start+5:])
	var flags http2.Flags
	if ends {
		flags = http2.FlagHeadersEndStream
	}
	length := len(out) - start - frameHeader
	if length <= maxFrame {
		appendFrame(out[:start], length, http2.FrameHeaders, flags|http2.FlagHeadersEndHeaders, id)
		return out
	}
	block := append([]byte(nil), out[start+frameHeader:]...)
	out = append(appendFrame(out[:start], maxFrame, http2.FrameHeaders, flags, id), block[:maxFrame]...)
	for block = block[maxFrame:]; len(block) > 0; {
		n := min(len(block), maxFrame)
		flags = 0
		if n == len(block) {
			flags = http2.FlagContinuationEndHeaders
		}
		out = append(appendFrame(out, n, http2.FrameContinuation, flags, id), block[:n]...)
		block = block[n:]
	}
	return out
}

func streamID(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
