package v8

import (
	"testing"
	"time"
)

func BenchmarkTurn(b *testing.B) {
	i := newIsolate(b)
	now := time.Now()
	for b.Loop() {
		i.Turn(nil, now, 1)
	}
}

func BenchmarkIsolate(b *testing.B) {
	snapshot, err := testSnapshot()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		NewIsolate(snapshot, testMemory, testHost{}).Close()
	}
}

func BenchmarkSnapshot(b *testing.B) {
	size := 0
	for b.Loop() {
		snapshot, err := NewSnapshot("hedge:test-runtime", []byte(testRuntime))
		if err != nil {
			b.Fatal(err)
		}
		size = len(snapshot.Bytes())
		snapshot.Close()
	}
	b.ReportMetric(float64(size), "bytes")
}

// BenchmarkIdle reports what an isolate occupies that has nothing to do. Run it
// with -benchtime=1000x.
func BenchmarkIdle(b *testing.B) {
	snapshot, err := testSnapshot()
	if err != nil {
		b.Fatal(err)
	}
	before := residentBytes(b)
	isolates := make([]*Isolate, 0, b.N)
	for range b.N {
		i := NewIsolate(snapshot, testMemory, testHost{})
		i.Turn(nil, time.Now(), 1)
		isolates = append(isolates, i)
	}
	b.ReportMetric(float64(residentBytes(b)-before)/float64(b.N), "RSS-bytes/isolate")
	b.StopTimer()
	for _, i := range isolates {
		i.Close()
	}
}
