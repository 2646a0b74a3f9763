package proc

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is another process, most often of this same program, on cores of its own. Its methods may be
// called from any goroutine.
type Process struct {
	// In and Out are its standard input and output. Its errors go where those of this
	// process go.
	In  io.WriteCloser
	Out io.Reader

	cmd   *exec.Cmd
	ended chan error // gets how it ended, once
}

// Start runs this program once more, with arguments, on some cores from its first
// instruction: so its runtime sees a machine that has no others. It does not outlive this
// process. Stop ends it.
func Start(cores []int, args ...string) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return StartProgram(cores, program, args...)
}

// StartProgram is Start for another program.
func StartProgram(cores []int, program string, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, err
	}
	p := &Process{In: in, Out: out, cmd: cmd, ended: make(chan error, 1)}
	started := make(chan error, 1)
	go p.run(cores, started) // until the process ends
	return p, <-started
}

// run starts the process and waits for its end. It keeps its thread until then, since
// Pdeathsig tells of the end of the thread that started a process.
func (p *Process) run(cores []int, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := startOn(cores, p.cmd)
	started <- err
	if err == nil {
		p.ended <- p.cmd.Wait()
	}
}

// startOn starts a command on cores, which it inherits from the calling thread.
func startOn(cores []int, cmd *exec.Cmd) error {
	var own, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &own); err != nil {
		return err
	}
	for _, core := range cores {
		set.Set(core)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return err
	}
	return errors.Join(cmd.Start(), unix.SchedSetaffinity(0, &own))
}

// Stop ends the process and waits until it has ended. It is called once.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill() // the error is that it has ended by itself
	<-p.ended
}
