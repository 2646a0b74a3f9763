package cli

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"hedge"
	"hedge/bundle"
)

// development is an app that is served while it is written. Its fields belong to
// the goroutine that start and then watch are on.
type development struct {
	options devOptions
	root    string
	edge    *edge
	journal *journal
	builder *bundle.Builder
	// name is what the node knows the app by. It stays when hedge.toml gives it
	// another one, so that the new release takes the place of the old one.
	name string
	// served is the ID of the release that is served; empty while there is none.
	served string
	// failing says that the last try did not get as far as being served.
	failing bool
	// said are the warnings of the last build that succeeded.
	said []bundle.Diagnostic
	// built is when the last build began, by the clock that stamps files.
	built time.Time
}

// start builds and serves the app for the first time. If that fails, the errors are
// served, unless nobody would try again.
func (d *development) start(ctx context.Context, in entry) error {
	began := d.journal.now()
	release, report, err := d.build(ctx)
	if err == nil {
		err = d.deploy(ctx, release)
	}
	switch {
	case err == nil:
		d.journal.serving(release, report, d.journal.since(began), in, d.options)
		return nil
	case d.options.noWatch || ctx.Err() != nil:
		return err
	}
	d.journal.waiting(in, d.options)
	d.fail(ctx, err)
	return nil
}

// fail tells why the app cannot be served as it is now. As long as there is no
// version that can, requests are answered with it.
func (d *development) fail(ctx context.Context, err error) {
	d.failing = true
	if d.served != "" {
		d.journal.failing(err, "the last version that worked is still served")
		return
	}
	page := errorPage(d.key(filepath.Base(d.root)), d.journal.explain(err, style{}))
	if err := d.edge.Deploy(ctx, page); err != nil {
		d.journal.failing(err, "not even the page with the errors can be served")
		return
	}
	d.journal.failing(err, "requests get these errors")
}

func (d *development) build(ctx context.Context) (*hedge.Release, *bundle.Report, error) {
	d.built = time.Now()
	release, report, err := d.builder.Rebuild(ctx)
	if err == nil {
		d.journal.warnings(slices.DeleteFunc(slices.Clone(report.Warnings), func(w bundle.Diagnostic) bool {
			return slices.Contains(d.said, w) // with each save it would bury the rest
		}))
		d.said = report.Warnings
	}
	return release, report, err
}

// key returns the name that the node knows the app by.
func (d *development) key(name string) string {
	if d.name == "" {
		d.name = name
	}
	return d.name
}

// deploy puts a release in the place of the one that is served.
func (d *development) deploy(ctx context.Context, release *hedge.Release) error {
	local := *release
	local.Name, local.Hosts = d.key(release.Name), nil
	d.journal.explainWith(release) // its start may fail
	if err := d.edge.Deploy(ctx, &local); err != nil {
		return err
	}
	d.served = release.ID
	return nil
}

// watch reloads the app when its files change, until ctx ends.
func (d *development) watch(ctx context.Context) {
	if d.options.noWatch {
		return
	}
	w, err := newWatcher()
	if err != nil {
		d.journal.unwatched(err)
		return
	}
	defer w.close()
	for {
		changed := d.follow(w)
		if len(changed) == 0 {
			changed, err = w.next(ctx)
		}
		if err != nil {
			break
		}
		d.reload(ctx, changed)
	}
	if ctx.Err() == nil {
		d.journal.unwatched(err)
	}
}

// follow watches what the last build was made of, and returns what has changed
// since it began and before it was watched.
func (d *development) follow(w *watcher) (changed []string) {
	changed, err := w.follow(d.root, d.builder.Inputs(), d.built)
	if err != nil {
		d.journal.unwatched(err)
	}
	return changed
}

// reload builds the app again and serves it if that goes well.
func (d *development) reload(ctx context.Context, changed []string) {
	began := d.journal.now()
	release, _, err := d.build(ctx)
	same := err == nil && release.ID == d.served
	if err == nil && !same {
		err = d.deploy(ctx, release)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.fail(ctx, err)
	case same && !d.failing: // saved without a change
	default:
		d.failing = false
		d.journal.reloaded(d.journal.since(began), d.relative(changed), same)
	}
}

// relative returns paths as seen from the app's folder.
func (d *development) relative(paths []string) []string {
	shown := make([]string, len(paths))
	for i, path := range paths {
		shown[i] = path
		if rel, err := filepath.Rel(d.root, path); err == nil && filepath.IsAbs(path) {
			shown[i] = filepath.ToSlash(rel)
		}
	}
	return shown
}
