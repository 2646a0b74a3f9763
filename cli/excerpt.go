package cli

import (
	"sync"

	"hedge"
	"hedge/sourcemap"
)

// excerptContext is the number of lines shown before and after the one that threw.
const excerptContext = 2

// explainWith shows, from now on, the sources of a release with what its code
// throws.
func (j *journal) explainWith(release *hedge.Release) {
	maps := sync.OnceValue(func() []*sourcemap.Map { return sourceMaps(release) })
	j.sources.Store(&maps)
}

// sourceMaps returns the source maps of a release; a broken one counts as none.
func sourceMaps(release *hedge.Release) []*sourcemap.Map {
	var maps []*sourcemap.Map
	for _, m := range release.Modules {
		if parsed, err := sourcemap.Parse(m.SourceMap); m.SourceMap != nil && err == nil {
			maps = append(maps, parsed)
		}
	}
	return maps
}

// excerpt returns the lines of source around the place where something was thrown,
// if they are known. It may have been thrown by an earlier release, whose sources
// are gone: then there is the one line that the exception brings along.
func (j *journal) excerpt(x *hedge.Exception) string {
	maps := j.sources.Load()
	at, ok := x.Place()
	if maps == nil || !ok {
		return ""
	}
	for _, m := range (*maps)() {
		lines, ok := m.SourceContent(at.File)
		if ok && at.Line >= 1 && at.Line <= len(lines) && lines[at.Line-1] == x.SourceLine {
			return sourcemap.Excerpt(lines, at.Line, at.Column, excerptContext)
		}
	}
	return sourceLine(x)
}

// sourceLine returns the line of source that an exception brings along, with a caret;
// empty if it has none.
func sourceLine(x *hedge.Exception) string {
	at, ok := x.Place()
	if x.SourceLine == "" || !ok {
		return ""
	}
	return sourcemap.ExcerptLine(x.SourceLine, at.Line, at.Column, 1)
}
