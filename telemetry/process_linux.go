package telemetry

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// ticks is the unit of times in /proc, USER_HZ, in a second.
const ticks = 100

// The fields of /proc/self/stat behind the program's name (proc(5)), which is the
// second one.
const (
	statUser     = 14 - 3
	statSystem   = 15 - 3
	statStart    = 22 - 3
	statVirtual  = 23 - 3
	statResident = 24 - 3
)

// collectSystem reads what the system knows of this process.
func collectSystem(s *Sample) {
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.Set(ProcessFiles, float64(len(files)-1)) // one was open to read them
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		s.Set(ProcessMaxFiles, float64(limit.Cur))
	}
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= statResident {
		return
	}
	field := func(i int) float64 {
		n, _ := strconv.ParseFloat(string(fields[i]), 64) // the kernel writes numbers
		return n
	}
	s.Set(ProcessCPU, (field(statUser)+field(statSystem))/ticks)
	s.Set(ProcessVirtual, field(statVirtual))
	s.Set(ProcessResident, field(statResident)*float64(os.Getpagesize()))
	if boot, ok := bootTime(); ok {
		s.Set(ProcessStart, boot+field(statStart)/ticks)
	}
}

// bootTime is when the system started, in seconds since the epoch.
func bootTime() (seconds float64, ok bool) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	_, rest, found := bytes.Cut(stat, []byte("\nbtime "))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	seconds, err = strconv.ParseFloat(string(line), 64)
	return seconds, found && err == nil
}
