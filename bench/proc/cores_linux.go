package proc

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Cores returns the cores that the calling process may run on, by number.
func Cores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(os.Getpid(), &set); err != nil {
		return nil, err
	}
	cores := make([]int, 0, set.Count())
	for core := 0; len(cores) < set.Count(); core++ {
		if set.IsSet(core) {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// Bind keeps all threads of the calling process, and those to come, to some cores.
func Bind(cores ...int) error {
	var set unix.CPUSet
	for _, core := range cores {
		set.Set(core)
	}
	for { // until there is no thread that another one has started meanwhile
		bound, err := bindThreads(&set)
		if err != nil || bound == 0 {
			return err
		}
	}
}

// bindThreads returns how many threads had to be bound.
func bindThreads(set *unix.CPUSet) (int, error) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0, err
	}
	bound := 0
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			return 0, err
		}
		var has unix.CPUSet
		err = unix.SchedGetaffinity(tid, &has)
		if err == nil && has != *set {
			err = unix.SchedSetaffinity(tid, set)
			bound++
		}
		if err != nil && !errors.Is(err, unix.ESRCH) { // the thread has ended
			return 0, err
		}
	}
	return bound, nil
}
