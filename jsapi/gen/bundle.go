package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundle makes one script of runtime.ts and what it imports. Identifiers are kept,
// for heap snapshots and profiles. esbuild's KeepNames is off: it would run code for
// every closure that is made, and the names which apps see are set by defineInterface.
// There is no source map: the runtime's frames are dropped from the stacks of apps.
func bundle(dir string) ([]byte, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:      []string{"runtime.ts"},
		AbsWorkingDir:    root,
		Outfile:          "runtime.gen.js",
		Bundle:           true,
		Format:           api.FormatIIFE,
		Target:           api.ESNext,
		Platform:         api.PlatformNeutral,
		Charset:          api.CharsetASCII, // one character beyond Latin-1 would make V8 keep the source at two bytes each
		MinifyWhitespace: true,
		MinifySyntax:     true,
		LegalComments:    api.LegalCommentsNone,
		Plugins:          []api.Plugin{onlyOurs()},
	})
	problems := append(
		api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}),
		api.FormatMessages(result.Warnings, api.FormatMessagesOptions{Kind: api.WarningMessage})...,
	)
	if len(problems) > 0 {
		return nil, errors.New(strings.TrimSpace(strings.Join(problems, "")))
	}
	return result.OutputFiles[0].Contents, nil
}

// onlyOurs refuses every import that is no file of ours: the runtime is built
// without npm.
func onlyOurs() api.Plugin {
	return api.Plugin{Name: "only-ours", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `^[^.]`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.Kind == api.ResolveEntryPoint {
				return api.OnResolveResult{}, nil
			}
			return api.OnResolveResult{}, fmt.Errorf("the runtime imports files of its own only, as in \"./x.ts\", not %q", args.Path)
		})
	}}
}
