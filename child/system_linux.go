package child

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// self is the program of the process that asks, even when its file was replaced or
// deleted meanwhile: parent and child are the same build for certain.
const self = "/proc/self/exe"

func executable() (string, error) { return self, nil }

// execute replaces this process by the program in its second start, with the
// environment that the parent gave it.
func execute(args []string, h handover) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return syscall.Exec(self, []string{args[0], args[1], args[2], string(text)}, syscall.Environ())
}

// candidates are the ways to start a child, best first. A user namespace without a
// mapping makes a child nobody, and lets an ordinary user have the others. There is
// no namespace of processes: a child would be the init of it, which the signal of
// its own abort() does not end, so that reasons of exits would be wrong. Nor is there a
// session: many systems schedule each as one, whatever the priorities of its threads.
func candidates() []candidate {
	const others = unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	attr := func(flags uintptr) syscall.SysProcAttr {
		return syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: flags}
	}
	return []candidate{
		{attr(unix.CLONE_NEWUSER | others), func(error) Report { return namespaces(nil, nil) }},
		{attr(others), func(err error) Report { return namespaces(err, nil) }},
		{attr(0), func(err error) Report { return namespaces(err, err) }},
	}
}

func namespaces(user, others error) Report {
	return Report{
		row(LayerUserNamespace, user, ""),
		row(LayerNetNamespace, others, ""),
		row(LayerIPCNamespace, others, ""),
		row(LayerUTSNamespace, others, ""),
	}
}

// wait waits for the child, ends what is left of its group, and reaps it. Until
// then its number cannot be another's.
func (p *Process) wait() (*os.ProcessState, error) {
	for {
		var info unix.Siginfo
		if err := unix.Waitid(unix.P_PID, p.PID(), &info, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	_ = unix.Kill(-p.PID(), unix.SIGKILL) // it fails only if the group is gone
	return p.process.Wait()
}

// memoryFile makes a file that is in memory alone.
func memoryFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("hedge-shared", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "memory"), nil
}

// readOnly opens such a file for one who cannot write to it, nor map it to do so.
func readOnly(file *os.File) (*os.File, error) {
	return os.Open(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
}

// oomKills is how many processes of this machine the kernel has killed for lack of
// memory, be it the machine's or a cgroup's.
func oomKills() uint64 {
	text, err := readSmall("/proc/vmstat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "oom_kill "); ok {
			n, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
			return n
		}
	}
	return 0
}

// residentBytes is what a process has in memory, its program included.
func residentBytes(pid int) (uint64, error) {
	text, err := readSmall(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/%d/statm is empty: the process has ended", pid)
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/proc/%d/statm: %w", pid, err)
	}
	return pages * uint64(os.Getpagesize()), nil
}

// readSmall reads a file of /proc, of which none here comes near 1 MiB.
func readSmall(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	return string(text), err
}
