package sourcemap

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// maxBytes bounds the source map that Parse accepts, and maxSources its sources, which are
// all read at once.
const (
	maxBytes   = 64 << 20
	maxSources = 1 << 16
)

// Position is a place in a source file.
type Position struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in UTF-16 code units
	Name   string // the identifier's name in the source; empty where the map has none
}

// Map is a parsed source map. It takes memory in proportion to its text, whatever that is.
// It is safe for concurrent use.
type Map struct {
	prefix   string   // of all sources
	sources  []string // empty: none
	contents list     // by source; unquoted when asked for
	names    list
	mappings string

	once sync.Once // guards the decoding of mappings
	code segments
	err  error
}

// file is the JSON of a version 3 source map.
type file struct {
	Version        int             `json:"version"`
	SourceRoot     string          `json:"sourceRoot"`
	Sources        list            `json:"sources"`
	SourcesContent list            `json:"sourcesContent"`
	Names          list            `json:"names"`
	Mappings       string          `json:"mappings"`
	Sections       json.RawMessage `json:"sections"`
}

// Parse reads a source map of version 3, of at most 64 MiB and 65536 sources. The mappings are
// decoded at the first Find, because most maps are never asked anything. Maps
// that consist of sections are refused: no bundler here writes them.
func Parse(data []byte) (*Map, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("source map: %d bytes, more than the %d that are read", len(data), maxBytes)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("source map: %w", err)
	}
	if f.Version != 3 {
		return nil, fmt.Errorf("source map: version %d, not 3", f.Version)
	}
	if f.Sections != nil {
		return nil, errors.New("source map: maps with sections are not supported")
	}
	if f.Sources.len() > maxSources {
		return nil, fmt.Errorf("source map: %d sources, more than the %d that are read", f.Sources.len(), maxSources)
	}
	if len(f.SourceRoot) > maxName {
		return nil, fmt.Errorf("source map: a sourceRoot of more than %d bytes", maxName)
	}
	m := &Map{prefix: prefixOf(f.SourceRoot), contents: f.SourcesContent, names: f.Names, mappings: f.Mappings}
	m.sources = make([]string, f.Sources.len())
	for i := range m.sources {
		m.sources[i], _ = f.Sources.at(i, maxName)
	}
	return m, nil
}

// prefixOf is what sourceRoot puts before a source (ECMA-426, "decode a source map's sources").
func prefixOf(root string) string {
	if root == "" || strings.HasSuffix(root, "/") {
		return root
	}
	return root + "/"
}

// Find returns the source position of a place in the generated file, both
// counted from 1. It reports false for code that no source stands behind, and
// always when the mappings are malformed.
func (m *Map) Find(line, column int) (Position, bool) {
	m.once.Do(func() {
		m.code, m.err = decode(m.mappings, len(m.sources), m.names.len(), maxEntries)
	})
	if m.err != nil || line < 1 || line > m.code.lines() || column < 1 {
		return Position{}, false
	}
	segments := m.code.line(line - 1)
	// The segment that holds a column is the last one that starts at or before it.
	i, found := slices.BinarySearchFunc(segments, column-1, func(s segment, column int) int {
		return cmp.Compare(int(s.column), column)
	})
	if !found {
		i--
	}
	if i < 0 {
		return Position{}, false
	}
	s := segments[i]
	if s.source == none || m.sources[s.source] == "" {
		return Position{}, false
	}
	p := Position{File: m.prefix + m.sources[s.source], Line: int(s.sourceLine) + 1, Column: int(s.sourceColumn) + 1}
	if s.name != none {
		p.Name, _ = m.names.at(int(s.name), maxName)
	}
	return p, true
}

// maxContent bounds the text of a source that is shown, in bytes as the map has it: it is
// unquoted for each exception.
const maxContent = 2 << 20

// SourceContent returns the lines of a source, without their ends, when the map
// carries the source's text, and that has 2 MiB at most. The slice is the caller's.
func (m *Map) SourceContent(file string) ([]string, bool) {
	name, ok := strings.CutPrefix(file, m.prefix)
	i := slices.Index(m.sources, name)
	if !ok || i < 0 || name == "" {
		return nil, false
	}
	text, ok := m.contents.at(i, maxContent)
	if !ok {
		return nil, false
	}
	return Lines(text), true
}

// Lines splits a text at its line ends: LF or CRLF.
func Lines(text string) []string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return lines
}
