package worker

import (
	"testing"
)

// A reader that is always a little behind must not make the buffer grow for ever.
func TestBufferOfALaggingReader(t *testing.T) {
	b := &isolateBody{limit: -1, arrived: make(chan struct{}, 1)}
	chunk, p := make([]byte, 16<<10), make([]byte, 16<<10)
	b.receive(chunk)
	for range 10_000 {
		b.receive(chunk)
		if n, _, err, _ := b.take(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if most := 4 * len(chunk); cap(b.buf) > most {
		t.Errorf("the buffer has grown to %d bytes", cap(b.buf))
	}
}
