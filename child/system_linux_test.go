package child_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hedge/child"
)

func inOwnGroup() bool { return unix.Getpgrp() == os.Getpid() }

// crashBy ends the process in the way that is asked for.
func crashBy(how string) error {
	switch how {
	case "abort":
		return dieOf(unix.SIGABRT)
	case "segv":
		return dieOf(unix.SIGSEGV)
	case "kill":
		return dieOf(unix.SIGKILL)
	case "panic":
		panic("on demand")
	case "exit":
		os.Exit(7)
	case "flood":
		long := strings.Repeat("x", 100<<10)
		for range 10 {
			fmt.Fprintln(os.Stderr, long)
		}
		for range 10_000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("y", 100))
		}
	}
	return nil
}

// dieOf waits for a signal that another thread may get.
func dieOf(s syscall.Signal) error {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		return err
	}
	select {}
}

// goneOf is closed when a process that is no child of ours has ended.
func goneOf(t *testing.T, pid int) <-chan struct{} {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { // ends with the process
		defer close(gone)
		defer unix.Close(fd)
		for {
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); !errors.Is(err, unix.EINTR) {
				return
			}
		}
	}()
	return gone
}

// action is something that hostile code tries.
type action struct {
	name  string
	do    func(target) error
	kills bool // the attempt ends the child
}

// target is what it tries it on.
type target struct {
	Parent int    // process of the parent
	Addr   string // where the parent listens, IPv4
	Dir    string // where anybody may write
	socket int    // that was open before
}

