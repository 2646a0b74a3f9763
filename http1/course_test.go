package http1

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"hedge/httpmsg"
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

func TestCourseFindsTheEndsOfFrames(t *testing.T) {
	all := bytes.Join(frames(), nil)
	for _, piece := range []int{1, 2, 3, 13, 126, 4096, len(all)} {
		var c course
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
	var c course
	c.pass([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	c.pass([]byte("more"))
	if c.between() || c.left != 1<<64-1-4 {
		t.Errorf("of the longest of frames %d bytes are left", c.left)
	}
}

// sink is a connection that keeps what is written to it.
type sink struct {
	httpmsg.Duplex
	bytes.Buffer
	ended int
}

func (s *sink) Write(p []byte) (int, error)       { return s.Buffer.Write(p) }
func (s *sink) Read(p []byte) (int, error)        { return 0, io.EOF }
func (s *sink) CloseWrite() error                 { s.ended++; return nil }
func (s *sink) ReadFrom(io.Reader) (int64, error) { return 0, io.EOF }

// Goodbye is said between two frames, and nothing follows it.
func TestGoodbyeComesBetweenFrames(t *testing.T) {
	const bye = "\x88\x02\x03\xf4"
	for _, c := range []struct{ name, before, behind, want string }{
		{"nothing has passed", "", "\x81\x01a", bye},
		{"between two", "\x81\x01a", "\x81\x01b", "\x81\x01a" + bye},
		{"within a head", "\x81", "\x01a\x81\x01b", "\x81\x01a" + bye},
		{"within content", "\x81\x03a", "bc\x81\x01b", "\x81\x03abc" + bye},
		{"in pieces", "\x81\x03a", "b", "\x81\x03ab"},
		{"amid a message", "\x01\x01a", "\x80\x01b", "\x01\x01a" + bye},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := &sink{}
			l := lane{to: to, goodbye: closeFrame(closeRestart, false)}
			if c.before != "" {
				_ = l.write([]byte(c.before))
			}
			l.leave()
			_ = l.write([]byte(c.behind))
			if got := to.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if _ = l.close(); to.ended != 1 {
				t.Errorf("it was ended %d times", to.ended)
			}
		})
	}
	masked := closeFrame(closeGoingAway, true)
	for i := range 2 {
		masked[6+i] ^= masked[2+i]
	}
	if string(masked[:2]) != "\x88\x82" || string(masked[6:]) != "\x03\xe9" {
		t.Errorf("to an origin goes %x", masked)
	}
}
