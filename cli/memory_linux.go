package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

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

// systemMemory returns how much memory this process may use: that of the machine, or
// what its control groups (version 2) allow; 0 if that is not known.
func systemMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	most := int64(info.Totalram) * int64(info.Unit)
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return most
	}
	for line := range bytes.Lines(groups) {
		group, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("0::"))
		if !ok {
			continue
		}
		for dir := string(group); ; dir = filepath.Dir(dir) {
			if limit, ok := readNumber(filepath.Join("/sys/fs/cgroup", dir, "memory.max")); ok { // else there is none
				most = min(most, limit)
			}
			if dir == "/" || dir == "." {
				break
			}
		}
	}
	return most
}

func readNumber(path string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil
}

// memoryInUse returns the memory of this process and its children: what each has for
// itself, and once what they share.
func memoryInUse() int64 { return memoryIn("/proc") }

// memoryIn is memoryInUse by what stands in a folder as /proc is. All run the same program
// and its libraries, so that what one of them shares is in what another does, for the most
// part: the most that one of them shares is near what all do together.
func memoryIn(proc string) int64 {
	own, shared := resident(filepath.Join(proc, "self"))
	lists, _ := filepath.Glob(filepath.Join(proc, "self/task/*/children")) // the pattern is well-formed
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, pid := range bytes.Fields(children) {
			its, files := resident(filepath.Join(proc, string(pid)))
			own, shared = own+its, max(shared, files)
		}
	}
	return own + shared
}

// resident returns the resident memory of a process: what it has for itself, and the pages
// of files and of shared memory, which others may have mapped as well. It is 0 if the
// process has ended.
func resident(process string) (own, shared int64) {
	statm, err := os.ReadFile(filepath.Join(process, "statm"))
	if err != nil {
		return 0, 0
	}
	fields := bytes.Fields(statm)
	if len(fields) < 3 {
		return 0, 0
	}
	all, _ := strconv.ParseInt(string(fields[1]), 10, 64) // the kernel writes numbers
	files, _ := strconv.ParseInt(string(fields[2]), 10, 64)
	page := int64(os.Getpagesize())
	return (all - files) * page, files * page
}
