package cli

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What lives on Go's heap is a few MiB most of the time, so that collecting at twice that
// size would mean many times a second under load; and when ten thousand connections are
// there, what may be garbage must not be a multiple of them.
const (
	// garbage is how many bytes may wait to be collected while less than that lives.
	garbage = 32 << 20
	// The bounds of how much the heap may grow before it is collected, in percent.
	leastGrowth, mostGrowth = 100, 800
)

// PaceCollector has Go's heap collected by how much lives on it, as of its last
// collection. It is a goroutine's own function, as long as the process.
func PaceCollector() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for set, tick := 0, time.Tick(time.Second); ; <-tick {
		metrics.Read(live)
		if growth := growthFor(live[0].Value.Uint64()); growth != set {
			set = growth
			debug.SetGCPercent(set)
		}
	}
}

// growthFor returns how much a heap may grow on which so many bytes live, in percent, in
// steps of a hundred: setting it stops the world.
func growthFor(live uint64) int {
	return min(max(int(garbage/max(live, 1))*100, leastGrowth), mostGrowth)
}
