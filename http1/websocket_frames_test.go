package http1

import (
	"bytes"
	"strings"
	"testing"
)

// frames are a WebSocket's, with heads of all lengths, masked and not.
func frames() [][]byte {
	long, longer := strings.Repeat("x", 126), strings.Repeat("y", 1<<16)
	return [][]byte{
		{0x81, 0},
		[]byte("\x01\x05hello"),
		[]byte("\x80\x86mask world"),
		[]byte("\x82\x7e\x00\x7e" + long),
		[]byte("\x82\xfe\x00\x7emask" + long),
		[]byte("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + longer),
		[]byte("\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00mask" + longer),
		[]byte("\x89\x00"),
	}
}

func TestFrameCursorFindsTheEndsOfFrames(t *testing.T) {
	all := bytes.Join(frames(), nil)
	for _, piece := range []int{1, 2, 3, 13, 126, 4096, len(all)} {
		var c frameCursor
		var ends []int
		for at := 0; at < len(all); {
			for p := all[at:min(at+piece, len(all))]; len(p) > 0; {
				n := c.next(p)
				p, at = p[n:], at+n
				if c.between() {
					ends = append(ends, at)
				}
			}
		}
		at := 0
		for i, f := range frames() {
			if at += len(f); i >= len(ends) || ends[i] != at {
				t.Fatalf("in pieces of %d bytes, frame %d ends at %d: %v", piece, i, at, ends)
			}
		}
	}
	var c frameCursor
	c.pass([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	c.pass([]byte("more"))
	if c.between() || c.left != 1<<64-1-4 {
		t.Errorf("of the longest of frames %d bytes are left", c.left)
	}
}
