package hedge_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// goFile is one Go source, for any platform.
type goFile struct {
	name   string // "worker/app.go"
	folder string // "worker", or "." for the root
	syntax *ast.File
}

func (f goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// imports lists what the file imports.
func (f goFile) imports() []string {
	var list []string
	for _, spec := range f.syntax.Imports {
		if target, err := strconv.Unquote(spec.Path.Value); err == nil {
			list = append(list, target)
		}
	}
	return list
}

// goFiles parses the Go sources of the repository.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	for _, name := range sources(t, ".go") {
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, goFile{name, path.Dir(name), syntax})
	}
	return files
}

// sources lists the files with a suffix, without what is generated or installed.
func sources(t *testing.T, suffix string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" || name == "bin"):
			return fs.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(name, suffix):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
