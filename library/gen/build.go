package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// injected is the file whose exports are globals of the modules that mention them.
const injected = "inject.ts"

// build makes one module of a file and the packages that it imports. Modules of
// Node are CommonJS, because packages load them with require() and expect what
// Node's module.exports is: the default export of the file.
func build(dir, file string, commonJS bool) (string, error) {
	options := api.BuildOptions{
		AbsWorkingDir:    dir,
		Bundle:           true,
		Format:           api.FormatESModule,
		Platform:         api.PlatformBrowser,
		Engines:          []api.Engine{{Name: api.EngineChrome, Version: "136"}},
		Charset:          api.CharsetASCII,
		MinifyWhitespace: true,
		MinifySyntax:     true,
		LegalComments:    api.LegalCommentsNone,
		Define:           map[string]string{"process.env.NODE_ENV": `"production"`, "global": "globalThis"},
		Metafile:         true,
		LogLevel:         api.LogLevelSilent,
		Inject:           []string{"./" + injected},
		Plugins:          []api.Plugin{resolver()},
	}
	if commonJS {
		options.Format = api.FormatCommonJS
		options.Stdin = &api.StdinOptions{Contents: fmt.Sprintf("module.exports = require(%q).default;", file), ResolveDir: dir}
	} else {
		options.EntryPoints = []string{file}
	}
	result := api.Build(options)
	problems := append(
		api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}),
		api.FormatMessages(result.Warnings, api.FormatMessagesOptions{Kind: api.WarningMessage})...,
	)
	if len(problems) > 0 {
		return "", errors.New(strings.TrimSpace(strings.Join(problems, "")))
	}
	notice, err := notice(dir, result.Metafile)
	return notice + string(result.OutputFiles[0].Contents), err
}

// resolver leaves modules of the library out of each other: the app's own bundler
// puts them together, so that an app has each at most once.
func resolver() api.Plugin {
	return api.Plugin{Name: "library", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `^(node|hedge|cloudflare):`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			result := api.OnResolveResult{Path: args.Path, External: true}
			if filepath.Base(args.Importer) == injected {
				result.SideEffects = api.SideEffectsFalse
			}
			return result, nil
		})
		// Else every module would load process, and events, which process is made of, would
		// load itself before it is there.
		build.OnResolve(api.OnResolveOptions{Filter: `/` + injected + `$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: filepath.Join(args.ResolveDir, args.Path), SideEffects: api.SideEffectsFalse}, nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `^[a-z-]+/?$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if name := replaced(args.Path); name != "" && strings.Contains(filepath.ToSlash(args.Importer), "/node_modules/") {
				return api.OnResolveResult{Path: name, External: true}, nil
			}
			return api.OnResolveResult{}, nil
		})
	}}
}

// replaced returns the module of Node that a package means by a name, or "".
func replaced(name string) string {
	switch name {
	case "buffer", "events", "process/", "string_decoder/":
		return "node:" + strings.TrimSuffix(name, "/")
	case "qs": // what url asks of it is what querystring does
		return "node:querystring"
	case "abort-controller": // for where there is none
		return "node:events"
	}
	return ""
}

// notice is a comment that names the packages in a module, as their licences want.
func notice(dir, metafile string) (string, error) {
	var meta struct {
		Inputs map[string]struct{} `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return "", err
	}
	var packages []string
	for input := range meta.Inputs {
		_, path, ok := strings.Cut(input, "node_modules/")
		if !ok {
			continue
		}
		parts := strings.SplitN(path, "/", 3)
		name := parts[0]
		if strings.HasPrefix(name, "@") {
			name += "/" + parts[1]
		}
		if !slices.Contains(packages, name) {
			packages = append(packages, name)
		}
	}
	slices.Sort(packages)
	var text strings.Builder
	for _, name := range packages {
		line, err := licence(filepath.Join(dir, "..", "node_modules", name))
		if err != nil {
			return "", err
		}
		text.WriteString(line)
	}
	return text.String(), nil
}

// licence is the notice for one package.
func licence(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	var about struct{ Name, Version, License string }
	if err := json.Unmarshal(data, &about); err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "LICENSE*"))
	if err != nil {
		return "", err
	}
	text := ""
	if len(files) > 0 {
		data, err := os.ReadFile(files[0])
		if err != nil {
			return "", err
		}
		text = "\n\n" + strings.TrimSpace(strings.ReplaceAll(string(data), "*/", "* /"))
	}
	return fmt.Sprintf("/*! %s %s, %s%s\n*/\n", about.Name, about.Version, about.License, text), nil
}
