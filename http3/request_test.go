package http3

import (
	"bytes"
	"io"
	"testing"
)

// sparing fails when it is asked for much more than it has given so far.
type sparing struct {
	t    *testing.T
	from io.Reader
	came int
}

func (s *sparing) Read(p []byte) (int, error) {
	if len(p) > max(inputBytes, s.came) {
		s.t.Errorf("there is room for %d bytes when %d have come", len(p), s.came)
	}
	n, err := s.from.Read(p)
	s.came += n
	return n, err
}

// Memory for fields is taken as they come, and not when they are announced.
func TestFieldsAreReadAsTheyCome(t *testing.T) {
	for _, length := range []int{0, 1, inputBytes, inputBytes + 1, 64 << 10} {
		want := bytes.Repeat([]byte("x"), length)
		got, err := readWhole(&sparing{t: t, from: bytes.NewReader(want)}, uint64(length))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d, %v", length, len(got), err)
		}
	}
	if _, err := readWhole(&sparing{t: t, from: bytes.NewReader(make([]byte, 5))}, 64<<10); err == nil {
		t.Error("the end is no error")
	}
}