func actions() []action {
	call := func(number uintptr, args ...uintptr) func(target) error {
		return func(target) error {
			var a [6]uintptr
			copy(a[:], args)
			if _, _, errno := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); errno != 0 {
				return errno
			}
			return nil
		}
	}
	return []action{
		{name: "read a file", do: func(target) error { _, err := os.ReadFile("/etc/passwd"); return err }},
		{name: "read the own program", do: func(target) error { _, err := os.Open("/proc/self/exe"); return err }},
		{name: "read the parent's memory", do: func(g target) error { _, err := os.Open(fmt.Sprintf("/proc/%d/mem", g.Parent)); return err }},
		{name: "read the parent's environment", do: func(g target) error { _, err := os.Open(fmt.Sprintf("/proc/%d/environ", g.Parent)); return err }},
		{name: "list a directory", do: func(target) error { _, err := os.ReadDir("/"); return err }},
		{name: "create a file", do: func(g target) error { return os.WriteFile(g.Dir+"/new", nil, 0o600) }},
		{name: "make a directory", do: func(g target) error { return os.Mkdir(g.Dir+"/new", 0o700) }},
		{name: "remove a file", do: func(g target) error { return os.Remove(g.Dir + "/old") }},
		{name: "rename a file", do: func(g target) error { return os.Rename(g.Dir+"/old", g.Dir+"/new") }},
		{name: "link a file", do: func(g target) error { return os.Symlink("/etc/passwd", g.Dir+"/new") }},
		{name: "stat a file", do: func(target) error { _, err := os.Stat("/etc/passwd"); return err }},
		{name: "change a mode", do: func(g target) error { return os.Chmod(g.Dir+"/old", 0o777) }},
		{name: "make a file in memory", do: func(target) error { _, err := unix.MemfdCreate("x", 0); return err }},
		{name: "socket IPv4", do: func(target) error { _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); return err }},
		{name: "socket IPv6, datagrams", do: func(target) error { _, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0); return err }},
		{name: "socket of Unix", do: func(target) error { _, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
		{name: "socket of the kernel", do: func(target) error { _, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, 0); return err }},
		{name: "pair of sockets", do: func(target) error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0); return err }},
		{name: "dial", do: func(g target) error { _, err := net.Dial("tcp", g.Addr); return err }},
		{name: "connect an open socket", do: func(g target) error { return unix.Connect(g.socket, &unix.SockaddrUnix{Name: "@x"}) }},
		{name: "listen on an open socket", do: func(g target) error { return unix.Listen(g.socket, 1) }},
		{name: "fork", do: call(unix.SYS_CLONE, uintptr(unix.SIGCHLD))},
		{name: "thread in a namespace", do: call(unix.SYS_CLONE, unix.CLONE_THREAD|unix.CLONE_SIGHAND|unix.CLONE_VM|unix.CLONE_NEWNET)},
		{name: "clone3", do: call(unix.SYS_CLONE3)},
		{name: "kill the parent", do: func(g target) error { return unix.Kill(g.Parent, unix.SIGKILL) }},
		{name: "kill everybody", do: func(target) error { return unix.Kill(-1, 0) }},
		{name: "kill a thread of the parent", do: func(g target) error { return unix.Tgkill(g.Parent, g.Parent, 0) }},
		{name: "kill by tkill", do: func(g target) error { return call(unix.SYS_TKILL, uintptr(g.Parent), 0)(g) }},
		{name: "kill through an owned descriptor", do: func(g target) error { _, err := unix.FcntlInt(uintptr(g.socket), unix.F_SETOWN, g.Parent); return err }},
		{name: "raise the limit of files", do: func(target) error {
			return unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 16, Max: 1 << 16}, nil)
		}},
		{name: "the parent's limits", do: func(g target) error { return unix.Prlimit(g.Parent, unix.RLIMIT_NOFILE, nil, &unix.Rlimit{}) }},
		{name: "outlive the parent", do: func(target) error { return unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0) }},
		{name: "become dumpable", do: func(target) error { return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) }},
		{name: "become another user", do: call(unix.SYS_SETUID, 0)},
		{name: "new session", do: func(target) error { _, err := unix.Setsid(); return err }},
		{name: "input for a terminal", do: func(target) error { return unix.IoctlSetInt(2, unix.TIOCSTI, 0) }},
		{name: "shared memory of System V", do: call(unix.SYS_SHMGET, 1, 4096, 0o1600)},
		{name: "another filter", do: call(unix.SYS_SECCOMP, 1)},
		{name: "the parent's priority", do: func(g target) error { return unix.Setpriority(unix.PRIO_PROCESS, g.Parent, 19) }},
		{name: "the group's priority", do: func(target) error { return unix.Setpriority(unix.PRIO_PGRP, 0, 19) }},
		{name: "a higher priority", do: func(target) error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -1) }},
		{name: "the scheduler", do: call(unix.SYS_SCHED_SETSCHEDULER)},
		{name: "a pipe", do: func(target) error { return unix.Pipe2(make([]int, 2), 0) }},

		{name: "execute", kills: true, do: func(target) error { return unix.Exec("/bin/sh", []string{"sh"}, nil) }},
		{name: "trace the parent", kills: true, do: func(g target) error { return unix.PtraceAttach(g.Parent) }},
		{name: "read the parent's memory at once", kills: true, do: func(g target) error {
			_, err := unix.ProcessVMReadv(g.Parent, nil, nil, 0)
			return err
		}},
		{name: "take the parent's descriptor", kills: true, do: func(g target) error { _, err := unix.PidfdOpen(g.Parent, 0); return err }},
		{name: "bpf", kills: true, do: call(unix.SYS_BPF)},
		{name: "io_uring", kills: true, do: call(unix.SYS_IO_URING_SETUP, 1)},
		{name: "keys", kills: true, do: call(unix.SYS_KEYCTL)},
		{name: "page faults", kills: true, do: call(unix.SYS_USERFAULTFD)},
		{name: "performance events", kills: true, do: call(unix.SYS_PERF_EVENT_OPEN)},
		{name: "mount", kills: true, do: func(target) error { return unix.Mount("none", "/mnt", "tmpfs", 0, "") }},
		{name: "unshare", kills: true, do: func(target) error { return unix.Unshare(unix.CLONE_NEWUSER) }},
		{name: "setns", kills: true, do: call(unix.SYS_SETNS, 0, 0)},
	}
}

