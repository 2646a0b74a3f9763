package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every platform that
// Go runs on.
const tick = time.Second / 100

// CPU returns the time on the processor that the process and its children have had, in
// user and kernel mode (proc_pid_stat(5), utime and stime).
func (p *Process) CPU() (time.Duration, error) {
	pid := strconv.Itoa(p.cmd.Process.Pid)
	children, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, of := range append(strings.Fields(string(children)), pid) {
		stat, err := os.ReadFile("/proc/" + of + "/stat")
		if err != nil {
			return 0, err
		}
		took, err := cpuTime(stat)
		if err != nil {
			return 0, err
		}
		sum += took
	}
	return sum, nil
}

func cpuTime(stat []byte) (time.Duration, error) {
	const utime, stime = 14 - 3, 15 - 3                                       // the name, in parentheses, is field 2 and may have blanks
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // from field 3 on
	if len(fields) <= stime {
		return 0, fmt.Errorf("a stat of /proc has %d fields only: %s", len(fields), stat)
	}
	var sum time.Duration
	for _, field := range []string{fields[utime], fields[stime]} {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ticks) * tick
	}
	return sum, nil
}

// Memory is what a process has of the machine's memory, in bytes.
type Memory struct {
	Resident int64 // now
	Peak     int64 // the most since the start, or since ResetPeak
}

// Memory reads VmRSS and VmHWM (proc_pid_status(5)).
func (p *Process) Memory() (Memory, error) {
	status, err := os.ReadFile(p.file("status"))
	if err != nil {
		return Memory{}, err
	}
	return memory(string(status))
}

func memory(status string) (m Memory, err error) {
	if m.Resident, err = kilobytes(status, "VmRSS"); err == nil {
		m.Peak, err = kilobytes(status, "VmHWM")
	}
	return m, err
}

// kilobytes returns the value of a line of the form "NAME:  123 kB", in bytes.
func kilobytes(status, name string) (int64, error) {
	_, value, found := strings.Cut("\n"+status, "\n"+name+":")
	if !found {
		return 0, fmt.Errorf("/proc says nothing about %s", name)
	}
	var n int64
	if _, err := fmt.Sscanf(value, "%d kB", &n); err != nil {
		return 0, fmt.Errorf("/proc says no number for %s: %w", name, err)
	}
	return n << 10, nil
}

// ResetPeak makes Peak what Resident is now (proc_pid_clear_refs(5), value 5).
func (p *Process) ResetPeak() error {
	return os.WriteFile(p.file("clear_refs"), []byte("5"), 0)
}

func (p *Process) file(name string) string {
	return fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, name)
}
