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
	live       int64 // bytes of the edge's heap that something refers to
	processes  int
	files      int // open in the edge
	goroutines int // of the edge
}

func (u usage) String() string {
	return fmt.Sprintf("%d MiB in memory, of which %d MiB are the edge's, with %d KiB alive on its heap; %d processes, %d descriptors, %d goroutines",
		u.resident>>20, u.edge>>20, u.live>>10, u.processes, u.files, u.goroutines)
}

// usage counts what there is, after garbage has been collected.
func (e *edge) usage() usage {
	e.Helper()
	inside := e.ask(askCensus)
	u := usage{goroutines: inside.Goroutines, live: int64(inside.Live)}
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
// those of some cordons that are on their way left aside, a heap that is as it was to
// within a twentieth, and no more memory than growth bytes in addition. It returns
// what there is then.
func (e *edge) settle(before usage, growth int64) usage {
	e.Helper()
	late := time.After(overdue)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		now := e.usage()
		if now.within(before, growth) {
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

// within reports whether an edge takes no more than it did before, to within growth
// bytes of its memory: a heap that is level may lie scattered over more pages.
func (u usage) within(before usage, growth int64) bool {
	return u.goroutines <= before.goroutines+onTheirWay && u.files <= before.files+onTheirWay &&
		u.live <= before.live+before.live/20 && u.edge <= before.edge+growth
}
