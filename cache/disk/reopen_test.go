//go:build unix

package disk

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hedge/cache"
)

// BenchmarkReopen opens a folder whose table has a million entries of a unit each, and
// tells what the index takes in memory. Their content is not there, as opening does not
// look at it.
func BenchmarkReopen(b *testing.B) {
	const entries = 1_000_000
	cfg := Config{Files: Folder(b.TempDir()), Bytes: 2 * entries * unit}
	s, err := Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	for n := range entries {
		id, err := s.newID()
		if err != nil {
			b.Fatal(err)
		}
		runs, err := s.reserve(&cache.Key{}, 1, false)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.install(slot{key: shortOf(uint64(n)), id: id, content: id, head: unit}, runs, 0); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s = nil
		before, began, spent := inUse(), time.Now(), processorTime(b)
		if s, err = Open(cfg); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((processorTime(b) - spent).Seconds(), "cpu-s/open")
		b.ReportMetric(time.Since(began).Seconds(), "s/open")
		b.ReportMetric(float64(inUse()-before)/entries, "B/entry")
		if now := s.Stats().Entries; now != entries {
			b.Fatalf("there are %d entries", now)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// processorTime returns what this process has had of the processors.
func processorTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// inUse returns how much memory is in use after a collection.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
