package telemetry

import (
	"runtime"
	"runtime/metrics"
)

// Process is a collector of what this process takes.
func Process(s *Sample) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Kind() == metrics.KindUint64 {
		s.Set(GoHeap, float64(heap[0].Value.Uint64()))
	}
	s.Set(Goroutines, float64(runtime.NumGoroutine()))
	collectSystem(s)
}
