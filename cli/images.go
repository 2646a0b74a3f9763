package cli

import (
	"os"
	"path/filepath"

	"hedge/child"
	"hedge/image"
	"hedge/worker"
)

// libraryVariable names libvips in the environment.
const libraryVariable = "HEDGE_LIBVIPS"

// libraryHint says how to get libvips.
const libraryHint = "apps and routes that change pictures need it: apt install libvips42, or put the libvips-cpp.so of npm's @img/sharp-libvips-linux-x64 next to the program, or name it in " + libraryVariable

// library finds libvips: where the environment says, next to the program, or in the
// system; empty if it is nowhere.
func (w World) library() string {
	folder := "."
	if program, err := os.Executable(); err == nil {
		folder = filepath.Dir(program)
	}
	return image.Find(w.Getenv(libraryVariable), folder)
}

// openImages makes the workers that change pictures, which start when they are needed.
func openImages(j *journal, library string) *image.Pool {
	cfg := image.DefaultConfig()
	cfg.Library = library
	cfg.Ended = func(exit child.Exit) {
		j.notice(worker.Notice{Level: worker.LevelWarn, PID: exit.PID, Text: "a process that changes pictures " + exit.String()})
	}
	cfg.Confined = func(r child.Report) {
		if len(r.Refused()) > 0 {
			j.notice(worker.Notice{Level: worker.LevelWarn, Text: "processes that change pictures are confined by " + r.String()})
		}
	}
	return image.NewPool(cfg)
}
