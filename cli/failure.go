package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hedge"
	"hedge/bundle"
)

// failure is an error as JSON has it.
type failure struct {
	Error       string              `json:"error"`
	Outcome     hedge.Outcome       `json:"outcome,omitempty"`
	Diagnostics []bundle.Diagnostic `json:"diagnostics,omitempty"`
	Exception   json.RawMessage     `json:"exception,omitempty"` // as in the access log
}

func failureOf(err error) failure {
	f := failure{Error: err.Error()}
	var built *bundle.BuildError
	if errors.As(err, &built) {
		f.Error = "the app cannot be built: " + count(len(built.Diagnostics), "error")
		f.Diagnostics = built.Diagnostics
	}
	var known *hedge.Error
	if errors.As(err, &known) {
		f.Outcome, f.Exception = known.Outcome, thrownBy(known.Exception)
	}
	return f
}

// describe returns an error as a person reads it, ending in a line end: what is
// wrong with an app as compilers show it, all else in a line of its own, with the place
// below it where code threw.
func describe(err error, s style) string {
	var built *bundle.BuildError
	if !errors.As(err, &built) {
		return "hedge: " + printable(err.Error()) + "\n" + placeOf(exceptionOf(err), s)
	}
	shown := built.Diagnostics[:min(maxDiagnostics, len(built.Diagnostics))]
	parts := make([]string, len(shown))
	for i, d := range shown {
		parts[i] = describeDiagnostic(d, "", red, s)
	}
	if more := len(built.Diagnostics) - len(shown); more > 0 {
		parts = append(parts, "… and "+count(more, "more error")+"\n")
	}
	return strings.Join(parts, "\n")
}

// inFolder returns what is wrong with an app in dir, whose files are named as they are found
// from here: each of several apps has a hedge.toml.
func inFolder(dir string, err error) error {
	var built *bundle.BuildError
	if !errors.As(err, &built) {
		return err
	}
	found := slices.Clone(built.Diagnostics)
	for i, d := range found {
		if d.File != "" {
			found[i].File = filepath.ToSlash(under(dir, filepath.FromSlash(d.File)))
		}
	}
	return &bundle.BuildError{Diagnostics: found}
}

// placeOf returns the stack of an exception whose message is shown already, and the line
// that it points into. It ends in a line end; it is empty for what has no place, and nil.
func placeOf(x *hedge.Exception, s style) string {
	if x == nil {
		return ""
	}
	text := ""
	if stack := strings.TrimPrefix(x.Trace(), x.Error()); stack != "" {
		text = s.paint(dim, strings.TrimPrefix(printable(stack), "\n")) + "\n"
	}
	if line := sourceLine(x); line != "" {
		text += "\n" + line
	}
	return text
}

// maxDiagnostics is the number of diagnostics that are shown: the first are those
// that the others may come from.
const maxDiagnostics = 20

// describeDiagnostic returns a diagnostic with its place and its caret painted.
func describeDiagnostic(d bundle.Diagnostic, kind, colour string, s style) string {
	head, rest, _ := strings.Cut(d.String(), "\n")
	place := strings.TrimSuffix(head, d.Text)
	if !s.colours || place == head {
		return kind + printable(head) + "\n" + rest
	}
	lines := strings.SplitAfter(rest, "\n")
	for i, line := range lines {
		if isCaret(line) {
			bar := strings.Index(line, "|") + 1
			lines[i] = line[:bar] + s.paint(colour, strings.TrimSuffix(line[bar:], "\n")) + "\n"
		}
	}
	return s.paint(bold, printable(place)) + s.paint(colour, kind+printable(d.Text)) + "\n" + strings.Join(lines, "")
}

// isCaret reports whether a line of an excerpt is the one below the source line.
func isCaret(line string) bool {
	before, after, ok := strings.Cut(strings.TrimSpace(line), "|")
	return ok && before == "" && strings.Trim(after, " \t^~") == "" && strings.Contains(after, "^")
}

// cause returns why an operation on a file failed, without the path that it names:
// the message around it does that.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	default:
		return err
	}
}

// millis returns a duration as JSON has it: milliseconds, to the microsecond.
func millis(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
