// Package hostile throws a corpus of hostile apps at an edge that serves a
// well-behaved one as well, and looks at what becomes of all of them. README.md
// says how a script is written.
package hostile

import (
	"bufio"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"

	"hedge/child"
	"hedge/cli"
	"hedge/jsapi"
	"hedge/worker"
)

// commandVariable makes the test's binary be hedge.
const commandVariable = "HEDGE_HOSTILE_RUN_COMMAND"

// The descriptors through which an edge is asked how it is.
const (
	questionsFD = 3
	censusesFD  = 4
)

func TestMain(m *testing.M) {
	name, role := worker.CordonRole(jsapi.Script)
	if code, ok := child.Main(os.Args, map[string]child.Role{name: role}); ok {
		os.Exit(code)
	}
	if os.Getenv(commandVariable) == "" {
		os.Exit(m.Run())
	}
	syscall.CloseOnExec(questionsFD)
	syscall.CloseOnExec(censusesFD)
	go answerQuestions(os.NewFile(questionsFD, "questions"), os.NewFile(censusesFD, "censuses")) // as long as the process
	os.Exit(cli.Main(os.Args[1:], cli.System()))
}

// census is what can be counted from inside of an edge alone.
type census struct {
	Goroutines int
	Live       uint64 // bytes of Go's heap that something refers to
	// Stacks says how many goroutines have which stack, if that was asked for.
	Stacks string `json:",omitempty"`
}

// The questions, each a line.
const (
	askCensus = "census\n"
	askStacks = "stacks\n"
)

// answerQuestions ends the process when nobody can ask any more: the test has died.
func answerQuestions(questions, censuses *os.File) {
	lines, out := bufio.NewReader(questions), json.NewEncoder(censuses)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			os.Exit(1)
		}
		debug.FreeOSMemory() // collects, too
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		c := census{Goroutines: runtime.NumGoroutine(), Live: memory.HeapAlloc}
		if line == askStacks {
			var stacks strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1) // a Builder takes everything
			c.Stacks = stacks.String()
		}
		if err := out.Encode(c); err != nil {
			os.Exit(1)
		}
	}
}