// order is what a child is to try, on threads that existed before it was confined
// and on threads that did not.
type order struct {
	Action int
	Target target
}

func attempt(s *child.Self) error {
	var threads []chan func()
	add := func() {
		work := make(chan func())
		go func() {
			runtime.LockOSThread()
			for f := range work {
				f()
			}
		}()
		threads = append(threads, work)
	}
	add()
	add()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if _, err := s.Confine(child.Policy{Files: 64}); err != nil {
		return err
	}
	add()
	add()
	var o order
	if err := json.NewDecoder(s.Conn).Decode(&o); err != nil {
		return nil // the parent has enough of it
	}
	o.Target.socket = pair[0]
	answers := make(chan error)
	for _, work := range threads {
		work <- func() { go func(err error) { answers <- err }(actions()[o.Action].do(o.Target)) }
	}
	for range threads {
		fmt.Fprintln(s.Conn, <-answers)
	}
	return nil
}

func newTarget(t *testing.T) target {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(dir+"/old", nil, 0o600), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	return target{Parent: os.Getpid(), Addr: listener.Addr().String(), Dir: dir}
}

func TestConfinement(t *testing.T) {
	target := newTarget(t)
	for i, a := range actions() {
		t.Run(a.name, func(t *testing.T) {
			p := start(t, child.Command{Role: "attempt"})
			if !p.Report().Applied(child.LayerSeccomp) {
				t.Skipf("this kernel has no filter: %v", p.Report())
			}
			if err := json.NewEncoder(p.Conn()).Encode(order{i, target}); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(p.Conn())
			count := 0
			for ; lines.Scan(); count++ {
				if a.kills || !denied(lines.Text()) {
					t.Errorf("it got %q", lines.Text())
				}
			}
			exit := p.Exit()
			if a.kills && exit.Cause != child.ByViolation {
				t.Errorf("the child %v", exit)
			}
			if !a.kills && (count != 4 || exit.Fatal()) {
				t.Errorf("%d answers, and the child %v", count, exit)
			}
		})
	}
}

// denied reports whether a text is the error of a call that was refused.
func denied(text string) bool {
	for _, errno := range []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.ENOSYS} {
		if strings.Contains(text, errno.Error()) {
			return true
		}
	}
	return false
}

// landed tries, on two threads, what Landlock and the rest of the first start
// forbid, before there is a filter. It reads first, which a role should not.
func landed(s *child.Self) error {
	var g target
	if err := json.NewDecoder(s.Conn).Decode(&g); err != nil {
		return err
	}
	answers := make(chan string)
	for range 2 {
		go func() {
			runtime.LockOSThread()
			for _, a := range landActions() {
				answers <- fmt.Sprintf("%s: %v", a.name, a.do(g))
			}
		}()
	}
	for range 2 * len(landActions()) {
		fmt.Fprintln(s.Conn, <-answers)
	}
	return nil
}

func landActions() []action {
	names := map[string]bool{
		"read a file": true, "read the parent's memory": true, "read the parent's environment": true, "list a directory": true, "create a file": true,
		"make a directory": true, "remove a file": true, "rename a file": true, "link a file": true,
		"kill the parent": true, "kill a thread of the parent": true, "trace the parent": true, "execute": true,
	}
	var list []action
	for _, a := range actions() {
		if names[a.name] {
			list = append(list, a)
		}
	}
	return append(
		list,
		action{name: "bind", do: func(target) error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			return unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
		}},
		action{name: "dial", do: func(g target) error { _, err := net.Dial("tcp", g.Addr); return err }},
		action{name: "capabilities", do: func(target) error {
			var sets [2]unix.CapUserData
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			if err := unix.Capget(&header, &sets[0]); err != nil {
				return err
			}
			if sets != [2]unix.CapUserData{} {
				return fmt.Errorf("it has %x", sets)
			}
			return syscall.EPERM
		}},
		action{name: "new privileges", do: func(target) error {
			if set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || set != 1 {
				return fmt.Errorf("no_new_privs is %d, %w", set, err)
			}
			return syscall.EPERM
		}},
	)
}

