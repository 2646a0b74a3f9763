package cli

import (
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/cloudflare/tableflip"
	"golang.org/x/term"
)

// World is what lies outside of a command. It is a value, so that a test can be
// the world.
type World struct {
	// Stdout gets results and logs; Stderr gets what kept a command from its work.
	Stdout, Stderr Stream
	// Signals yields the requests to end: at the first a server ends what it has
	// begun, at the second it ends at once.
	Signals <-chan os.Signal
	// Control yields what a server is told besides to end: SIGHUP, to take up what has
	// changed, and SIGUSR2, to hand over to the program as it is on the disk now. It is
	// called by who listens; nil: nobody tells it anything.
	Control func() <-chan os.Signal
	// Outlive has this process outlive who reads its output: a write that nobody can read
	// any more fails, and does not end it. nil: that is not known.
	Outlive func()
	// Upgrader hands sockets over; it is called once. nil: there is nobody to hand to.
	Upgrader func(tableflip.Options) (*tableflip.Upgrader, error)
	// Screen opens the terminal for a command that draws on it; nil: there is none.
	Screen func() (Screen, error)
	// HeapLimit has Go's heap collected so that this process stays below so many bytes; nil:
	// it grows as it likes.
	HeapLimit func(bytes int64)
	// Getenv returns a variable of the environment, empty if it is not set.
	Getenv func(name string) string
	// Now is the clock, for times and durations in what is printed.
	Now func() time.Time
}

// Stream is where output goes.
type Stream struct {
	io.Writer
	// Terminal says that a person reads it.
	Terminal bool
}

// style returns the style for what is written to the stream: in colours on a
// terminal, unless the user does not want them (https://no-color.org).
func (s Stream) style(w World) style {
	return style{colours: s.Terminal && w.Getenv("NO_COLOR") == "" && w.Getenv("TERM") != "dumb"}
}

// System is the World of this process. It takes over SIGINT and SIGTERM.
func System() World {
	if os.Getenv("GOGC") == "" {
		go PaceCollector() // as long as the process
	}
	signals := make(chan os.Signal, 2) // a second one while the first is dealt with
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var heapLimit func(int64)
	if os.Getenv("GOMEMLIMIT") == "" {
		heapLimit = func(bytes int64) { debug.SetMemoryLimit(bytes) }
	}
	var screen func() (Screen, error)
	if isTerminal(os.Stdout) && isTerminal(os.Stdin) {
		screen = openTerminal
	}
	return World{
		Screen:    screen,
		HeapLimit: heapLimit,
		Stdout:    Stream{os.Stdout, isTerminal(os.Stdout)},
		Stderr:    Stream{os.Stderr, isTerminal(os.Stderr)},
		Signals:   signals,
		Control: func() <-chan os.Signal {
			control := make(chan os.Signal, 2)
			signal.Notify(control, syscall.SIGHUP, syscall.SIGUSR2)
			return control
		},
		// Go ends a program whose standard output has lost its reader, unless it is told of the
		// signal. What is written says so as well, so nobody listens.
		Outlive:  func() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) },
		Upgrader: tableflip.New,
		Getenv:   os.Getenv,
		Now:      time.Now,
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
