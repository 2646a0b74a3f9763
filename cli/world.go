package cli

import (
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

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

// gcPercent is how much Go's heap may grow before it is collected, in percent.
const gcPercent = 800

// System is the World of this process. It takes over SIGINT and SIGTERM.
func System() World {
	if os.Getenv("GOGC") == "" {
		// What lives on Go's heap is a few MiB, so that collecting at twice that size
		// would mean many times a second under load.
		debug.SetGCPercent(gcPercent)
	}
	signals := make(chan os.Signal, 2) // a second one while the first is dealt with
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return World{
		Stdout:  Stream{os.Stdout, isTerminal(os.Stdout)},
		Stderr:  Stream{os.Stderr, isTerminal(os.Stderr)},
		Signals: signals,
		Getenv:  os.Getenv,
		Now:     time.Now,
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
