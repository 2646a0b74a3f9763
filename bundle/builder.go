package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/evanw/esbuild/pkg/api"

	"hedge"
)

// Builder builds an app again and again, and reuses what has not changed. It is
// safe for concurrent use; builds wait for each other.
type Builder struct {
	opts Options

	mu      sync.Mutex       // held during a build; guards the fields below
	dir     string           // the app's folder, absolute and without symbolic links
	main    string           // what esbuild was set up for
	inject  []string         // and the modules that stand for globals
	esbuild api.BuildContext // nil before the first build of code
	seen    *seen
	inputs  []string
	closed  bool
}

// NewBuilder returns a Builder for the app in opts.Dir. Close releases it.
func NewBuilder(opts Options) *Builder {
	return &Builder{opts: opts, seen: &seen{absent: map[nodeImport]bool{}}}
}

// Rebuild makes a release of the app as it is now; see Build for the errors.
// When the context ends first, its error is returned.
func (b *Builder) Rebuild(ctx context.Context) (*hedge.Release, *Report, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, errors.New("the builder is closed")
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if err := b.locate(); err != nil {
		return nil, nil, err
	}
	if err := checkVars(b.opts.Vars); err != nil {
		return nil, nil, err
	}
	files := &appFiles{dir: b.dir, elsewhere: b.opts.Pack}
	config, err := loadConfig(files)
	if err != nil {
		// What the code is made of is not known now, but was, and may come back.
		b.inputs = b.watched(append(b.inputs, files.looked...))
		return nil, nil, err
	}
	b.seen.reset()
	b.inputs = b.watched(files.looked)
	release, report, err := b.build(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	release.Dir = b.dir
	return release, report, nil
}

// locate finds the app's folder. Symbolic links are followed, because esbuild
// names sources by their real paths.
func (b *Builder) locate() error {
	abs, err := filepath.Abs(b.opts.Dir)
	if err != nil {
		return fmt.Errorf("the app's folder %s: %w", b.opts.Dir, err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return fmt.Errorf("the app's folder %s: %w", b.opts.Dir, cause(err))
	}
	if b.dir != real {
		b.dispose()
		b.dir = real
	}
	return nil
}

func checkVars(vars map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if problem, hint := checkVarName(name); problem != "" {
			return fmt.Errorf("%s: %s", problem, hint)
		}
	}
	return nil
}

func (b *Builder) build(ctx context.Context, config *Config) (*hedge.Release, *Report, error) {
	folders, err := b.folders(config)
	if err != nil {
		return nil, nil, err
	}
	if config.Main == "" {
		return assemble(config, folders, b.opts.Vars, nil, nil)
	}
	result, err := b.bundle(ctx, config.Main)
	if err != nil {
		return nil, nil, err
	}
	t := &translator{dir: b.dir, main: config.Main, library: b.opts.Library}
	found := t.all(result.Errors)
	b.inputs = b.watched(append(b.inputs, t.missing...))
	if len(found) > 0 {
		return nil, nil, &BuildError{Diagnostics: found}
	}
	release, report, err := assemble(config, folders, b.opts.Vars, &result, b.seen.wasm)
	if err != nil {
		return nil, nil, err
	}
	report.Warnings = t.all(warnOnce(result.Warnings))
	return release, report, nil
}

// bundle has esbuild build the app: once more where its sources mention a global of
// the library, or no longer do, and where modules have to be stood in for.
func (b *Builder) bundle(ctx context.Context, main string) (api.BuildResult, error) {
	for inject := b.inject; ; {
		if err := b.setUp(main, inject); err != nil {
			return api.BuildResult{}, err
		}
		stop := context.AfterFunc(ctx, b.esbuild.Cancel)
		result := b.esbuild.Rebuild()
		stop()
		if err := ctx.Err(); err != nil {
			return api.BuildResult{}, err
		}
		again := b.opts.Library[absentModule] != "" && b.seen.addAbsent(b.dir, result.Errors)
		if b.seen.mentions == (len(inject) > 0) && !again {
			return result, nil
		}
		inject = nil
		if b.seen.mentions {
			inject = []string{globalModule}
		}
	}
}

// folders finds the folders that routes serve.
func (b *Builder) folders(config *Config) (map[string]hedge.Folder, error) {
	switch {
	case len(config.Folders) == 0:
		return nil, nil
	case b.opts.Pack:
		return pack(b.dir, config)
	}
	return live(b.dir, config), nil
}

// setUp prepares esbuild, unless it is already set up for this.
func (b *Builder) setUp(main string, inject []string) error {
	if b.esbuild != nil && b.main == main && slices.Equal(b.inject, inject) {
		return nil
	}
	b.dispose()
	esbuild, err := api.Context(buildOptions(b.dir, main, inject, plugin(b.dir, b.opts.Modules, b.opts.Library, b.seen)))
	if err != nil {
		return fmt.Errorf("set up esbuild: %w", err)
	}
	b.esbuild, b.main, b.inject = esbuild, main, inject
	return nil
}

// watched lists the files that the build depends on, and more that are missing.
func (b *Builder) watched(more []string) []string {
	files := append(slices.Collect(maps.Keys(b.seen.files)), more...)
	files = slices.DeleteFunc(files, func(path string) bool { return inNodeModules(b.dir, path) })
	for _, name := range []string{
		ConfigFile, "package.json", "tsconfig.json",
		"node_modules/.package-lock.json", // npm writes it whenever packages change
	} {
		files = append(files, filepath.Join(b.dir, filepath.FromSlash(name)))
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// Inputs returns the absolute paths of the files that a watcher should watch, in
// order: hedge.toml and what it names, the sources of the last build, whether it
// succeeded or not, and files that were looked for but do not exist. As long as hedge.toml
// is refused, what was listed before is as well. Files of packages in
// node_modules are left out: they are many, and change only with the package
// manager's lock file, which is listed. The slice is the caller's.
func (b *Builder) Inputs() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.inputs)
}

// Close ends the Builder. It may be called more than once.
func (b *Builder) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.dispose()
}

func (b *Builder) dispose() {
	if b.esbuild != nil {
		b.esbuild.Dispose()
		b.esbuild = nil
	}
}
