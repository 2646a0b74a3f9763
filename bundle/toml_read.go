package bundle

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlReader reads values out of the tree of a TOML file, and collects what is wrong
// with it.
type tomlReader struct {
	file   string // as diagnostics call it
	source []byte
	found  []Diagnostic
}

// maxFound bounds how many things are found to be wrong with a file.
const maxFound = 100

// full reports whether nothing else is of interest. Loops that may find much ask it, since
// to find out what to say of a thing takes time.
func (r *tomlReader) full() bool { return len(r.found) >= maxFound }

// maxConfigBytes bounds a configuration file.
const maxConfigBytes = 1 << 20

// openTOML reads the tree of a file. Syntax errors are in the reader, and the tree then
// ends where they are.
func openTOML(file string, source []byte) (tomlReader, *value, error) {
	source = bytes.TrimPrefix(source, []byte("\uFEFF")) // which some editors put in front
	r := tomlReader{file: file, source: source}
	if len(source) > maxConfigBytes {
		return r, nil, fail(file, "", "the file has %s; at most %s are read", formatSize(len(source)), formatSize(maxConfigBytes))
	}
	if i := invalidUTF8(source); i >= 0 {
		return r, nil, fail(file, "save the file as UTF-8", "the file is not UTF-8: byte %d", i)
	}
	root := parseTOML(source, r.fail)
	return r, root, nil
}

func invalidUTF8(source []byte) int {
	for i := 0; i < len(source); {
		r, n := utf8.DecodeRune(source[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// failure returns what was found as a *BuildError, in the order of the file, or nil.
func (r *tomlReader) failure() error {
	if len(r.found) == 0 {
		return nil
	}
	slices.SortStableFunc(r.found, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if r.full() {
		r.found = append(r.found, Diagnostic{File: r.file, Text: "so much is wrong that the rest has not been looked at"})
	}
	return &BuildError{Diagnostics: r.found}
}

func (r *tomlReader) fail(at span, hint, format string, args ...any) {
	if r.full() {
		return
	}
	d := position(r.source, at)
	d.File, d.Text, d.Hint = r.file, fmt.Sprintf(format, args...), hint
	r.found = append(r.found, d)
}

// failFile reports a problem of the whole file.
func (r *tomlReader) failFile(hint, text string) {
	if r.full() {
		return
	}
	r.found = append(r.found, Diagnostic{File: r.file, Text: text, Hint: hint})
}

// check reports a problem with a value, if there is one, and whether there is none.
func (r *tomlReader) check(v *value, problem, hint string) bool {
	if problem != "" {
		r.fail(v.at, hint, "%s", problem)
	}
	return problem == ""
}

// is reports whether a value has a kind, and reports an error if it has not.
func (r *tomlReader) is(v *value, kind unstable.Kind, wanted string) bool {
	if v.kind == kind {
		return true
	}
	hint := ""
	if scalar := v.kind != unstable.Array && v.kind != unstable.Table; scalar && wanted == typeString {
		hint = fmt.Sprintf("write it in quotes: %q", v.text)
	}
	if wanted == typeStrings && v.kind == unstable.String {
		hint = fmt.Sprintf("write it in brackets: [%q]", v.text)
	}
	if wanted == typeTables && v.kind == unstable.Table {
		hint = fmt.Sprintf("write two brackets: [[%s]]", r.source[v.keyAt.start:v.keyAt.end])
	}
	if wanted == typeBoolean && (v.text == "true" || v.text == "false") {
		hint = "write it without quotes"
	}
	r.wrongType(v, wanted, hint)
	return false
}

func (r *tomlReader) wrongType(v *value, wanted, hint string) {
	at := v.at
	if at.end <= at.start {
		at = v.keyAt
	}
	r.fail(at, hint, "this is %s; it has to be %s", v.describe(), wanted)
}

func (r *tomlReader) string(v *value) (string, bool) {
	return v.text, r.is(v, unstable.String, typeString)
}

func (r *tomlReader) boolean(v *value) bool {
	return r.is(v, unstable.Bool, typeBoolean) && v.text == "true"
}

// strings calls each for every string of an array, and reports duplicates.
func (r *tomlReader) strings(v *value, each func(*value)) {
	if !r.is(v, unstable.Array, typeStrings) {
		return
	}
	seen := map[string]bool{}
	for _, item := range v.items {
		if r.full() {
			return
		}
		if !r.is(item, unstable.String, typeString) {
			continue
		}
		if seen[item.text] {
			r.fail(item.at, "remove it", "%q stands here twice", item.text)
			continue
		}
		seen[item.text] = true
		each(item)
	}
}
