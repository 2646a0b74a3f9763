package http3

import (
	"errors"
	"fmt"
	"io"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

// Types of frames (RFC 9114 §7.2).
const (
	frameData        = 0x00
	frameHeaders     = 0x01
	frameCancelPush  = 0x03
	frameSettings    = 0x04
	framePushPromise = 0x05
	frameGoAway      = 0x07
	frameMaxPushID   = 0x0D
)

// isOfHTTP2 reports whether a type is one of HTTP/2's that must never be seen (RFC 9114
// §7.2.8).
func isOfHTTP2(kind uint64) bool {
	return kind == 0x02 || kind == 0x06 || kind == 0x08 || kind == 0x09
}

// Types of streams in one direction (RFC 9114 §6.2, RFC 9204 §4.2).
const (
	streamControl = 0x00
	streamPush    = 0x01
	streamEncoder = 0x02
	streamDecoder = 0x03
)

// The settings that we send: SETTINGS_MAX_FIELD_SECTION_SIZE, and
// SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 9220 §5).
const (
	settingFieldSection    = 0x06
	settingConnectProtocol = 0x08
)

// isSettingOfHTTP2 reports whether a setting is one of HTTP/2's that must never be seen
// (RFC 9114 §7.2.4.1).
func isSettingOfHTTP2(id uint64) bool { return id >= 0x02 && id <= 0x05 }

// code says why a stream or a connection ends (RFC 9114 §8.1, RFC 9204 §6).
type code uint64

const (
	codeNoError              code = 0x100
	codeInternalError        code = 0x102
	codeStreamCreation       code = 0x103
	codeClosedCriticalStream code = 0x104
	codeFrameUnexpected      code = 0x105
	codeFrameError           code = 0x106
	codeExcessiveLoad        code = 0x107
	codeIDError              code = 0x108
	codeSettingsError        code = 0x109
	codeMissingSettings      code = 0x10A
	codeRequestRejected      code = 0x10B
	codeRequestCancelled     code = 0x10C
	codeRequestIncomplete    code = 0x10D
	codeMessageError         code = 0x10E
	codeDecompressionFailed  code = 0x200
	codeEncoderStream        code = 0x201
	codeDecoderStream        code = 0x202
)

// fault is what a client has done wrong. It ends the connection, or only the stream.
type fault struct {
	code code
	why  string
	one  bool // ends the stream alone
}

func (f *fault) Error() string { return f.why }

// fail is a fault that ends the connection.
func fail(c code, format string, args ...any) error {
	return &fault{code: c, why: fmt.Sprintf(format, args...)}
}

// failStream is a fault that ends the stream.
func failStream(c code, format string, args ...any) error {
	return &fault{code: c, why: fmt.Sprintf(format, args...), one: true}
}

// input is what frames are read from.
type input interface {
	io.Reader
	io.ByteReader
	Discard(n int) (int, error)
}

// readFrame reads the beginning of a frame. io.EOF stands for the end of the stream where
// a frame may begin.
func readFrame(in input) (kind, length uint64, err error) {
	if kind, err = readInt(in); err != nil {
		return 0, 0, err
	}
	if length, err = readInt(in); err != nil {
		return 0, 0, truncated(err)
	}
	return kind, length, nil
}

// readInt reads an integer (RFC 9000 §16). io.EOF stands for nothing at all.
func readInt(in io.ByteReader) (uint64, error) {
	first, err := in.ReadByte()
	if err != nil {
		return 0, err
	}
	n := uint64(first & 0x3F)
	for range 1<<(first>>6) - 1 {
		next, err := in.ReadByte()
		if err != nil {
			return 0, truncated(err)
		}
		n = n<<8 | uint64(next)
	}
	return n, nil
}

// truncated is what an error means within a frame.
func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return fail(codeFrameError, "a stream ends within a frame")
	}
	return err
}

// longestSkipped is the longest frame that is passed over, which nobody has a use for.
const longestSkipped = 4 << 10

// skip passes over the content of a frame.
func skip(in input, length uint64) error {
	if length > longestSkipped {
		return fail(codeExcessiveLoad, "a frame that asks for nothing is too long")
	}
	_, err := in.Discard(int(length))
	return truncated(err)
}

// appendFrame appends the beginning of a frame.
func appendFrame(out []byte, kind uint64, length int) []byte {
	return quicvarint.Append(quicvarint.Append(out, kind), uint64(length))
}

// endStream ends both directions of a stream.
func endStream(st *quic.Stream, c code) {
	st.CancelRead(quic.StreamErrorCode(c))
	st.CancelWrite(quic.StreamErrorCode(c))
}
