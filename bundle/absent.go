package bundle

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// A module of Node that the library has not, and a package imports, is stood in for: most
// packages that do never come to use it at an edge. The app's own files get an error, and
// what a package has guarded itself, as in try { require("fs") }, fails at run time, so
// that it takes its other way. Only esbuild knows which imports are guarded: it makes no
// error of those. So an import is stood in for once a build has failed by it.

const (
	// absentNamespace is esbuild's name for the stand-ins.
	absentNamespace = "absent"
	// absentModule is the module of the library that makes them. It is not for apps.
	absentModule = "hedge:absent"
)

// nodeImport is an import of a module of Node by a file of a package.
type nodeImport struct {
	importer  string // its absolute path
	specifier string
}

// isAbsent marks the warning about a module that is stood in for.
type isAbsent struct{}

// standIn resolves an import that a build has failed by to a stand-in, and leaves others to
// esbuild.
func (s *seen) standIn(args api.OnResolveArgs) api.OnResolveResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.absent[nodeImport{args.Importer, args.Path}] {
		return api.OnResolveResult{}
	}
	name := "node:" + strings.TrimPrefix(args.Path, "node:")
	text := fmt.Sprintf("%q is a module of Node, and not available: what a package calls of it throws", name)
	return api.OnResolveResult{Path: name, Namespace: absentNamespace, Warnings: []api.Message{{Text: text, Detail: isAbsent{}}}}
}

// addAbsent notes the imports of Node's modules by packages that a build has failed by, and
// reports whether some of them are new.
func (s *seen) addAbsent(dir string, errors []api.Message) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range errors {
		specifier, ok := quoted(m.Text, "Could not resolve ")
		if !ok || m.Location == nil || nodeName(specifier) == "" {
			continue
		}
		importer := filepath.FromSlash(m.Location.File)
		if !filepath.IsAbs(importer) {
			importer = filepath.Join(dir, importer)
		}
		if i := (nodeImport{importer, specifier}); inNodeModules(dir, importer) && !s.absent[i] {
			s.absent[i], more = true, true
		}
	}
	return more
}

// loadAbsent loads the stand-ins.
func loadAbsent(build api.PluginBuild) {
	build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: absentNamespace}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		source := fmt.Sprintf("module.exports = require(%q).absent(%q);", absentModule, args.Path)
		return api.OnLoadResult{Contents: &source, Loader: api.LoaderJS}, nil
	})
}

// warnOnce leaves one warning about each module that is stood in for.
func warnOnce(warnings []api.Message) []api.Message {
	said := map[string]bool{}
	var list []api.Message
	for _, m := range warnings {
		if _, absent := m.Detail.(isAbsent); absent && said[m.Text] {
			continue
		}
		said[m.Text] = true
		list = append(list, m)
	}
	return list
}
