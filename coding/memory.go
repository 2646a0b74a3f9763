package coding

import "bufio"

// Memory is whom a coder asks for the memory that it takes, which is that of a stream: most
// of it is the window, what the coder may look back at. A stream says how large that is, and
// has it made by a few bytes. It is for one coder.
type Memory interface {
	// Take is called in the first Read. It may wait, and its error is that of the Read.
	Take(bytes int64) error
	// Release is called when the coder has come to its end or is closed, which may be more
	// than once, during a Take, and without one; a Take that waits ends.
	Release()
}

// Uncounted is the memory of coders that nobody counts: those of whom there are few.
type Uncounted struct{}

// Take gives what is asked for.
func (Uncounted) Take(int64) error { return nil }

// Release does nothing.
func (Uncounted) Release() {}

// maxWindow bounds the memory that a zstd stream may ask for, as RFC 9659 says. Each of
// its frames may ask for other windows.
const maxWindow = 8 << 20

// tables is what br and zstd take besides the window, in bytes: codes for what the window
// holds, and blocks.
const tables = 1 << 20

// decoderSize returns about how many bytes a decompressor takes for what is going to be
// read from in, of which there is a byte.
func decoderSize(coding string, in *bufio.Reader) int64 {
	switch coding {
	case "br", "brotli":
		first, _ := in.Peek(1)
		return 1<<brotliWindowBits(first[0]) + tables
	case "zstd":
		return maxWindow + tables
	}
	return 64 << 10
}

// largestDecoder returns about how many bytes a decompressor takes at most.
func largestDecoder(coding string) int64 {
	switch coding {
	case "br":
		return 1<<24 + tables // RFC 7932 §9.1
	case "zstd":
		return maxWindow + tables
	}
	return 64 << 10
}

// brotliWindowBits reads WBITS, the logarithm of the window's size, which a stream begins
// with (RFC 7932 §9.1).
func brotliWindowBits(first byte) int {
	if first&1 == 0 {
		return 16
	}
	if n := int(first >> 1 & 7); n != 0 {
		return 17 + n
	}
	if n := int(first >> 4 & 7); n > 1 {
		return 8 + n
	}
	return 17 // or no stream at all
}

// EncoderSize returns about how many bytes a compressor takes, for a coding, a list of them,
// or a format.
func EncoderSize(coding string) (bytes int64) {
	for _, one := range List(coding) {
		switch one {
		case "br", "brotli", "zstd":
			bytes += 4 << 20
		default:
			bytes += 1 << 20
		}
	}
	return bytes
}
