package cli

import (
	"errors"
	"fmt"

	"hedge/cache/disk"
)

// cacheNote is what is told about the cache on disk.
type cacheNote struct {
	stamp
	State string `json:"state"` // open, in-use, unavailable, failing
	Dir   string `json:"dir"`
	Error string `json:"error,omitempty"`
	// Entries and Bytes are what was there when it was opened.
	Entries int   `json:"entries,omitempty"`
	Bytes   int64 `json:"bytes,omitempty"`
}

// cacheOpened tells that the cache on disk is in use.
func (j *journal) cacheOpened(dir string, s disk.Stats) {
	if j.json {
		j.object(cacheNote{stamp: j.stamp("cache"), State: "open", Dir: dir, Entries: s.Entries, Bytes: s.Bytes})
		return
	}
	j.note(dim, "cache", fmt.Sprintf(" in %s: %d entries, %s", oneLine(dir), s.Entries, formatBytes(s.Bytes)))
}

// cacheAway tells why the cache on disk cannot be opened yet.
func (j *journal) cacheAway(dir string, err error) {
	state, text := "unavailable", "it is tried again every few seconds"
	if errors.Is(err, disk.ErrInUse) {
		state, text = "in-use", "it is taken over as soon as that lets go of it"
	}
	if j.json {
		j.object(cacheNote{stamp: j.stamp("cache"), State: state, Dir: dir, Error: err.Error()})
		return
	}
	j.note(yellow, "cache", fmt.Sprintf(" in memory alone, not in %s: %s; %s", oneLine(dir), oneLine(err.Error()), text))
}

// cacheFails tells that the disk refuses what the cache asks of it.
func (j *journal) cacheFails(dir string, err error) {
	if j.json {
		j.object(cacheNote{stamp: j.stamp("cache"), State: "failing", Dir: dir, Error: err.Error()})
		return
	}
	j.note(yellow, "cache", fmt.Sprintf(" in %s fails: %s; what it cannot keep is asked of origins again", oneLine(dir), oneLine(err.Error())))
}
