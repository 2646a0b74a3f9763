package bundle

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// seen is what one build has come across. esbuild calls plugins from many
// goroutines at once.
type seen struct {
	mu    sync.Mutex // guards the fields below
	files map[string]bool
	wasm  map[string]string // module name → absolute path
	// mentions: a source has the name of the library's global in it.
	mentions bool
	// absent are the imports that are stood in for, from one build to the next.
	absent map[nodeImport]bool
}

func (s *seen) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files, s.wasm, s.mentions = map[string]bool{}, map[string]string{}, false
}

func (s *seen) addFile(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = true
}

func (s *seen) addMention() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mentions = true
}

func (s *seen) addWasm(name, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = true
	s.wasm[name] = path
}

// plugin decides about the imports that esbuild cannot decide about, and notes
// the files that a build reads.
func plugin(dir string, modules []string, library map[string]string, s *seen) api.Plugin {
	return api.Plugin{Name: "hedge", Setup: func(build api.PluginBuild) {
		build.OnStart(func() (api.OnStartResult, error) {
			s.reset()
			return api.OnStartResult{}, nil
		})
		fromLibrary(build, library, s)
		loadAbsent(build)
		build.OnResolve(api.OnResolveOptions{Filter: `^hedge:`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			problem, hint := hedgeProblem(args.Path, modules, library)
			return external(args, problem, hint), nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `^(https?|npm|jsr|bun|deno|cloudflare|workerd):`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			problem, hint := schemeProblem(args.Path)
			return external(args, problem, hint), nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `\.wasm(\?module)?$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return resolveWasm(build, dir, s, args), nil
		})
		withoutDOM(build)
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "file"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			s.addFile(args.Path)
			if library[globalModule] != "" && mentionsGlobal(args.Path) {
				s.addMention()
			}
			return api.OnLoadResult{}, nil // esbuild loads it
		})
	}}
}

// external leaves an import in the bundle for the runtime to resolve, unless
// there is a problem with it.
func external(args api.OnResolveArgs, problem, hint string) api.OnResolveResult {
	if problem == "" && args.Kind == api.ResolveJSRequireCall {
		problem, hint = fmt.Sprintf("%q cannot be loaded with require()", args.Path), "write an import"
	}
	if problem != "" {
		return refuse(problem, hint)
	}
	return api.OnResolveResult{Path: args.Path, External: true, SideEffects: api.SideEffectsFalse}
}

func refuse(problem, hint string) api.OnResolveResult {
	m := api.Message{Text: problem}
	if hint != "" {
		m.Notes = []api.Note{{Text: hint}}
	}
	return api.OnResolveResult{Errors: []api.Message{m}}
}

// resolving marks the resolution that resolveWasm itself asks for.
type resolving struct{}

// resolveWasm makes a .wasm file a module of its own, named by its path. Bundlers
// elsewhere write "?module" behind the name; it means the same.
func resolveWasm(build api.PluginBuild, dir string, s *seen, args api.OnResolveArgs) api.OnResolveResult {
	if _, again := args.PluginData.(resolving); again {
		return api.OnResolveResult{}
	}
	result := build.Resolve(strings.TrimSuffix(args.Path, "?module"), api.ResolveOptions{
		Importer: args.Importer, Namespace: args.Namespace, ResolveDir: args.ResolveDir,
		Kind: args.Kind, PluginData: resolving{}, With: args.With,
	})
	if len(result.Errors) > 0 {
		return api.OnResolveResult{Errors: result.Errors}
	}
	name, err := relative(dir, result.Path)
	if err != nil {
		return refuse(err.Error(), "")
	}
	s.addWasm(name, result.Path)
	args.Path = name
	return external(args, "", "")
}

// relative returns a path as seen from the app's folder, with forward slashes.
func relative(dir, path string) (string, error) {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return "", fmt.Errorf("%s is on another volume than the app", path)
	}
	return filepath.ToSlash(rel), nil
}

// inNodeModules reports whether a file belongs to an installed package of the
// app in dir, which may be in a node_modules itself.
func inNodeModules(dir, path string) bool {
	return strings.Contains(filepath.ToSlash(strings.TrimPrefix(path, dir)), "/node_modules/")
}
