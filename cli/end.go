package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hedge"
	"hedge/bundle"
)

// endOptions say how a server ends.
type endOptions struct {
	patience, delay time.Duration
	pidFile         string
}

func (o *endOptions) options() []option {
	return []option{
		timeOption(&o.patience, "--drain-timeout", "how long requests under way may go on at the end (default: 30s)"),
		timeOption(&o.delay, "--drain-delay", "how long connections are taken after /readyz has turned 503 (default: 0s)"),
		textOption(&o.pidFile, "--pid-file", "FILE", "where the number of the process stands that serves").file(),
	}
}

// timeOption takes a duration that is not negative.
func timeOption(target *time.Duration, name, help string) option {
	return option{name: name, value: "TIME", help: help, set: func(v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return fmt.Errorf("needs a duration such as 30s, not %q", v)
		}
		*target = d
		return nil
	}}
}

// reload serves what the arguments lead to now, and takes up changed certificates. If
// there is something wrong with the apps, all of them stay as they were.
func (e *edge) reload(ctx context.Context, places []bundle.NodeApp, side *tlsSide) {
	began := e.journal.now()
	if side.server != nil {
		side.reload(e.journal)
	}
	changed, err := e.replace(ctx, places)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		e.journal.failing(err, "what was served before is still served")
	default:
		e.journal.replaced(e.journal.since(began), changed)
	}
}

func (e *edge) replace(ctx context.Context, places []bundle.NodeApp) (changed []string, err error) {
	apps, err := readSources(ctx, places)
	if err == nil {
		err = checkConflicts(apps)
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
	what := "nothing has changed"
	if len(changed) > 0 {
		what = oneLine(strings.Join(changed, ", "))
	}
	j.note(green, "reloaded", fmt.Sprintf(" in %s: %s", formatDuration(took), what))
}

// upgrading tells that another process is being started.
func (j *journal) upgrading() {
	if j.json {
		j.object(j.stamp("upgrading"))
		return
	}
	j.note(dim, "upgrading", ": starting the program anew")
}

// notUpgraded tells why no other process takes over.
func (j *journal) notUpgraded(err error) {
	if j.json {
		j.object(struct {
			stamp
			failure
		}{j.stamp("upgrade-failed"), failureOf(err)})
		return
	}
	j.note(yellow, "not upgraded", ": "+printable(err.Error())+"; this process goes on")
}
