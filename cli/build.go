package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hedge"
	"hedge/bundle"
	"hedge/jsapi"
	"hedge/library"
)

// releaseSuffix is what the names of release files end in.
const releaseSuffix = ".hedge"

func buildCommand(w World) command {
	var out string
	var asJSON bool
	return command{
		name:    "build",
		args:    "[DIR]",
		maxArgs: 1,
		summary: "Make a release file of an app",
		text: `The release file has all that the app needs: code, npm packages and configuration.
It depends on the app alone, and on a tsconfig.json and node_modules of the folders above
it, where it has none: building the same source again makes the same file.
DIR is the folder with hedge.toml; without it, the current one.
`,
		options: []option{
			textOption(&out, "-o", "FILE", "where to write it (default: NAME.hedge, NAME being the app's)"),
			flagOption(&asJSON, "--json", "print a JSON object, of a failed build too"),
		},
		run: func(args []string) error {
			return untilInterrupted(w, func(ctx context.Context) error {
				result, err := build(ctx, w, folder(args), out)
				switch {
				case asJSON:
					return reportJSON(w, result, err)
				case err != nil:
					return err
				}
				return result.report(w)
			})
		},
	}
}

// folder returns the argument DIR.
func folder(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// buildResult is what a build has made.
type buildResult struct {
	Name     string              `json:"name"`
	ID       string              `json:"id"`
	File     string              `json:"file"`
	Bytes    int64               `json:"bytes"` // of the file
	Modules  int                 `json:"modules"`
	Sources  int                 `json:"sources"`
	Files    int                 `json:"files,omitempty"` // that routes serve
	Millis   float64             `json:"ms"`
	Warnings []bundle.Diagnostic `json:"warnings,omitempty"`

	took time.Duration
}

func build(ctx context.Context, w World, dir, out string) (*buildResult, error) {
	start := w.Now()
	release, report, err := bundle.Build(ctx, bundle.Options{Dir: dir, Modules: jsapi.Modules(), Library: library.Modules(), Pack: true})
	if err != nil {
		return nil, err
	}
	if out == "" {
		out = release.Name + releaseSuffix
	}
	size, err := writeRelease(out, release)
	if err != nil {
		return nil, err
	}
	took := w.Now().Sub(start)
	return &buildResult{
		Name: release.Name, ID: release.ID, File: out, Bytes: size,
		Modules: len(release.Modules), Sources: report.Inputs, Files: filesOf(release),
		Millis: millis(took), Warnings: report.Warnings, took: took,
	}, nil
}

// writeRelease writes a release file and returns its size. Under its name there is
// never a part of a file: what was there stays until the new one is complete. What is
// there and no file, such as a pipe or a device, is written into.
func writeRelease(path string, release *hedge.Release) (size int64, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(path, release)
	}
	path = linkTarget(path)
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", path, cause(err))
	}
	defer os.Remove(f.Name()) // there is none when all went well
	err = bundle.WriteRelease(f, release)
	if err == nil {
		err = f.Chmod(0o644)
	}
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, cause(err))
	}
	return info.Size(), nil
}

// mostLinks is how many symbolic links are followed, as Linux has it.
const mostLinks = 40

// linkTarget returns what a path leads to, there or not, if it is a symbolic link.
func linkTarget(path string) string {
	for range mostLinks {
		to, err := os.Readlink(path)
		switch {
		case err != nil:
			return path
		case filepath.IsAbs(to):
			path = to
		default: // not cleaned: what is in front of ".." may be a link
			path = filepath.Dir(path) + string(filepath.Separator) + to
		}
	}
	return path
}

// writeInto writes a release into what is there.
func writeInto(path string, release *hedge.Release) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", path, cause(err))
	}
	w := &counter{w: f}
	if err := errors.Join(bundle.WriteRelease(w, release), f.Close()); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	return w.n, nil
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (r *buildResult) report(w World) error {
	s := w.Stdout.style(w)
	for _, d := range r.Warnings {
		fmt.Fprint(w.Stderr, describeDiagnostic(d, "warning: ", yellow, w.Stderr.style(w)))
	}
	rows := [][2]string{
		{"name", r.Name},
		{"id", r.ID},
		{"size", formatBytes(r.Bytes)},
		{"modules", fmt.Sprintf("%d, of %s", r.Modules, count(r.Sources, "source file"))},
	}
	if r.Files > 0 {
		rows = append(rows, [2]string{"files", strconv.Itoa(r.Files)})
	}
	_, err := fmt.Fprintf(w.Stdout, "%s %s in %s\n%s", s.paint(green, "built"), s.paint(bold, r.File), formatDuration(r.took), table(rows))
	return err
}

// filesOf counts the files that the routes of a release serve.
func filesOf(release *hedge.Release) (n int) {
	for _, folder := range release.Folders {
		n += len(folder.Files)
	}
	return n
}

// reportJSON prints a result, or the error as an object in its place.
func reportJSON(w World, result any, err error) error {
	if err == nil {
		return json.NewEncoder(w.Stdout).Encode(result)
	}
	if encodeErr := json.NewEncoder(w.Stdout).Encode(failureOf(err)); encodeErr != nil {
		return encodeErr
	}
	return &exitError{exitFailure}
}
