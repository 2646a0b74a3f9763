package websocket

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gobwas/ws"

	"hedge"
)

// given is a connection over which something comes.
type given struct{ io.Reader }

func (given) Write(p []byte) (int, error) { return len(p), nil }
func (given) CloseWrite() error           { return nil }
func (given) Close() error                { return nil }

// Code gets a message in few pieces, however many it is sent in and however slowly they come,
// and has processor time anew for the first of them. Each piece costs a turn.
func TestPiecesOfMessages(t *testing.T) {
	const length = 200_000
	frame := func(op ws.OpCode, fin bool, payload string) []byte {
		return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload))))
	}
	whole := func() []byte { return frame(ws.OpText, true, strings.Repeat("x", length)) }
	fragments := func() []byte {
		b := bytes.NewBuffer(frame(ws.OpText, false, "x"))
		for range length - 2 {
			b.Write(frame(ws.OpContinuation, false, "x"))
		}
		b.Write(frame(ws.OpContinuation, true, "x"))
		return b.Bytes()
	}
	for name, tt := range map[string]struct {
		sent func() []byte
		over func(io.Reader) io.Reader
		most int
	}{
		"one frame":                 {whole, func(r io.Reader) io.Reader { return r }, 10},
		"one frame, byte by byte":   {whole, iotest.OneByteReader, 10},
		"fragments of one byte":     {fragments, func(r io.Reader) io.Reader { return r }, 10},
		"fragments, byte by byte":   {fragments, iotest.OneByteReader, 10},
		"a small one, byte by byte": {func() []byte { return frame(ws.OpText, true, "small") }, iotest.OneByteReader, 1},
	} {
		t.Run(name, func(t *testing.T) {
			sent := tt.sent()
			s := newSocket(DefaultConfig(), hedge.DefaultLimits(), io.NopCloser(strings.NewReader("")), false)
			s.meet(given{tt.over(io.MultiReader(bytes.NewReader(sent), bytes.NewReader(tt.sent())))})
			for range 2 {
				pieces := 0
				for isLast := false; !isLast; pieces++ {
					p := make([]byte, 64<<10)
					if n, err := s.messages.Read(nil); n != 0 || err != nil {
						t.Fatal(n, err)
					}
					n, err := s.messages.Read(p)
					if err != nil || n <= pieceHeader || ws.OpCode(p[0]) != ws.OpText {
						t.Fatalf("%d bytes of kind %d: %v", n, p[0], err)
					}
					if begins(p) != (pieces == 0) {
						t.Errorf("piece %d begins a message: %v", pieces, begins(p))
					}
					isLast = p[1] == 1
				}
				if pieces > tt.most {
					t.Errorf("%d pieces, want %d at most", pieces, tt.most)
				}
			}
			p := make([]byte, 64<<10)
			if _, err := s.messages.Read(p); err != nil || uint32(p[0]) != kindClose || !begins(p) {
				t.Errorf("behind them is a record of kind %d: %v", p[0], err)
			}
		})
	}
}

// Who asks for less than fits into a record gets an error.
func TestReadWithLittleRoom(t *testing.T) {
	s := newSocket(DefaultConfig(), hedge.DefaultLimits(), io.NopCloser(strings.NewReader("")), false)
	s.meet(given{bytes.NewReader(ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte("text")))))})
	for room := 1; room < 10; room++ {
		if n, err := s.messages.Read(make([]byte, room)); n != 0 || err == nil {
			t.Errorf("%d bytes in room for %d, and %v", n, room, err)
		}
	}
}
