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

// maxBytes bounds the source map that Parse accepts.
const maxBytes = 64 << 20

// Position is a place in a source file.
type Position struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in UTF-16 code units
	Name   string // the identifier's name in the source; empty where the map has none
}

// Map is a parsed source map. It is safe for concurrent use.
type Map struct {
	sources  []string
	contents []json.RawMessage // JSON strings or null, by source; unquoted when asked for
	names    []string
	mappings string

	once  sync.Once // guards the decoding of mappings into lines
	lines []line
	err   error
}

// file is the JSON of a version 3 source map.
type file struct {
	Version        int               `json:"version"`
	SourceRoot     string            `json:"sourceRoot"`
	Sources        []*string         `json:"sources"`
	SourcesContent []json.RawMessage `json:"sourcesContent"`
	Names          []string          `json:"names"`
	Mappings       string            `json:"mappings"`
	Sections       json.RawMessage   `json:"sections"`
}

// Parse reads a source map of version 3, of at most 64 MiB. The mappings are
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
	m := &Map{contents: f.SourcesContent, names: f.Names, mappings: f.Mappings}
	m.sources = make([]string, len(f.Sources))
	for i, s := range f.Sources {
		if s != nil {
			m.sources[i] = join(f.SourceRoot, *s)
		}
	}
	return m, nil
}

// join puts sourceRoot before a source (ECMA-426, "decode a source map's sources").
func join(root, source string) string {
	if root == "" || strings.HasSuffix(root, "/") {
		return root + source
	}
	return root + "/" + source
}

// Find returns the source position of a place in the generated file, both
// counted from 1. It reports false for code that no source stands behind, and
// always when the mappings are malformed.
func (m *Map) Find(line, column int) (Position, bool) {
	m.once.Do(func() {
		m.lines, m.err = decode(m.mappings, len(m.sources), len(m.names), maxEntries)
	})
	if m.err != nil || line < 1 || line > len(m.lines) || column < 1 {
		return Position{}, false
	}
	segments := m.lines[line-1]
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
	p := Position{File: m.sources[s.source], Line: int(s.sourceLine) + 1, Column: int(s.sourceColumn) + 1}
	if s.name != none {
		p.Name = m.names[s.name]
	}
	return p, true
}

// SourceContent returns the lines of a source, without their ends, when the map
// carries the source's text. The slice is the caller's.
func (m *Map) SourceContent(file string) ([]string, bool) {
	i := slices.Index(m.sources, file)
	if i < 0 || i >= len(m.contents) || file == "" {
		return nil, false
	}
	var text *string
	if err := json.Unmarshal(m.contents[i], &text); err != nil || text == nil {
		return nil, false
	}
	return Lines(*text), true
}

// Lines splits a text at its line ends: LF or CRLF.
func Lines(text string) []string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return lines
}
