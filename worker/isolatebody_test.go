package worker

import (
	"testing"
)

// A reader that is always a little behind must not make the buffer grow for ever.
func TestBufferOfALaggingReader(t *testing.T) {
	b := &isolateBody{limit: -1, arrived: make(chan struct{}, 1)}
	chunk, p := make([]byte, 16<<10), make([]byte, 16<<10)
	_ = b.receive(chunk)
	for range 10_000 {
		if err := b.receive(chunk); err != nil {
			t.Fatal(err)
		}
		if n, _, err, _ := b.take(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if most := 4 * len(chunk); cap(b.buf) > most {
		t.Errorf("the buffer has grown to %d bytes", cap(b.buf))
	}
}

// An isolate that sends more than it may is not the runtime's own script any more.
func TestChunksBeyondTheCredit(t *testing.T) {
	b := &isolateBody{limit: -1, arrived: make(chan struct{}, 1)}
	chunk := make([]byte, readSize)
	for sent := 0; ; sent += len(chunk) {
		err := b.receive(chunk)
		if wanted := sent+len(chunk) > mostUnread; wanted != (err != nil) {
			t.Fatalf("after %d bytes: %v", sent, err)
		}
		if err != nil {
			return
		}
	}
}
