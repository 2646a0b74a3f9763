package bundle

import (
	"fmt"
	"strings"

	"hedge/sourcemap"
)

// Diagnostic is one thing that is wrong in an app's source or configuration.
type Diagnostic struct {
	// File is relative to the app's folder, with forward slashes.
	File string `json:"file"`
	// Line counts from 1; it is 0 when the diagnostic is about the whole file.
	Line int `json:"line,omitempty"`
	// Column counts UTF-16 code units from 1, as editors and stack traces do.
	Column int `json:"column,omitempty"`
	// Length is the number of UTF-16 code units to underline, at least 1.
	Length int `json:"length,omitempty"`
	// Text says what is wrong.
	Text string `json:"text"`
	// SourceLine is the text of the line. A line of a configuration file that is longer
	// than anybody writes (64 KiB) is left out.
	SourceLine string `json:"source_line,omitempty"`
	// Hint says what to do about it, in one or more lines; it may be empty.
	Hint string `json:"hint,omitempty"`
}

// maxSourceLine bounds the lines that a diagnostic about a configuration file shows.
const maxSourceLine = 64 << 10

// maxPrinted is the number of diagnostics that BuildError.Error prints.
const maxPrinted = 20

// BuildError is everything that is wrong with an app, as far as it could be read.
type BuildError struct {
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// Error prints the diagnostics as compilers do, without colours.
func (e *BuildError) Error() string {
	var b strings.Builder
	for i, d := range e.Diagnostics {
		if i > 0 {
			b.WriteString("\n")
		}
		if i == maxPrinted {
			fmt.Fprintf(&b, "… and %d more errors\n", len(e.Diagnostics)-i)
			break
		}
		b.WriteString(d.String())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// String prints the diagnostic: its place and text, the source line with a
// caret, and the hint. It ends in a line end.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", d.place(), d.Text)
	if d.Line > 0 && (d.SourceLine != "" || d.Column == 1) { // an empty line has no other column
		b.WriteString(sourcemap.ExcerptLine(d.SourceLine, d.Line, d.Column, d.Length))
	}
	if d.Hint != "" {
		b.WriteString("  hint: " + strings.ReplaceAll(d.Hint, "\n", "\n        ") + "\n")
	}
	return b.String()
}

func (d Diagnostic) place() string {
	if d.Line == 0 {
		return d.File
	}
	return fmt.Sprintf("%s:%d:%d", d.File, d.Line, d.Column)
}

// fail makes a BuildError of one diagnostic that is about a whole file.
func fail(file, hint, format string, args ...any) *BuildError {
	return &BuildError{Diagnostics: []Diagnostic{{File: file, Hint: hint, Text: fmt.Sprintf(format, args...)}}}
}
