package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hedge"
	"hedge/bundle"
)

// places says where the apps are that are to be served.
type places func() ([]bundle.NodeApp, error)

// reload serves what is at the places that find returns now, if admit has nothing against it,
// and takes up changed certificates. If there is something wrong with the apps, all of them
// stay as they were.
func (e *edge) reload(ctx context.Context, find places, side *tlsSide, admit func([]bundle.NodeApp, []source) error) {
	began := e.journal.now()
	if side.server != nil {
		side.reload(e.journal)
	}
	changed, err := e.replace(ctx, find, admit)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		e.journal.failing(err, "what was served before is still served")
	default:
		e.journal.replaced(e.journal.since(began), changed)
	}
}

func (e *edge) replace(ctx context.Context, find places, admit func([]bundle.NodeApp, []source) error) (changed []string, err error) {
	found, err := find()
	if err != nil {
		return nil, err
	}
	apps, err := readSources(ctx, found)
	if err == nil {
		err = checkConflicts(apps)
	}
	if err == nil {
		err = admit(found, apps)
	}
	if err != nil {
		return nil, err
	}
	releases := make([]*hedge.Release, len(apps))
	for i, app := range apps {
		releases[i] = app.release
	}
	return e.Replace(ctx, releases)
}

// replaced tells which apps are served in a new version.
func (j *journal) replaced(took time.Duration, changed []string) {
	if j.json {
		j.object(struct {
			stamp
			Millis float64  `json:"ms"`
			Apps   []string `json:"apps"`
		}{j.stamp("reloaded"), millis(took), append([]string{}, changed...)})
		return
	}
	what := "no app has changed"
	if len(changed) > 0 {
		what = oneLine(strings.Join(changed, ", "))
	}
	j.note(green, "reloaded", fmt.Sprintf(" in %s: %s", formatDuration(took), what))
}

// waitingFor tells which keys of the node's file say something that a reload does not take up.
func (j *journal) waitingFor(keys []string) {
	switch {
	case len(keys) == 0:
	case j.json:
		j.object(struct {
			stamp
			Keys []string `json:"keys"`
		}{j.stamp("waiting"), keys})
	default:
		j.note(yellow, "waiting", " for SIGUSR2: "+strings.Join(keys, ", "))
	}
}
