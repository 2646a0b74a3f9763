//go:build !asan

package v8

import "testing"

// What native code allocates in small pieces for an isolate goes back to the system
// when it has been closed. AddressSanitizer has an allocator of its own, which this is
// not about.
func TestTrim(t *testing.T) {
	Trim()
	before := residentBytes(t)
	var among int64
	t.Run("isolate", func(t *testing.T) { // which is closed at the end of it
		i := newIsolateOf(t, 256<<20)
		i.expect(`globalThis.kept = []; for (let n = 0; n < 3e5; n++) kept.push(new ArrayBuffer(n % 3)); say("kept " + kept.length);`, "kept 300000")
		among = residentBytes(t)
	})
	Trim()
	if after := residentBytes(t); among < before+(20<<20) || after > before+(among-before)/4 {
		t.Errorf("%d KiB resident before, %d among, %d after", before>>10, among>>10, after>>10)
	}
}

// The heaps of isolates that have been closed are not kept while another one lives that
// does nothing.
func TestClosedHeaps(t *testing.T) {
	newIsolate(t)
	before := residentBytes(t)
	for range 5 {
		t.Run("isolate", func(t *testing.T) {
			i := newIsolateOf(t, testMemory)
			i.turn(i.add(`const l = []; for (;;) l.push(new Array(1000).fill(l.length));`))
		})
	}
	Trim()
	if after := residentBytes(t); after > before+(8<<20) {
		t.Errorf("%d KiB resident before, %d after", before>>10, after>>10)
	}
}
