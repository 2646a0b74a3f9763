package bundle

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// libraryNamespace is esbuild's name for modules that come from the library and
// not from files.
const libraryNamespace = "library"

// runtimeModule is what the library imports of the runtime. To the modules that
// load it with require() it is a module of the library, which passes it on.
const runtimeModule = "hedge:runtime"

// globalModule exports what is a global elsewhere and too large for every isolate.
// An app whose sources mention the name has it bundled, as if it had imported it.
const (
	globalModule = "hedge:html"
	globalName   = "HTMLRewriter"
)

// mentionsGlobal reports whether a source has the name in it. That it may be in a
// comment does no harm: esbuild drops what is not used.
func mentionsGlobal(path string) bool {
	source, err := os.ReadFile(path)
	return err == nil && bytes.Contains(source, []byte(globalName)) // esbuild reports the error
}

// fromLibrary resolves imports of Node's modules, by either name, and of those modules
// "hedge:" and "cloudflare:" that are bundled. What an app does not import costs it nothing.
func fromLibrary(build api.PluginBuild, library map[string]string, s *seen) {
	build.OnResolve(api.OnResolveOptions{Filter: `^hedge:`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		_, ok := library[args.Path]
		switch {
		case args.Path == runtimeModule && args.Importer == runtimeModule:
			return api.OnResolveResult{Path: runtimeModule, External: true}, nil
		case ok && (isForApps(args.Path) || args.Namespace == libraryNamespace || args.Namespace == absentNamespace):
			return api.OnResolveResult{Path: args.Path, Namespace: libraryNamespace, SideEffects: api.SideEffectsFalse}, nil
		}
		return api.OnResolveResult{}, nil // one of the runtime, or a mistake
	})
	build.OnResolve(api.OnResolveOptions{Filter: `^cloudflare:`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		if _, ok := library[args.Path]; !ok {
			return api.OnResolveResult{}, nil // a mistake
		}
		return api.OnResolveResult{Path: args.Path, Namespace: libraryNamespace}, nil
	})
	build.OnResolve(api.OnResolveOptions{Filter: `^node:`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		return nodeModule(args.Path, args, library, s), nil
	})
	build.OnResolve(api.OnResolveOptions{Filter: `^(` + strings.Join(nodeModules(), "|") + `)(/[a-z]+)?$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		return bareNodeModule(build, args, library, s), nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: libraryNamespace}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		source, ok := library[args.Path]
		if !ok {
			return api.OnLoadResult{}, fmt.Errorf("the library has no module %q", args.Path)
		}
		return api.OnLoadResult{Contents: &source, Loader: api.LoaderJS}, nil
	})
}

// isForApps reports whether a module of the library may be imported by name.
func isForApps(name string) bool { return name != runtimeModule && name != absentModule }

// nodeModule resolves a module of Node by its whole name. One that the library has not is
// left to esbuild, whose message is translated, until it is stood in for.
func nodeModule(name string, args api.OnResolveArgs, library map[string]string, s *seen) api.OnResolveResult {
	if _, ok := library[name]; !ok {
		return s.standIn(args)
	}
	return api.OnResolveResult{Path: name, Namespace: libraryNamespace}
}

// bareNodeModule resolves a module of Node that is written as a package would be.
// As in Node it comes before an installed package of that name. A file that
// a package has instead of it elsewhere ("browser" in its package.json) comes before both.
func bareNodeModule(build api.PluginBuild, args api.OnResolveArgs, library map[string]string, s *seen) api.OnResolveResult {
	name := "node:" + args.Path
	if _, ok := library[name]; !ok {
		return nodeModule(name, args, library, s) // esbuild looks for a package
	}
	if _, again := args.PluginData.(resolving); again {
		return api.OnResolveResult{}
	}
	found := build.Resolve(args.Path, api.ResolveOptions{
		Importer: args.Importer, Namespace: args.Namespace, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: resolving{},
	})
	if len(found.Errors) == 0 && !isPackage(found.Path, args.Path) {
		return api.OnResolveResult{}
	}
	return nodeModule(name, args, library, s)
}

// isPackage reports whether a file belongs to the installed package that is meant.
func isPackage(path, specifier string) bool {
	return strings.Contains(filepath.ToSlash(path), "/node_modules/"+packageName(specifier)+"/")
}
