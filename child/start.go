package child

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// Command says what to start. It is not changed, and may be used many times.
type Command struct {
	Role   string
	Path   string                     // the program; "" is this one, which it is in all but tests
	Args   string                     // handed over as Self.Args
	Env    []string                   // the whole environment, as "NAME=value". GOMAXPROCS belongs into it where a cgroup limits processors: a child cannot read that
	Files  []*os.File                 // handed over as Self.Files; they stay the caller's, who keeps them open
	Shared int                        // bytes of memory that the parent writes and the child reads, as Process.Shared and Self.Shared; 0: none
	Reads  []string                   // files and folders that the child may read, besides its program's, until it calls Confine; those that cannot be opened are left out
	Lines  func(pid int, line string) // gets what the child writes to standard error, from one goroutine a child; nil drops it
	Now    func() time.Time           // nil is time.Now
}

// candidate is a way to start a child, and what it says about namespaces when the
// ways before it were refused for err.
type candidate struct {
	attr syscall.SysProcAttr
	rows func(err error) Report
}

// pipes are the parent's and the child's ends of what connects the two.
type pipes struct {
	in, out, report, stderr *os.File   // the parent's
	child                   []*os.File // from descriptor 0 on
	shared                  *os.File   // the child's end of Command.Shared, or nil
}

// Start starts a child. It returns when the program is executed, long before the
// child is ready. The Process is to be ended with Close or Kill.
//
// The kernel kills a child when the thread that started it ends. So that no other
// than the end of this process is one, a goroutine with a thread of its own starts
// the child and waits for it.
func Start(c Command) (*Process, error) {
	p, err := newPipes()
	if err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	conn, err := connOf(p.in, p.out)
	if err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	shared, err := p.share(c.Shared)
	if err != nil {
		p.close()
		return nil, fmt.Errorf("starting a child: memory to share with it: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	process := &Process{
		command: c, conn: conn, shared: shared, oomKills: oomKills(),
		ready: make(chan struct{}), done: make(chan struct{}),
	}
	started := make(chan error)
	go process.keep(p, started) // ends with the child
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	return process, nil
}

// launch executes the program in the best way that the kernel allows.
func launch(c Command, files []*os.File) (*os.Process, error) {
	path, err := c.Path, error(nil)
	if path == "" {
		if path, err = executable(); err != nil {
			return nil, err
		}
	}
	var refused error
	for _, way := range candidates() {
		var rows Report
		if way.rows != nil {
			rows = way.rows(refused)
		}
		text, err := json.Marshal(handover{Parent: os.Getpid(), Args: c.Args, Shared: c.Shared, Files: len(c.Files), Reads: c.Reads, Rows: rows})
		if err != nil {
			return nil, err
		}
		process, err := os.StartProcess(path, []string{"hedge", marker, c.Role, string(text)}, &os.ProcAttr{
			Dir: "/", Env: append([]string{}, c.Env...), // nil would be ours
			Files: files, Sys: &way.attr,
		})
		if err == nil {
			return process, nil
		}
		refused = cause(err)
		if !isRefusal(err) {
			break
		}
	}
	return nil, refused
}

// cause is an error without the name of the program in it.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Op, p.Err)
	}
	return err
}

// isRefusal reports whether starting in another way may help.
func isRefusal(err error) bool {
	return slices.ContainsFunc([]syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.EINVAL, syscall.ENOSPC, syscall.ENOSYS, syscall.EUSERS},
		func(e syscall.Errno) bool { return errors.Is(err, e) })
}

func newPipes() (p pipes, err error) {
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	null, err := os.Open(os.DevNull)
	p.child = []*os.File{null}
	for _, end := range []struct {
		ours   **os.File
		theirs int // 0: the end that is read
	}{{&p.stderr, 1}, {&p.out, 0}, {&p.in, 1}, {&p.report, 1}} {
		if err != nil {
			return p, err
		}
		var ends [2]*os.File
		ends[0], ends[1], err = os.Pipe()
		*end.ours = ends[1-end.theirs]
		p.child = append(p.child, ends[end.theirs])
	}
	return p, err
}

// files lists the child's descriptors from 0 on: see connIn.
func (p *pipes) files(handed []*os.File) []*os.File {
	null, stderr := p.child[0], p.child[1]
	files := slices.Concat([]*os.File{null, stderr, stderr}, p.child[2:], handed)
	if p.shared != nil {
		files = append(files, p.shared)
	}
	return files
}

func (p *pipes) closeChild() {
	for _, f := range append(p.child, p.shared) {
		if f != nil {
			f.Close()
		}
	}
}

func (p *pipes) close() {
	p.closeChild()
	for _, f := range []*os.File{p.in, p.out, p.report, p.stderr} {
		if f != nil {
			f.Close()
		}
	}
}

// keep starts the child, and waits for it, on one thread.
func (p *Process) keep(pipes pipes, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	process, err := launch(p.command, pipes.files(p.command.Files))
	pipes.closeChild()
	if err != nil {
		pipes.close()
		p.shared.close()
		started <- err
		return
	}
	p.process = process
	readers := make(chan struct{}, 2)
	go func() { p.readReport(pipes.report); readers <- struct{}{} }()
	go func() { p.readLines(pipes.stderr); readers <- struct{}{} }()
	started <- nil
	p.reap(readers)
}
