package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is what an edge and its children take at one moment.
type usage struct {
	resident   int64 // bytes, of all processes together
	edge       int64 // bytes, of the edge alone
	processes  int
	files      int // open in the edge
	goroutines int // of the edge
}

func (u usage) String() string {
	return fmt.Sprintf("%d MiB in memory, of which %d MiB are the edge's; %d processes, %d descriptors, %d goroutines",
		u.resident>>20, u.edge>>20, u.processes, u.files, u.goroutines)
}

// usage counts what there is, after garbage has been collected.
func (e *edge) usage() usage {
	e.Helper()
	u := usage{goroutines: e.ask(askCensus).Goroutines}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", e.cmd.Process.Pid))
	must(e, err)
	u.files, u.edge = len(files), resident(e.cmd.Process.Pid)
	for _, pid := range family(e.cmd.Process.Pid) {
		u.processes++
		u.resident += resident(pid)
	}
	return u
}

// onTheirWay is how many goroutines and descriptors there may be in addition when the
// edge is looked at: of cordons that are being started or let go of, four of each for
// one, and of connections to origins that are kept for a minute.
const onTheirWay = 16

// family lists a process and its descendants.
func family(pid int) []int {
	list := []int{pid}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file) // fails when the thread has ended
		for child := range strings.FieldsSeq(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				list = append(list, family(n)...)
			}
		}
	}
	return list
}

// resident returns the memory of a process that no file on disk backs, in bytes; 0
// if it has ended.
func resident(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	total := int64(0)
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if name == "RssAnon" || name == "RssShmem" {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			total += kib << 10
		}
	}
	return total
}

// settle waits until the edge has no more goroutines and descriptors than before,
// those of some cordons that are on their way left aside, and no more memory than
// growth bytes in addition. It returns what there is then.
func (e *edge) settle(before usage, growth int64) usage {
	e.Helper()
	late := time.After(overdue)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		now := e.usage()
		if now.goroutines <= before.goroutines+onTheirWay && now.files <= before.files+onTheirWay && now.edge <= before.edge+growth {
			return now
		}
		select {
		case <-late:
			e.Errorf("there are %v, and before there were %v:\n%.20000s", now, before, e.ask(askStacks).Stacks)
			return now
		case <-look.C:
		}
	}
}
