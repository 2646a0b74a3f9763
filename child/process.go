package child

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
)

// The bounds of what a child may tell: it may be hostile.
const (
	maxReport = 64 << 10
	maxLine   = 2 << 10   // bytes of a line of standard error; the rest is dropped
	maxStderr = 256 << 10 // bytes of standard error in a child's life that are passed on; the rest is dropped
	maxSaid   = 32        // lines in Exit.Said
)

// Process is a child that was started. Its methods may be called at any time from
// any goroutine.
type Process struct {
	command  Command
	conn     *Conn
	shared   *Shared     // nil without Command.Shared
	oomKills uint64      // of the machine, before it started
	process  *os.Process // set before Start returns

	ready  chan struct{} // closed by readReport
	report Report        // before ready is closed: readReport's
	said   []string      // before done is closed: readLines'
	done   chan struct{} // closed by reap
	exit   Exit          // before done is closed: reap's

	mu     sync.Mutex // guards those below, and that nobody signals a number that is no longer the child's
	ended  bool       // the child has, and so signals are nothing to it
	closed bool       // Close was called
	killed bool       // we sent the signal, and the child had not ended
	reason string     // of the first who did
}

// Conn is the parent's end of the connection. The caller reads it until EOF, which the
// end of the child brings about, and closes it.
func (p *Process) Conn() *Conn { return p.conn }

// Shared is the memory of Command.Shared, and nil without. It ends with the child.
func (p *Process) Shared() *Shared { return p.shared }

// PID is the process's number. After Done it may be another's.
func (p *Process) PID() int { return p.process.Pid }

// Ready is closed when the child is confined, or will never be (see Report).
func (p *Process) Ready() <-chan struct{} { return p.ready }

// Report waits for Ready. It is empty if the child ended, or gave up its pipe,
// without having called Confine.
func (p *Process) Report() Report {
	<-p.ready
	return p.report
}

// Done is closed when the child has ended and is reaped, and all that it wrote to
// standard error is passed on.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for Done.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// Resident returns the bytes that the child has in memory: its own, and what is
// mapped of the program, which all children and the parent share.
func (p *Process) Resident() (uint64, error) {
	return residentBytes(p.PID())
}

// Kill ends the child's process group at once, and waits until it is reaped. The
// first Kill gives the reason.
func (p *Process) Kill(reason string) {
	p.signal(reason)
	<-p.done
}

// Close closes the connection, which asks the role to return, and kills the child if
// it has not ended when ctx is done. It returns when the child is reaped.
func (p *Process) Close(ctx context.Context) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.conn.Close()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill("it did not end when asked to")
	}
}

// signal kills the group: before the child has confined itself, it might have
// started others.
func (p *Process) signal(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // it fails only if the group is gone
	if !p.killed {
		p.killed, p.reason = true, reason
	}
}

// reap waits for the child and its readers, and tells everybody.
func (p *Process) reap(readers <-chan struct{}) {
	state, err := p.wait()
	for range cap(readers) {
		<-readers // both end when the last process of the group has
	}
	p.exit = Exit{PID: p.PID(), Cause: ByOther, Code: -1, Reason: "waiting for it failed"}
	if err == nil {
		p.exit = p.newExit(state)
	}
	p.exit.At, p.exit.Said = p.command.Now(), p.said
	p.shared.close()
	close(p.done)
}

// readReport takes what Confine sends.
func (p *Process) readReport(r *os.File) {
	defer r.Close()
	var report Report
	if json.NewDecoder(io.LimitReader(r, maxReport)).Decode(&report) == nil {
		p.report = report
	}
	close(p.ready)
}

// readLines takes standard error until all who have it have closed it.
func (p *Process) readLines(r *os.File) {
	defer r.Close()
	reader, left := bufio.NewReaderSize(r, maxLine), maxStderr
	for {
		line, err := reader.ReadSlice('\n')
		if text := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\uFFFD"); text != "" && left > 0 {
			left -= len(line)
			p.pass(text)
		}
		for err == bufio.ErrBufferFull {
			_, err = reader.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}

func (p *Process) pass(line string) {
	if len(p.said) < maxSaid {
		p.said = append(p.said, line)
	}
	if p.command.Lines != nil {
		p.command.Lines(p.PID(), line)
	}
}
