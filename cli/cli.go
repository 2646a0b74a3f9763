// Package cli is the command line: one file a command, flags in, text or JSON
// out. It introduces the compiler (bundle), the runtime (worker, jsapi) and the
// data plane (node) to each other; edge.go is where that happens.
//
// A command sees nothing of the process that it runs in but a World, so that tests
// run commands as they are, in the test's own process.
package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hedge/child"
	"hedge/image"
	"hedge/jsapi"
	"hedge/worker"
)

// The exit codes of Main.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// command is one subcommand.
type command struct {
	name    string
	args    string // as the usage line shows them
	maxArgs int
	summary string // one line, for the list of commands
	text    string // paragraphs, for the command's own help
	options []option
	run     func(args []string) error
}

// commands lists the commands in the order in which help shows them. The values of
// their options are fresh ones with each call.
func commands(w World) []command {
	list := []command{devCommand(w), buildCommand(w), serveCommand(w), splitCommand(w), purgeCommand(w), topCommand(w), doctorCommand(w), versionCommand(w)}
	return append(list, helpCommand(w, list))
}

// Main runs the command that the arguments, without the program's name, ask for,
// and returns the exit code: 0 if all went well, 1 if it failed, 2 if the
// arguments make no sense, 130 if it was told twice to end. What went wrong has
// been written to w.Stderr.
func Main(args []string, w World) int {
	if code, ok := asChild(append([]string{"hedge"}, args...)); ok {
		return code
	}
	err := dispatch(args, w)
	var misuse *usageError
	var exit *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &misuse):
		fmt.Fprint(w.Stderr, misuse.report())
		return exitUsage
	case errors.As(err, &exit):
		return exit.code
	default:
		fmt.Fprint(w.Stderr, describe(err, w.Stderr.style(w)))
		return exitFailure
	}
}

// asChild runs this process as a child of the same program, if args, which begin
// with the program's name, say that it is one.
func asChild(args []string) (code int, ok bool) {
	cordon, serveCordon := worker.CordonRole(jsapi.Script)
	pictures, serveImages := image.WorkerRole()
	return child.Main(args, map[string]child.Role{cordon: serveCordon, pictures: serveImages})
}

func dispatch(args []string, w World) error {
	list := commands(w)
	if len(args) == 0 {
		_, err := fmt.Fprint(w.Stdout, shortHelp(list))
		return err
	}
	c, err := findCommand(list, args[0])
	if err != nil {
		return err
	}
	rest, err := parseOptions(c, args[1:])
	switch {
	case errors.Is(err, errHelpWanted):
		_, err = fmt.Fprint(w.Stdout, commandHelp(c))
		return err
	case err != nil:
		return err
	case len(rest) > c.maxArgs:
		return misused(c, "unexpected argument %q", rest[c.maxArgs])
	}
	return c.run(rest)
}

// findCommand returns the command that is called name, or meant by a flag that
// other programs have in its place.
func findCommand(list []command, name string) (command, error) {
	switch name {
	case "-h", "--help":
		name = "help"
	case "--version":
		name = "version"
	}
	i := slices.IndexFunc(list, func(c command) bool { return c.name == name })
	if i >= 0 {
		return list[i], nil
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.name
	}
	problem := fmt.Sprintf("unknown command %q", name)
	if strings.HasPrefix(name, "-") {
		problem = fmt.Sprintf("unknown option %s: options follow the command, as in `hedge dev %s`", name, name)
	}
	return command{}, &usageError{problem: problem, near: nearest(name, names), see: "hedge help"}
}

// usageError says that the arguments make no sense.
type usageError struct {
	problem string
	near    string // what was probably meant, if anything
	see     string // the command that explains more
}

func misused(c command, format string, args ...any) *usageError {
	return &usageError{problem: fmt.Sprintf(format, args...), see: "hedge help " + c.name}
}

func (e *usageError) Error() string { return e.problem }

func (e *usageError) report() string {
	text := "hedge: " + e.problem + "\n"
	if e.near != "" {
		text += fmt.Sprintf("  did you mean %q?\n", e.near)
	}
	return text + fmt.Sprintf("  see `%s`\n", e.see)
}

// exitError ends a command with a code, when it has said why.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }
