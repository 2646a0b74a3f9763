package http1

import (
	"bytes"
	"io"
	"testing"

	"hedge/httpmsg"
)

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
	// The other side has been told already, and answers before this one is.
	for _, c := range []struct{ name, before, answer, want string }{
		{"with a Close", "", "\x88\x02\x03\xe9", bye},
		{"behind a frame", "\x81\x01a", "\x88\x02\x03\xe9", "\x81\x01a" + bye},
		{"amid a frame", "\x81\x02a", "b\x88\x02\x03\xe9", "\x81\x02ab" + bye},
		{"to a Close of its own", "\x88\x02\x03\xe8", "\x88\x02\x03\xe9", "\x88\x02\x03\xe8"},
		{"amid a Close of its own", "\x88\x02\x03", "\xe8\x88\x02\x03\xe9", "\x88\x02\x03\xe8"},
	} {
		t.Run("answered "+c.name, func(t *testing.T) {
			to := &sink{}
			l := lane{to: to, goodbye: closeFrame(closeRestart, false)}
			_ = l.write([]byte(c.before))
			l.leaving.Store(true)
			_ = l.write([]byte(c.answer))
			l.leave()
			if got := to.String(); got != c.want || to.ended != 1 {
				t.Errorf("got %q, ended %d times, want %q", got, to.ended, c.want)
			}
		})
	}
	t.Run("the other side is gone first", func(t *testing.T) {
		to := &sink{}
		l := lane{to: to, goodbye: closeFrame(closeRestart, false)}
		l.leaving.Store(true)
		_ = l.close()
		l.leave()
		if got := to.String(); got != bye || to.ended != 1 {
			t.Errorf("got %q, ended %d times", got, to.ended)
		}
	})
	masked := closeFrame(closeGoingAway, true)
	for i := range 2 {
		masked[6+i] ^= masked[2+i]
	}
	if string(masked[:2]) != "\x88\x82" || string(masked[6:]) != "\x03\xe9" {
		t.Errorf("to an origin goes %x", masked)
	}
}
