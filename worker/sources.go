package worker

import (
	"strconv"
	"strings"
	"sync"

	"hedge"
	"hedge/sourcemap"
)

// runtimeFile is what stack frames of the runtime itself are in.
const runtimeFile = "hedge:runtime"

// sources finds the places in an app's own sources that places in its modules
// stand for. Safe for concurrent use.
type sources struct {
	maps map[string]func() *sourcemap.Map // by module; nil if it has none
}

func newSources(release *hedge.Release) sources {
	s := sources{maps: map[string]func() *sourcemap.Map{}}
	for _, m := range release.Modules {
		if m.SourceMap == nil {
			continue
		}
		s.maps[m.Name] = sync.OnceValue(func() *sourcemap.Map {
			parsed, err := sourcemap.Parse(m.SourceMap)
			if err != nil {
				return nil // the places stay those of the bundle
			}
			return parsed
		})
	}
	return s
}

// find returns the frame in the source that a frame in a module stands for.
func (s *sources) find(f hedge.Frame) hedge.Frame {
	load, ok := s.maps[f.File]
	if !ok {
		return f
	}
	m := load()
	if m == nil {
		return f
	}
	if at, ok := m.Find(f.Line, f.Column); ok {
		f.File, f.Line, f.Column = at.File, at.Line, at.Column
	}
	return f
}

// lines returns the lines of a source; nil if it is not known.
func (s *sources) lines(file string) []string {
	for _, load := range s.maps {
		m := load()
		if m == nil {
			continue
		}
		if lines, ok := m.SourceContent(file); ok {
			return lines
		}
	}
	return nil
}

// locate rewrites an exception's places to those in the app's sources, and leaves
// out the runtime's own frames.
func (a *App) locate(x *hedge.Exception) {
	if len(x.Frames) > 0 && x.Frames[0].File == runtimeFile {
		x.SourceLine = "" // it is the runtime's
	}
	frames := x.Frames[:0]
	for _, f := range x.Frames {
		if f.File != runtimeFile {
			frames = append(frames, a.sources.find(f))
		}
	}
	x.Frames = frames
	if at, ok := x.Place(); ok {
		if lines := a.sources.lines(at.File); at.Line >= 1 && at.Line <= len(lines) {
			x.SourceLine = lines[at.Line-1]
		}
	}
	if x.Cause != nil {
		a.locate(x.Cause)
	}
}

// locateSite does the same for "file:line:column".
func (a *App) locateSite(site string) string {
	file, line, column, ok := cutSite(site)
	if !ok {
		return site
	}
	return a.sources.find(hedge.Frame{File: file, Line: line, Column: column}).String()
}

func cutSite(site string) (file string, line, column int, ok bool) {
	i := strings.LastIndexByte(site, ':')
	if i < 0 {
		return "", 0, 0, false
	}
	j := strings.LastIndexByte(site[:i], ':')
	if j < 0 {
		return "", 0, 0, false
	}
	line, err1 := strconv.Atoi(site[j+1 : i])
	column, err2 := strconv.Atoi(site[i+1:])
	return site[:j], line, column, err1 == nil && err2 == nil
}

// Excerpt returns the lines around a place in the app's sources, marked, for error
// pages; empty if the source is not known.
func (a *App) Excerpt(f hedge.Frame, context int) string {
	lines := a.sources.lines(f.File)
	if lines == nil {
		return ""
	}
	return sourcemap.Excerpt(lines, f.Line, f.Column, context)
}
