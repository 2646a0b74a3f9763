package http1

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"testing"
)

// FuzzFrameCursor has a frameCursor follow bytes that come in pieces, and compares where it
// sees frames end with what the plainest reader sees in the whole.
func FuzzFrameCursor(f *testing.F) {
	for _, frame := range frames() {
		f.Add(frame[:min(len(frame), 300)], []byte{1})
		f.Add(slices.Concat(frame[:min(len(frame), 300)], []byte("\x89\x00")), []byte{0, 2, 13})
	}
	f.Add([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xffmore"), []byte{3})
	f.Add(bytes.Join(frames()[:5], nil), []byte{5, 1, 255})
	f.Fuzz(func(t *testing.T, data, pieces []byte) {
		ends, left := endsOfFrames(data)
		var c, whole frameCursor
		var got []int
		for at, i := 0, 0; at < len(data); i++ {
			size := len(data) - at
			if len(pieces) > 0 {
				size = min(size, 1+int(pieces[i%len(pieces)]))
			}
			for p := data[at : at+size]; len(p) > 0; {
				n := c.next(p)
				if n <= 0 || n > len(p) {
					t.Fatalf("of %d bytes at %d it has followed %d", len(p), at, n)
				}
				p, at = p[n:], at+n
				if c.between() {
					got = append(got, at)
				} else if len(p) > 0 {
					t.Fatalf("it stops at %d, within a frame", at)
				}
			}
		}
		if !slices.Equal(got, ends) || c.left != left {
			t.Errorf("frames end at %v, and %d bytes are left; want %v and %d", got, c.left, ends, left)
		}
		if whole.pass(data); whole != c {
			t.Errorf("in one piece it comes to %+v, in several to %+v", whole, c)
		}
	})
}

// endsOfFrames reads frames one field after another (RFC 6455 §5.2). It returns where they
// end, and how much of the content of the last is missing.
func endsOfFrames(data []byte) (ends []int, left uint64) {
	r := bytes.NewReader(data)
	for {
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return ends, 0
		}
		length := uint64(head[1] & 0x7F)
		var err error
		switch length {
		case 126:
			var extended uint16
			err = binary.Read(r, binary.BigEndian, &extended)
			length = uint64(extended)
		case 127:
			err = binary.Read(r, binary.BigEndian, &length)
		}
		if head[1]&0x80 != 0 && err == nil {
			_, err = io.ReadFull(r, make([]byte, 4))
		}
		switch {
		case err != nil:
			return ends, 0
		case length > uint64(r.Len()):
			return ends, length - uint64(r.Len())
		}
		_, _ = r.Seek(int64(length), io.SeekCurrent)
		ends = append(ends, len(data)-r.Len())
	}
}
