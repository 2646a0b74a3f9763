package worker

import (
	"testing"

	"hedge"
)

// An isolate may say anything of where an exception comes from.
func TestPlacesThatAreNone(t *testing.T) {
	app := &App{sources: newSources(&hedge.Release{Modules: []hedge.Module{{
		Name: "main.js", SourceMap: []byte(`{"version":3,"sources":["src/a.ts"],"sourcesContent":["one\ntwo"],"names":[],"mappings":"AAAA"}`),
	}}})}
	for _, line := range []int{-1, 0, 2, 3, 1 << 40} {
		x := &hedge.Exception{Frames: []hedge.Frame{{File: "src/a.ts", Line: line, Column: line}}}
		app.locate(x)
		if want := map[int]string{2: "two"}[line]; x.SourceLine != want {
			t.Errorf("line %d is %q, want %q", line, x.SourceLine, want)
		}
		app.Excerpt(x.Frames[0], 1)
	}
}
