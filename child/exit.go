package child

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// goCrash is the exit code of Go's runtime after an error, which may have been a
// signal: it catches those that native code dies of.
const goCrash = 2

// Cause is why a child ended.
type Cause int

// The causes, in words of Cause.String.
const (
	ByItself    Cause = iota // the role returned, or the process called exit with another code than 0
	ByCrash                  // a fatal error: of V8, of Go's runtime, of native code
	ByViolation              // it made a system call that only hostile code makes
	ByMemory                 // killed, and meanwhile the kernel had killed for lack of memory: a guess
	ByKill                   // Process.Kill, whose reason is in Exit.Reason
	ByClose                  // Process.Close, in time
	ByOther                  // killed by somebody else
)

func (c Cause) String() string {
	switch c {
	case ByItself:
		return "ended by itself"
	case ByCrash:
		return "crashed"
	case ByViolation:
		return "broke out of what it may do"
	case ByMemory:
		return "ran out of memory"
	case ByKill:
		return "was killed"
	case ByClose:
		return "was closed"
	default:
		return "was killed from outside"
	}
}

// Exit says how a child ended.
type Exit struct {
	PID    int
	Cause  Cause
	Reason string         // what Kill was given
	Code   int            // the exit code, or -1 after a signal
	Signal syscall.Signal // or 0
	At     time.Time      // by the Command's clock
	Said   []string       // the first lines of standard error, where a fatal error names itself
}

// String is the exit in one line, as "crashed (aborted): Fatal JavaScript …".
func (e Exit) String() string {
	text := e.Cause.String()
	switch {
	case e.Reason != "":
		text += " (" + e.Reason + ")"
	case e.Signal != 0:
		text += " (" + e.Signal.String() + ")"
	case e.Code != 0:
		text += fmt.Sprintf(" (code %d)", e.Code)
	}
	if last := e.lastWords(); last != "" && e.Cause != ByClose {
		text += ": " + last
	}
	return text
}

// lastWords are the first two lines with words in them, for V8 says where, and then
// what. What was said before V8's own words is not why the process ended: its locks
// complain of what the confinement refuses them, whenever they have to wait.
func (e Exit) lastWords() string {
	said := e.Said
	if i := slices.IndexFunc(said, func(line string) bool { return strings.Contains(line, "Fatal error") }); i >= 0 {
		said = said[i:]
	}
	var words []string
	for _, line := range said {
		if line = strings.Trim(line, "# "); line != "" && len(words) < 2 {
			words = append(words, line)
		}
	}
	return strings.Join(words, "; ")
}

// Fatal reports whether it is a crash, which anything is but an end without error.
func (e Exit) Fatal() bool { return e.Code != 0 }

// newExit says why the process has ended that state is of.
func (p *Process) newExit(state *os.ProcessState) Exit {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := Exit{PID: p.PID(), Cause: ByItself, Code: state.ExitCode()}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
	}
	switch {
	case e.Signal == syscall.SIGKILL && p.killed:
		e.Cause, e.Reason = ByKill, p.reason
	case e.Signal == syscall.SIGKILL && oomKills() > p.oomKills:
		e.Cause = ByMemory
	case e.Signal == syscall.SIGSYS:
		e.Cause = ByViolation
	case slices.Contains([]syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}, e.Signal):
		e.Cause = ByOther
	case e.Signal != 0 || e.Code == goCrash:
		e.Cause = ByCrash
	case e.Code == 0 && p.closed:
		e.Cause = ByClose
	}
	return e
}
