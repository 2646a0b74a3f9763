package child

import (
	"fmt"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// loadFilter puts the filter on all threads at once, with no_new_privs.
func loadFilter() error {
	info, err := arch.GetInfo("")
	if err != nil {
		return fmt.Errorf("no table of system calls: %w", err)
	}
	return seccomp.LoadFilter(seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, Policy: filter(info, unix.Getpid())})
}

// filter is the policy for the process pid. The groups are asked in their order;
// what is in none, and any call of another architecture, gets EPERM.
func filter(info *arch.Info, pid int) seccomp.Policy {
	return seccomp.Policy{
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{Action: seccomp.ActionAllow, Names: known(info, allowed())},
			{Action: seccomp.ActionAllow, NamesWithCondtions: narrow(pid)},
			// glibc asks for clone3, whose flags no filter can see, and takes clone then.
			{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: []string{"clone3"}},
			{Action: seccomp.ActionKillProcess, Names: known(info, deadly())},
		},
	}
}

// known leaves out what an architecture does not have.
func known(info *arch.Info, names []string) []string {
	var list []string
	for _, name := range names {
		if _, ok := info.SyscallNames[name]; ok {
			list = append(list, name)
		}
	}
	return list
}

// allowed lists what Go's runtime, glibc and V8 call once they run, whatever the
// arguments. None takes a path, makes a descriptor that leads outside, or names
// another process. The most frequent ones come first.
func allowed() []string {
	return []string{
		"futex", "read", "write", "epoll_pwait", "epoll_wait", "nanosleep", "clock_gettime", "madvise", "sched_yield",

		// open descriptors
		"close", "readv", "writev", "pread64", "sendmsg", "recvmsg", "sendto", "recvfrom", "shutdown",
		"epoll_create1", "epoll_ctl", "epoll_pwait2", "eventfd2",

		// memory
		"mmap", "munmap", "mremap", "mprotect", "brk", "mincore", "membarrier", "pkey_alloc", "pkey_free", "pkey_mprotect",

		// threads, and signals to oneself
		"set_robust_list", "rseq", "gettid", "getpid", "sched_getaffinity", "exit", "exit_group", "restart_syscall",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",

		// time, and random numbers
		"clock_getres", "clock_nanosleep", "gettimeofday", "time", "getrusage", "getrandom",
	}
}

// narrow lists what is allowed with some arguments only.
func narrow(pid int) []seccomp.NameWithConditions {
	const namespaces = unix.CLONE_NEWCGROUP | unix.CLONE_NEWIPC | unix.CLONE_NEWNET | unix.CLONE_NEWNS |
		unix.CLONE_NEWPID | unix.CLONE_NEWTIME | unix.CLONE_NEWUSER | unix.CLONE_NEWUTS
	first := func(name string, value uint64) seccomp.NameWithConditions {
		return seccomp.NameWithConditions{Name: name, Conditions: seccomp.ArgumentConditions{{Operation: seccomp.Equal, Value: value}}}
	}
	return []seccomp.NameWithConditions{
		// threads, and no processes; a flag is one bit, so any of it is all of it
		{Name: "clone", Conditions: seccomp.ArgumentConditions{
			{Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD},
			{Operation: seccomp.BitsNotSet, Value: namespaces},
		}},
		// Go interrupts its own threads, and aborting is a signal to oneself
		first("tgkill", uint64(pid)),
		first("kill", uint64(pid)),
		// a lower priority, for a thread by itself
		{Name: "setpriority", Conditions: seccomp.ArgumentConditions{
			{Argument: 0, Operation: seccomp.Equal, Value: unix.PRIO_PROCESS},
			{Argument: 1, Operation: seccomp.Equal, Value: 0},
			{Argument: 2, Operation: seccomp.Equal, Value: 10},
		}},
		// names for threads and for memory. Everything else of prctl, as the signal at
		// the parent's death, stays as it is
		first("prctl", unix.PR_SET_NAME),
		first("prctl", unix.PR_SET_VMA),
		// reading one's own limits
		{Name: "prlimit64", Conditions: seccomp.ArgumentConditions{
			{Argument: 0, Operation: seccomp.Equal, Value: 0},
			{Argument: 2, Operation: seccomp.Equal, Value: 0},
		}},
		// reading flags: with F_SETOWN and F_SETSIG any process could be signalled
		{Name: "fcntl", Conditions: seccomp.ArgumentConditions{{Argument: 1, Operation: seccomp.Equal, Value: unix.F_GETFL}}},
		{Name: "fcntl", Conditions: seccomp.ArgumentConditions{{Argument: 1, Operation: seccomp.Equal, Value: unix.F_GETFD}}},
	}
}

// deadly lists what nothing in the process calls: who does has taken it over.
func deadly() []string {
	return []string{
		"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
		"pidfd_open", "pidfd_getfd", "pidfd_send_signal",
		"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
		"keyctl", "add_key", "request_key",
		"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
		"setns", "unshare", "open_by_handle_at", "name_to_handle_at",
		"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
		"iopl", "ioperm", "modify_ldt", "personality", "quotactl", "acct", "syslog", "vmsplice",
	}
}
