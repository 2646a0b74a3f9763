//go:build !linux

package cli

import (
	"runtime/metrics"

	"golang.org/x/sys/unix"
)

// openFiles returns how many descriptors this process may have.
func openFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30))
}

// systemMemory returns 0: what this process may use is not known here, and for the
// operator to say.
func systemMemory() int64 { return 0 }

// memoryInUse returns what Go has taken from the system.
func memoryInUse() int64 {
	total := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(total)
	if total[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(total[0].Value.Uint64())
}
