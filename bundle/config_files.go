package bundle

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"hedge"
)

// staticKeys are those of a [[route]] to a folder.
func staticKeys() []configKey {
	return []configKey{
		{Key{"route", "fallback", typeString, "", `With to = "dir:…", the file of the folder that answers, with 200, for a path that has none and whose last segment has no dot: what single-page apps need.`}, (*configReader).routeFallback},
		{Key{"route", "not_found", typeString, "", `With to = "dir:…", the file of the folder that is the page for 404.`}, (*configReader).routeNotFound},
		{Key{"route", "dotfiles", typeBoolean, "false", `With to = "dir:…", whether files and folders are served whose names begin with a dot; .well-known at the top is in any case. It holds for files() of hedge:route as well, if that asks for them.`}, (*configReader).routeDotfiles},
	}
}

// routeFolder reads what stands behind "dir:".
func (r *configReader) routeFolder(v *value, folder string) {
	r.route.Static = &hedge.Static{Folder: strings.TrimSuffix(strings.TrimPrefix(folder, "./"), "/")}
	if problem, hint := checkFolder(r.route.Static.Folder); !r.check(v, problem, hint) {
		return
	}
	problem, hint := r.files.folder(r.route.Static.Folder)
	r.check(v, problem, hint)
}

// folders reads the folders that code serves.
func (r *configReader) folders(v *value) {
	r.strings(v, func(item *value) {
		name := strings.TrimSuffix(strings.TrimPrefix(item.text, "./"), "/")
		problem, hint := checkFolder(name)
		if problem == "" {
			problem, hint = r.files.folder(name)
		}
		if r.check(item, problem, hint) {
			r.addFolder(name)
		}
	})
}

func (r *configReader) addFolder(name string) {
	if r.config.Folders == nil {
		r.config.Folders = map[string]hedge.Folder{}
	}
	r.config.Folders[name] = hedge.Folder{}
}

func (r *configReader) routeFallback(v *value) { r.route.fallback = v; r.string(v) }
func (r *configReader) routeNotFound(v *value) { r.route.notFound = v; r.string(v) }

func (r *configReader) routeDotfiles(v *value) {
	r.route.dotfiles = v
	r.boolean(v)
}

// finishStatic checks the keys that are for folders alone.
func (r *configReader) finishStatic(route *routeEntry) {
	static := route.Static
	for _, key := range []*value{route.fallback, route.notFound, route.dotfiles} {
		if key != nil && static == nil && route.known() {
			r.fail(key.keyAt, `remove it, or write to = "dir:NAME"`, "this has no effect on a route to %q", route.to.text)
		}
	}
	if static == nil {
		return
	}
	static.Fallback, static.NotFound = r.page(route, route.fallback), r.page(route, route.notFound)
	static.Dotfiles = route.dotfiles != nil && route.dotfiles.text == "true"
	r.addFolder(static.Folder)
}

// page reads the name of a file of the route's folder; v may be nil.
func (r *configReader) page(route *routeEntry, v *value) string {
	if v == nil {
		return ""
	}
	if problem, hint := checkFileName(v.text); r.check(v, problem, hint) {
		problem, hint = r.files.page(route.Static.Folder, v.text)
		r.check(v, problem, hint)
	}
	return v.text
}

// checkFolder checks the name of a folder that is served: a path below the app's folder,
// which is not served itself, as that has the sources.
func checkFolder(s string) (problem, hint string) {
	if s == "" || s == "." {
		return "the app's own folder cannot be served", "put the files into one of their own, as in \"public\": the app's has its sources and hedge.toml"
	}
	if problem, _ = checkFileName(s); problem != "" || !filepath.IsLocal(filepath.FromSlash(s)) {
		return fmt.Sprintf("%q is not a folder of the app", s), "write the path relative to the folder of " + ConfigFile + ", with forward slashes, as in \"public\""
	}
	return "", ""
}

// maxFileName bounds the paths of files, as file systems do.
const maxFileName = 1024

// checkFileName checks the path of a file that is served.
func checkFileName(s string) (problem, hint string) {
	bad := strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c == 0x7F || c == '\\' }) >= 0
	if s == "" || s == "." || bad || len(s) > maxFileName || !utf8.ValidString(s) || path.Clean(s) != s || path.IsAbs(s) || s == ".." || strings.HasPrefix(s, "../") {
		return fmt.Sprintf("%q is not the path of a file", s), "write it relative to the folder, with forward slashes, as in \"pages/404.html\""
	}
	return "", ""
}

// appFiles looks for what a configuration names in the app's folder. Without one
// everything is there.
type appFiles struct {
	dir string
	// elsewhere says that files which are no part of a release are on another machine.
	elsewhere bool
	// looked are the absolute paths that were looked for, whether something was there or not.
	looked []string
}

// look notes that a path below the app's folder is looked for, and returns it as an absolute
// one. Where it is a link, what that leads to is noted as well.
func (a *appFiles) look(name string) string {
	full := filepath.FromSlash(name)
	if !filepath.IsAbs(full) {
		full = filepath.Join(a.dir, full)
	}
	a.looked = append(a.looked, full)
	if real, err := filepath.EvalSymlinks(full); err == nil && real != full {
		a.looked = append(a.looked, real)
	}
	return full
}

// main checks that there is a file of code.
func (a *appFiles) main(name string) (problem, hint string) {
	if a.dir == "" {
		return "", ""
	}
	a.look(name)
	return checkMain(a.dir, name)
}

// folder checks that there is a folder, which no link leads out of the app's.
func (a *appFiles) folder(name string) (problem, hint string) {
	if a.dir == "" {
		return "", ""
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return fmt.Sprintf("the app's folder cannot be read: %v", cause(err)), ""
	}
	defer root.Close()
	full := a.look(name)
	info, err := root.Stat(name)
	switch {
	case err != nil:
		if _, real := os.Stat(full); real == nil {
			return fmt.Sprintf("the folder %q is not inside the app's folder: a link leads out of it", name), ""
		}
		return fmt.Sprintf("there is no folder %q", name), a.nearby(name, true)
	case !info.IsDir():
		return fmt.Sprintf("%q is not a folder", name), ""
	}
	return "", ""
}

// page checks that there is a file in a folder.
func (a *appFiles) page(folder, name string) (problem, hint string) {
	if a.dir == "" {
		return "", ""
	}
	full := path.Join(folder, name)
	if info, err := os.Stat(a.look(full)); err != nil || !info.Mode().IsRegular() {
		return fmt.Sprintf("there is no file %q in the folder %q", name, folder), a.nearby(full, false)
	}
	return "", ""
}

// nearby returns a hint to what is likely meant by a name, among what is beside it.
func (a *appFiles) nearby(name string, folders bool) string {
	entries, _ := os.ReadDir(filepath.Join(a.dir, filepath.FromSlash(path.Dir(name))))
	var names []string
	for _, e := range entries {
		if e.IsDir() == folders {
			names = append(names, e.Name())
		}
	}
	return didYouMean(path.Base(name), names)
}
