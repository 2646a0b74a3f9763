package bundle

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// translator turns esbuild's messages into diagnostics, with advice that fits
// this tool in place of esbuild's options.
type translator struct {
	dir  string
	main string
	// library are the modules that imports can get from there.
	library map[string]string
	// missing are the files that imports looked for and did not find.
	missing []string
}

func (t *translator) all(messages []api.Message) []Diagnostic {
	var out []Diagnostic
	for _, m := range messages {
		d := t.one(m)
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	return out
}

func (t *translator) one(m api.Message) Diagnostic {
	d := Diagnostic{File: t.main, Text: m.Text}
	if l := m.Location; l != nil {
		before := min(max(l.Column, 0), len(l.LineText))
		after := min(before+max(l.Length, 0), len(l.LineText))
		d.File, d.Line, d.SourceLine = filepath.ToSlash(l.File), l.Line, l.LineText
		d.Column = 1 + units([]byte(l.LineText[:before]))
		d.Length = max(1, units([]byte(l.LineText[before:after])))
	}
	if specifier, ok := quoted(m.Text, "Could not resolve "); ok {
		d.Text, d.Hint = t.unresolved(specifier, d.File, m.Notes)
		return d
	}
	if strings.HasPrefix(m.Text, "No loader is configured for ") {
		d.Hint = loaderHint()
		return d
	}
	d.Text = strings.Replace(d.Text, `"`+libraryNamespace+":", `"`, 1)
	d.Hint = hints(m.Notes)
	return d
}

// quoted returns the quoted string that follows a prefix.
func quoted(text, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutPrefix(rest, `"`)
	if !ok {
		return "", false
	}
	s, _, ok := strings.Cut(rest, `"`)
	return s, ok
}

// hints joins esbuild's notes, each with the place that it points to. Notes
// about esbuild's own options do not apply here.
func hints(notes []api.Note) string {
	var out []string
	for _, n := range notes {
		if strings.HasPrefix(n.Text, "You can mark the path ") || strings.Contains(n.Text, "platform") {
			continue
		}
		text := strings.TrimSuffix(n.Text, ":")
		if n.Location != nil {
			text += fmt.Sprintf(" (%s:%d:%d)", filepath.ToSlash(n.Location.File), n.Location.Line, n.Location.Column+1)
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

// unresolved explains an import that leads nowhere.
func (t *translator) unresolved(specifier, importer string, notes []api.Note) (text, hint string) {
	text = fmt.Sprintf("cannot find %q", specifier)
	switch {
	case nodeName(specifier) != "":
		return nodeProblem(specifier, t.library)
	case isRelative(specifier):
		return text, t.nearestImport(specifier, importer)
	case strings.HasPrefix(specifier, "/") || strings.HasPrefix(specifier, "#"):
		return text, hints(notes)
	}
	return text, t.packageHint(specifier, notes)
}

func isRelative(specifier string) bool {
	return specifier == "." || specifier == ".." || strings.HasPrefix(specifier, "./") || strings.HasPrefix(specifier, "../")
}

// nearestImport looks for the file that a relative import is likely to mean, and
// writes it the way the import was written.
func (t *translator) nearestImport(specifier, importer string) string {
	path := filepath.Join(t.dir, filepath.FromSlash(filepath.Dir(importer)), filepath.FromSlash(specifier))
	t.missing = append(t.missing, path)
	for _, extension := range mainExtensions() {
		t.missing = append(t.missing, path+extension)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	var names []string
	for _, e := range entries {
		name := e.Name()
		if extension := filepath.Ext(name); filepath.Ext(specifier) == "" && slices.Contains(mainExtensions(), extension) {
			name = strings.TrimSuffix(name, extension)
		}
		names = append(names, name)
	}
	near := nearest(filepath.Base(path), names)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", specifier[:strings.LastIndexByte(specifier, '/')+1]+near)
}

// packageHint tells what to do about a package that is not there.
func (t *translator) packageHint(specifier string, notes []api.Note) string {
	name := packageName(specifier)
	for dir := t.dir; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, "node_modules", name)); err == nil && info.IsDir() {
			return strings.TrimSpace(fmt.Sprintf("the package %q is installed, but has no such file\n%s", name, hints(notes)))
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	declared := t.dependencies()
	if slices.Contains(declared, name) {
		return fmt.Sprintf("package.json names %q, but it is not installed: run npm install", name)
	}
	if near := nearest(name, declared); near != "" {
		return fmt.Sprintf("did you mean %q?", near+strings.TrimPrefix(specifier, name))
	}
	return fmt.Sprintf("a file of the app is imported as \"./%s\"; a package is installed with: npm install %s", specifier, name)
}

// packageName returns the package of an import: its first segment, or the first
// two of a scoped one.
func packageName(specifier string) string {
	parts := strings.SplitN(specifier, "/", 3)
	if strings.HasPrefix(specifier, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// dependencies returns the packages that the app's package.json names.
func (t *translator) dependencies() []string {
	source, err := os.ReadFile(filepath.Join(t.dir, "package.json"))
	if err != nil {
		return nil
	}
	var manifest struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if json.Unmarshal(source, &manifest) != nil {
		return nil // esbuild reports it, where it matters
	}
	var names []string
	for name := range manifest.Dependencies {
		names = append(names, name)
	}
	for name := range manifest.DevDependencies {
		names = append(names, name)
	}
	return names
}
