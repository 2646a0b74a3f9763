package child

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// confine applies what is left to the second start: what holds for the process as
// a whole. The filter comes last, for it forbids the rest.
func confine(p Policy, before Report) Report {
	return Report{
		row(LayerLimits, limits(p), ""),
		limitThreads(p, before.Applied(LayerUserNamespace)),
		row(LayerDumps, unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0), ""),
		row(LayerSeccomp, loadFilter(), "all threads"),
	}
}

// limits sets both values of each limit, so that none can be raised again without
// a capability. Neither the size of the address space is limited, of which V8
// reserves a terabyte, nor processor time, which the owner of the child watches.
func limits(p Policy) error {
	type limit struct {
		name     string
		resource int
		most     uint64
	}
	list := []limit{
		{"RLIMIT_CORE", unix.RLIMIT_CORE, 0},
		{"RLIMIT_FSIZE", unix.RLIMIT_FSIZE, 0},
		{"RLIMIT_MEMLOCK", unix.RLIMIT_MEMLOCK, 0},
		{"RLIMIT_MSGQUEUE", unix.RLIMIT_MSGQUEUE, 0},
		{"RLIMIT_NICE", unix.RLIMIT_NICE, 0},
		{"RLIMIT_RTPRIO", unix.RLIMIT_RTPRIO, 0},
	}
	if p.Files > 0 {
		list = append(list, limit{"RLIMIT_NOFILE", unix.RLIMIT_NOFILE, p.Files})
	}
	if p.Data > 0 {
		list = append(list, limit{"RLIMIT_DATA", unix.RLIMIT_DATA, p.Data})
	}
	var errs []error
	for _, l := range list {
		if err := lower(l.resource, l.most); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", l.name, err))
		}
	}
	return errors.Join(errs...)
}

// lower sets a limit that may be stricter already.
func lower(resource int, most uint64) error {
	var now unix.Rlimit
	if err := unix.Prlimit(0, resource, nil, &now); err != nil {
		return err
	}
	most = min(most, now.Max)
	return unix.Prlimit(0, resource, &unix.Rlimit{Cur: most, Max: most}, nil)
}

// limitThreads limits the processes and threads of the user, which are the child's
// own only where it has a user namespace, and which root's never reach.
func limitThreads(p Policy, alone bool) Row {
	switch {
	case p.Threads == 0:
		return Row{LayerThreads, false, "not asked for"}
	case !alone:
		return Row{LayerThreads, false, "without a user namespace it would count the user's other processes"}
	}
	return row(LayerThreads, lower(unix.RLIMIT_NPROC, p.Threads), "not enforced if root started it")
}

// enterStage gives up what belongs to a thread, on this one, and executes the
// program again: of several threads that one is left, and the new program inherits
// its state. It returns only an error.
func enterStage(args []string, h *handover) error {
	runtime.LockOSThread()
	files, filesErr := programFiles(h.Reads)
	h.Rows = append(h.Rows,
		row(LayerDescriptors, unix.CloseRange(uint(h.descriptors()), ^uint(0)>>32, unix.CLOSE_RANGE_CLOEXEC), ""),
		row(LayerCapabilities, dropCapabilities(), ""),
		row(LayerNoNewPrivs, unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), ""))
	h.Rows = append(h.Rows, restrictThread(files, filesErr)...)
	h.Staged = true
	if err := endWith(h.Parent); err != nil {
		return err
	}
	return execute(args, *h)
}

// endWith has the kernel kill this process when the parent's ends. That was asked for the
// thread that this program began with, which need not be the one that executes it again.
func endWith(parent int) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	if unix.Getppid() != parent {
		return errors.New("the parent has ended")
	}
	return nil
}

// dropCapabilities empties the set that bounds what the next program may have, so
// that root's child has none either.
func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return fmt.Errorf("reading capabilities: %w", err)
	}
	if sets[0].Permitted == 0 && sets[1].Permitted == 0 {
		return nil // and with no_new_privs no program can give it any
	}
	for c := uintptr(0); c < 64; c++ {
		if held, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0); err != nil || held == 0 {
			continue // this kernel has fewer, or it is not in the set
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	for i := range sets {
		sets[i].Inheritable = 0
	}
	return unix.Capset(&header, &sets[0])
}
