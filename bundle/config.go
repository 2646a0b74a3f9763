package bundle

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"hedge"
)

// ConfigFile is the name of an app's configuration file.
const ConfigFile = "hedge.toml"

// Config is the content of hedge.toml. Keys documents it.
type Config struct {
	Name       string
	Main       string // relative to the app's folder, with forward slashes; may be empty
	Hosts      []string
	Vars       map[string]string
	Routes     []hedge.Route
	Upstreams  map[string]hedge.Upstream
	Splits     map[string]hedge.Split
	RateLimits map[string]hedge.RateLimit
	Folders    map[string]hedge.Folder // those that routes serve, without their files
	Limits     hedge.Limits            // zero where the file says nothing
	Egress     hedge.Egress
	Cache      hedge.Cache
	Eval       bool
}

// LoadConfig reads and checks hedge.toml in an app's folder. What is wrong with
// it is a *BuildError.
func LoadConfig(dir string) (*Config, error) { return loadConfig(&appFiles{dir: dir}) }

func loadConfig(files *appFiles) (*Config, error) {
	dir := files.dir
	source, err := os.ReadFile(files.look(ConfigFile))
	if os.IsNotExist(err) {
		return nil, missingConfig(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ConfigFile, err)
	}
	return parseConfig(source, files)
}

// ParseConfig reads and checks the text of a hedge.toml, without looking for the
// files and folders that it names. What is wrong with it is a *BuildError.
func ParseConfig(source []byte) (*Config, error) {
	return parseConfig(source, &appFiles{})
}

func parseConfig(source []byte, files *appFiles) (*Config, error) {
	base, root, err := openTOML(ConfigFile, source)
	if err != nil {
		return nil, err
	}
	r := &configReader{tomlReader: base, keys: configKeys(), files: files, misspelt: map[[2]string]bool{}}
	// After a syntax error the rest of the file is unknown, and what seems to be
	// missing may be there.
	whole := len(r.found) == 0
	r.table("", root)
	if whole {
		r.finish(root)
	}
	if err := r.failure(); err != nil {
		return nil, err
	}
	return &r.config, nil
}

// missingConfig is the error for a folder without hedge.toml. Where the folder
// has code, it shows the file to write.
func missingConfig(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("the app's folder %s: %w", dir, cause(err))
	}
	entry := findEntry(dir)
	if entry == "" {
		return fail(ConfigFile, "an app is a folder with a hedge.toml, which names the app and its code",
			"there is no such file in %s", dir)
	}
	return fail(ConfigFile,
		fmt.Sprintf("write these lines into it:\n# %s\nname = %q\nmain = %q", ConfigFile, suggestName(dir), entry),
		"there is no such file in %s, but there is %s", dir, entry)
}

// cause strips the path that an error of package os repeats.
func cause(err error) error {
	if e, ok := err.(*os.PathError); ok {
		return e.Err
	}
	return err
}

// findEntry looks for the code of an app that has no hedge.toml.
func findEntry(dir string) string {
	for _, folder := range []string{"src/", ""} {
		for _, name := range []string{"index", "main", "worker"} {
			for _, extension := range mainExtensions() {
				if info, err := os.Stat(filepath.Join(dir, folder+name+extension)); err == nil && info.Mode().IsRegular() {
					return folder + name + extension
				}
			}
		}
	}
	return ""
}

// suggestName makes a name for an app from the name of its folder.
func suggestName(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (isLower(byte(r)) || isDigit(byte(r))) {
			return r
		}
		return '-'
	}, strings.ToLower(filepath.Base(dir))), "-0123456789")
	if problem, _ := checkName(name); problem != "" {
		return "my-app"
	}
	return name
}

// mainExtensions are the extensions that an app's main module may have.
func mainExtensions() []string {
	return []string{".ts", ".js", ".tsx", ".jsx", ".mts", ".mjs"}
}

// checkMain checks that main names a file of code in the app's folder.
func checkMain(dir, main string) (problem, hint string) {
	if !filepath.IsLocal(filepath.FromSlash(main)) {
		return fmt.Sprintf("main %q is not inside the app's folder", main), "write the path relative to the folder of " + ConfigFile
	}
	path := filepath.Join(dir, filepath.FromSlash(main))
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Sprintf("there is no file %q", main), nearestFile(dir, main)
	case !info.Mode().IsRegular():
		return fmt.Sprintf("%q is not a file", main), nearestFile(dir, main+"/index")
	case !slices.Contains(mainExtensions(), filepath.Ext(main)):
		return fmt.Sprintf("%q is not a module of code", main), "main ends in " + strings.Join(mainExtensions(), ", ")
	}
	return "", ""
}

// nearestFile returns a hint to the file that main is likely to mean.
func nearestFile(dir, main string) string {
	folder := filepath.Dir(filepath.FromSlash(main))
	entries, _ := os.ReadDir(filepath.Join(dir, folder))
	var names []string
	for _, e := range entries {
		if slices.Contains(mainExtensions(), filepath.Ext(e.Name())) {
			names = append(names, e.Name())
		}
	}
	near := nearest(filepath.Base(main), names)
	if near != "" {
		return fmt.Sprintf("did you mean %q?", filepath.ToSlash(filepath.Join(folder, near)))
	}
	if entry := findEntry(dir); entry != "" {
		return fmt.Sprintf("did you mean %q?", entry)
	}
	return ""
}

// position turns a range of bytes into the place of a diagnostic.
func position(source []byte, at span) Diagnostic {
	at.start = min(at.start, len(source))
	at.end = max(at.start, min(at.end, len(source)))
	start := 1 + bytes.LastIndexByte(source[:at.start], '\n')
	end := len(source)
	if i := bytes.IndexByte(source[at.start:], '\n'); i >= 0 {
		end = at.start + i
	}
	d := Diagnostic{
		Line:   1 + bytes.Count(source[:start], []byte("\n")),
		Column: 1 + units(source[start:at.start]),
		Length: max(1, units(source[at.start:max(at.start, min(at.end, end))])),
	}
	if end-start <= maxSourceLine {
		d.SourceLine = strings.TrimSuffix(string(source[start:end]), "\r")
	}
	return d
}

// units counts UTF-16 code units.
func units(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