// Landlock, capabilities and no_new_privs hold without the filter, on all threads.
func TestFirstStartAlone(t *testing.T) {
	if p := start(t, child.Command{Role: "echo"}); !p.Report().Applied(child.LayerLandlockFiles, child.LayerLandlockNet, child.LayerLandlockScope) {
		t.Skipf("this kernel has no Landlock, or an old one: %v", p.Report())
	}
	p := start(t, child.Command{Role: "landed"})
	if err := json.NewEncoder(p.Conn()).Encode(newTarget(t)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(p.Conn())
	count := 0
	for ; lines.Scan(); count++ {
		if !denied(lines.Text()) {
			t.Error(lines.Text())
		}
	}
	if count != 2*len(landActions()) {
		t.Errorf("%d answers, and the child %v", count, p.Exit())
	}
}

// work does what a program needs: memory, threads, timers, collections.
func work(s *child.Self) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	if _, err := s.Confine(child.Policy{Data: 1 << 30, Files: 64, Threads: 256}); err != nil {
		return err
	}
	done := make(chan int)
	for i := range 32 {
		go func() {
			runtime.LockOSThread() // a thread each, which ends with it
			var kept [][]byte
			for range 64 {
				kept = append(kept, make([]byte, 64<<10))
			}
			<-time.After(time.Millisecond)
			done <- len(kept) + i - i
		}()
	}
	for range 32 {
		<-done
	}
	runtime.GC()
	if _, err := fmt.Fprintln(w, "through a pipe"); err != nil {
		return err
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	go func() { // never yields: Go has to interrupt it with a signal
		for n := 0; ; n++ {
			if n&0xFFFFFF == 0 {
				select {
				case <-stop:
					return
				default:
				}
			}
		}
	}()
	runtime.GC()
	close(stop)
	var limit unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_CORE, nil, &limit); err != nil || limit.Max != 0 {
		return fmt.Errorf("the limit of dumps is %d, %w", limit.Max, err)
	}
	_, err = s.Conn.Write([]byte(line))
	return err
}

func TestWorksConfined(t *testing.T) {
	p := start(t, child.Command{Role: "work"})
	if line, err := readLine(p.Conn()); err != nil || line != "through a pipe\n" {
		t.Errorf("got %q, %v: %v %q", line, err, p.Exit(), p.Exit().Said)
	}
	t.Log(p.Report())
}

// starve takes more memory than it may have.
func starve(s *child.Self) error {
	if _, err := s.Confine(child.Policy{Data: 256 << 20}); err != nil {
		return err
	}
	food := make([]byte, 512<<20)
	for i := 0; i < len(food); i += 4096 {
		food[i] = 1
	}
	_, err := s.Conn.Write(food)
	return err
}

func TestLimitOfData(t *testing.T) {
	p := start(t, child.Command{Role: "starve"})
	if e := p.Exit(); !e.Fatal() { // there are several ways to die of it
		t.Error(e)
	}
}

// multiply takes more threads than it may have.
func multiply(s *child.Self) error {
	if _, err := s.Confine(child.Policy{Threads: 50}); err != nil {
		return err
	}
	for range 100 {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
	}
	_, err := s.Conn.Read(make([]byte, 1))
	return err
}

func TestLimitOfThreads(t *testing.T) {
	p := start(t, child.Command{Role: "multiply"})
	if os.Getuid() == 0 || !p.Report().Applied(child.LayerThreads) {
		t.Skipf("the limit is not enforced for this user: %v", p.Report())
	}
	if e := p.Exit(); e.Cause != child.ByCrash {
		t.Error(e)
	}
}

// noChildren fails if there is a child of this process, a dead one included.
func noChildren(t *testing.T) {
	t.Helper()
	if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil); !errors.Is(err, unix.ECHILD) {
		t.Errorf("children are left: %v", err)
	}
}
