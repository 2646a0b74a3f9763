package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"hedge"
)

// MaxBytes bounds the code of a release: its modules together, without the
// source maps.
const MaxBytes = 10 << 20

// Options say what to build.
type Options struct {
	// Dir is the app's folder.
	Dir string
	// Vars override the [vars] of hedge.toml, or add to them.
	Vars map[string]string
	// Modules are the built-in modules of the runtime, such as "hedge:route".
	// Imports of others are refused; nil accepts every one that starts with
	// "hedge:".
	Modules []string
	// Library are modules that are bundled into an app that imports them: names,
	// such as "node:buffer" and "hedge:html", and JavaScript.
	Library map[string]string
	// Pack lists the files of the folders that routes serve, for a release file.
	// Otherwise they are served as they are on disk. A release file is for any machine, so
	// that the files which secure connections with origins are not looked for.
	Pack bool
}

// Report tells about a build that succeeded.
type Report struct {
	// Warnings are what esbuild found suspicious in the app's own code, and which modules of
	// Node are stood in for as packages ask for them.
	Warnings []Diagnostic
	// Bytes is the size of the code, without source maps; at most MaxBytes.
	Bytes int
	// Inputs is the number of source files that the code was made of.
	Inputs int
}

// Build makes a release of the app in a folder. What is wrong with the app is a
// *BuildError; other errors are the machine's.
func Build(ctx context.Context, opts Options) (*hedge.Release, *Report, error) {
	b := NewBuilder(opts)
	defer b.Close()
	return b.Rebuild(ctx)
}

// metafile is the part of esbuild's metafile that is used here.
type metafile struct {
	Inputs  map[string]struct{} `json:"inputs"`
	Outputs map[string]struct {
		Imports []struct {
			Path     string `json:"path"`
			External bool   `json:"external"`
		} `json:"imports"`
		Inputs map[string]struct {
			BytesInOutput int `json:"bytesInOutput"`
		} `json:"inputs"`
	} `json:"outputs"`
}

// assemble makes a release of the configuration and what esbuild built.
func assemble(config *Config, folders map[string]hedge.Folder, vars map[string]string, result *api.BuildResult, wasm map[string]string) (*hedge.Release, *Report, error) {
	r := &hedge.Release{
		Name: config.Name, Hosts: config.Hosts, Routes: config.Routes,
		Upstreams: config.Upstreams, Splits: config.Splits, Limits: config.Limits, Egress: config.Egress, Cache: config.Cache, Folders: folders, RateLimits: config.RateLimits, Eval: config.Eval,
	}
	if len(config.Vars)+len(vars) > 0 {
		r.Vars = maps.Clone(config.Vars)
		if r.Vars == nil {
			r.Vars = map[string]string{}
		}
		maps.Copy(r.Vars, vars)
	}
	report := &Report{}
	if result != nil {
		if err := addModules(r, report, config.Main, result, wasm); err != nil {
			return nil, nil, err
		}
	}
	id, err := identify(r)
	if err != nil {
		return nil, nil, err
	}
	r.ID = id
	return r, report, nil
}

// addModules adds the bundle and the Wasm modules that it imports.
func addModules(r *hedge.Release, report *Report, mainFile string, result *api.BuildResult, wasm map[string]string) error {
	var meta metafile
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return fmt.Errorf("read esbuild's metafile: %w", err)
	}
	r.Main = mainModule
	main := hedge.Module{Name: mainModule, Kind: hedge.ModuleJS}
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".map") {
			main.SourceMap = f.Contents
		} else {
			main.Source = f.Contents
		}
	}
	r.Modules = []hedge.Module{main}
	sizes := map[string]int{}
	for name, input := range meta.Outputs[mainModule].Inputs {
		sizes[name] = input.BytesInOutput
	}
	for _, name := range importedWasm(meta, wasm) {
		m, err := readWasm(name, wasm[name])
		if err != nil {
			return err
		}
		sizes[name] = len(m.Source)
		r.Modules = append(r.Modules, m)
	}
	for _, m := range r.Modules {
		report.Bytes += len(m.Source)
	}
	report.Inputs = len(meta.Inputs)
	if report.Bytes > MaxBytes {
		return tooLarge(mainFile, report.Bytes, sizes)
	}
	return nil
}

// importedWasm returns the Wasm modules that are left after tree shaking.
func importedWasm(meta metafile, wasm map[string]string) []string {
	var names []string
	for _, i := range meta.Outputs[mainModule].Imports {
		if _, ok := wasm[i.Path]; ok && i.External && !slices.Contains(names, i.Path) {
			names = append(names, i.Path)
		}
	}
	slices.Sort(names)
	return names
}

func readWasm(name, path string) (hedge.Module, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return hedge.Module{}, fail(name, "", "the file cannot be read: %v", cause(err))
	}
	if !bytes.HasPrefix(source, []byte("\x00asm\x01\x00\x00\x00")) {
		return hedge.Module{}, fail(name, "", "the file is not a WebAssembly module of version 1")
	}
	return hedge.Module{Name: name, Kind: hedge.ModuleWasm, Source: source}, nil
}

// tooLarge is the error for a bundle above the limit. It names what it is made of.
func tooLarge(mainFile string, total int, sizes map[string]int) error {
	names := slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		if sizes[a] != sizes[b] {
			return sizes[b] - sizes[a]
		}
		return strings.Compare(a, b)
	})
	var hint strings.Builder
	hint.WriteString("the largest parts are")
	for _, name := range names[:min(5, len(names))] {
		fmt.Fprintf(&hint, "\n%10s  %s", formatSize(sizes[name]), name)
	}
	return fail(mainFile, hint.String(), "the bundle has %s; at most %s are allowed", formatSize(total), formatSize(MaxBytes))
}
