package worker

import (
	"strings"

	"hedge"
)

// callLead is how a call begins in a stack as V8 writes it, behind the indentation.
const callLead = "at "

// locateText rewrites the places of stacks in a text that code has printed to those in the
// app's sources, and leaves out the runtime's own calls, as locate does with an exception.
// It looks at each byte a few times at most, and is asked only for what is printed: an app
// may print anything.
func (a *App) locateText(text string) string {
	if !strings.Contains(text, "\n") || !strings.Contains(text, callLead) {
		return text
	}
	var b strings.Builder
	end := ""
	for line := range strings.SplitSeq(text, "\n") {
		before, at, after, ok := cutCall(line)
		switch {
		case ok && at.File == runtimeFile:
			b.WriteString(strings.TrimPrefix(after, ")")) // what closes a bracket around the error
			continue
		case ok: // or it only looks like a call
			if in := a.sources.find(at); in != at {
				line = before + in.String() + after
			}
		}
		b.WriteString(end + line)
		end = "\n"
	}
	return b.String()
}

// cutCall takes a line of a stack apart around its place, as in "at f (main.js:1:2)" or
// "at async main.js:1:2".
func cutCall(line string) (before string, at hedge.Frame, after string, ok bool) {
	call, found := strings.CutPrefix(strings.TrimLeft(line, " "), callLead)
	if !found {
		return "", hedge.Frame{}, "", false
	}
	if i := strings.LastIndexByte(call, '('); i >= 0 {
		call = call[i+1:]
	} else {
		call = strings.TrimPrefix(call, "async ")
	}
	before = line[:len(line)-len(call)]
	for i := 0; i < len(call); i++ {
		if call[i] != ':' {
			continue
		}
		line, rest := cutNumber(call[i+1:])
		if line == 0 || !strings.HasPrefix(rest, ":") {
			continue
		}
		if column, rest := cutNumber(rest[1:]); column > 0 {
			return before, hedge.Frame{File: call[:i], Line: line, Column: column}, rest, true
		}
	}
	return "", hedge.Frame{}, "", false
}

// cutNumber takes a number off the front of a text; 0 if there is none, or one that no
// place has.
func cutNumber(text string) (n int, rest string) {
	i := 0
	for i < len(text) && i < 9 && '0' <= text[i] && text[i] <= '9' {
		n = 10*n + int(text[i]-'0')
		i++
	}
	return n, text[i:]
}
