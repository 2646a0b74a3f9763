package hedge

import (
	"errors"
	"fmt"
	"strings"
)

// Error is an error that a user may see. Outcome and Message are safe to show to
// anybody; Err is the chain of causes, for the operator's log alone.
type Error struct {
	Outcome Outcome
	// Message says what happened, where, and what to do about it.
	Message string
	// Exception is what JavaScript threw, where that is the cause.
	Exception *Exception
	Err       error
}

// Error returns the message, followed by its cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Err)
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error that has no cause.
func Errorf(outcome Outcome, format string, args ...any) *Error {
	return &Error{Outcome: outcome, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error whose cause is err. The message does not repeat the cause.
func Wrap(err error, outcome Outcome, format string, args ...any) *Error {
	return &Error{Outcome: outcome, Message: fmt.Sprintf(format, args...), Err: err}
}

// OutcomeOf returns the outcome that err carries: OutcomeOK for nil, and
// OutcomeException for an error that carries none.
func OutcomeOf(err error) Outcome {
	var e *Error
	switch {
	case err == nil:
		return OutcomeOK
	case errors.As(err, &e):
		return e.Outcome
	default:
		return OutcomeException
	}
}

// Exception is a JavaScript exception with its stack taken apart.
type Exception struct {
	Name    string // the constructor's name, as in "TypeError"; empty when no Error was thrown
	Message string
	// Frames are the calls, innermost first.
	Frames []Frame
	// SourceLine is the line of source that Place points into; empty if it is not known.
	SourceLine string
	// Cause is the exception's cause, if that is an exception too.
	Cause *Exception
}

// Frame is one call on a JavaScript stack.
type Frame struct {
	Function string // empty at the top level
	File     string
	Line     int // from 1
	Column   int // from 1
}

// Error returns the exception as the first line of a stack trace shows it.
func (x *Exception) Error() string {
	if x.Name == "" {
		return x.Message
	}
	if x.Message == "" {
		return x.Name
	}
	return x.Name + ": " + x.Message
}

// Place returns the call that says best where an exception comes from: the innermost one
// in what the app's author wrote or installed, and not in a module of Hedge's library. It
// reports false for an exception without frames.
func (x *Exception) Place() (at Frame, ok bool) {
	for _, f := range x.Frames {
		if !strings.HasPrefix(f.File, libraryFile) {
			return f, true
		}
	}
	if len(x.Frames) == 0 {
		return Frame{}, false
	}
	return x.Frames[0], true
}

// libraryFile is what the names of files begin with that come from Hedge's library.
const libraryFile = "library:"

// String returns the frame as a stack trace shows it.
func (f Frame) String() string {
	at := fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	if f.Function == "" {
		return at
	}
	return f.Function + " (" + at + ")"
}

// Trace returns the exception with its frames and causes, one a line, as a
// terminal shows it.
func (x *Exception) Trace() string {
	var b strings.Builder
	b.WriteString(x.Error())
	for _, f := range x.Frames {
		b.WriteString("\n    at " + f.String())
	}
	if x.Cause != nil {
		b.WriteString("\n  cause: " + strings.ReplaceAll(x.Cause.Trace(), "\n", "\n  "))
	}
	return b.String()
}
