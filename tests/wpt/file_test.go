package wpt

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/evanw/esbuild/pkg/api"
)

// file is one *.any.js file.
type file struct {
	path     string   // below the tree, with slashes
	scripts  []string // that it loads first, as paths below the tree
	variants []string // the queries with which it runs; "" is one
	title    string
	long     bool // it may take longer than others
	source   string
}

// findFiles returns the files below a directory of the tree; none when there is no
// such directory.
func findFiles(tree, dir string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(filepath.Join(tree, dir), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".any.js") {
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(tree, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if !strings.Contains(rel, *onlyFlag) {
			return nil
		}
		f, err := readFile(tree, rel)
		files = append(files, f)
		return err
	})
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	return files, err
}

// readFile reads a file and its META comments, which stand at the top.
func readFile(tree, name string) (file, error) {
	source, err := os.ReadFile(filepath.Join(tree, name))
	f := file{path: name, source: string(source)}
	for line := range strings.Lines(f.source) {
		meta, ok := strings.CutPrefix(strings.TrimSpace(line), "// META:")
		if !ok {
			if strings.HasPrefix(line, "//") || strings.TrimSpace(line) == "" {
				continue
			}
			break
		}
		key, value, _ := strings.Cut(strings.TrimSpace(meta), "=")
		switch key {
		case "script":
			f.scripts = append(f.scripts, resolve(name, value))
		case "variant":
			f.variants = append(f.variants, value)
		case "timeout":
			f.long = value == "long"
		case "title":
			f.title = value
		}
	}
	if f.variants == nil {
		f.variants = []string{""}
	}
	return f, err
}

// resolve returns the path of what a file refers to.
func resolve(from, to string) string {
	to, _, _ = strings.Cut(to, "?")
	if to == "/resources/WebIDLParser.js" { // the one path that the tests' own server rewrites
		return "resources/webidl2/lib/webidl2.js"
	}
	if strings.HasPrefix(to, "/") {
		return path.Clean(to[1:])
	}
	return path.Join(path.Dir(from), to)
}

// function returns the file and the scripts it loads as one function: a sloppy one,
// and with the scope in common that classic scripts have. An isolate makes no code of
// strings, so that they have to be in the runtime's own script.
func (f *file) function(tree string) (string, error) {
	if err := f.hasDefinitions(tree); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "__wpt.files[%q] = function () {\n", f.path)
	for _, name := range f.scripts {
		text, err := os.ReadFile(filepath.Join(tree, name))
		if err != nil {
			return "", err
		}
		for _, declared := range topLevelFunction.FindAllSubmatch(text, -1) {
			fmt.Fprintf(&b, "if (typeof %[1]s === \"function\") globalThis.%[1]s = %[1]s;\n", declared[1])
		}
		b.WriteString(substituted(name, string(text)))
		b.WriteString("\n;\n")
	}
	b.WriteString(f.source + "\n" + evaluations(f.source) + "};\n")
	return ascii(b.String()), nil
}

// hasDefinitions returns an error if the tree, which may be a part of all, has not the
// interfaces that the file tests.
func (f *file) hasDefinitions(tree string) error {
	tested := testedInterfaces.FindString(f.source)
	for _, literal := range stringLiteral.FindAllString(tested, -1) {
		if _, err := os.Stat(filepath.Join(tree, "interfaces", literal[1:len(literal)-1]+".idl")); err != nil {
			return err
		}
	}
	return nil
}

// testedInterfaces finds the names that idlharness.js is asked to test.
var testedInterfaces = regexp.MustCompile(`idl_test\(\s*\[[^\]]*\]`)

// substituted fills in what the tests' own server does in files that have .sub in their names.
func substituted(name, text string) string {
	if !strings.Contains(name, ".sub.") {
		return text
	}
	return strings.NewReplacer(
		"{{host}}", "web-platform.test", "{{domains[www2]}}", "www2.web-platform.test", "{{hosts[alt][]}}", "not-web-platform.test",
		"{{ports[http][0]}}", "8000", "{{ports[http][1]}}", "8001", "{{ports[https][0]}}", "8443", "{{ports[https][1]}}", "8444",
	).Replace(text)
}

// evaluations returns code for the expressions that idlharness.js would evaluate: an
// isolate makes no code of strings.
func evaluations(source string) string {
	_, rest, ok := strings.Cut(source, "add_objects(")
	if !ok {
		return ""
	}
	var b strings.Builder
	for _, literal := range stringLiteral.FindAllString(rest, -1) {
		expression := literal[1 : len(literal)-1]
		if len(api.Transform("("+expression+")", api.TransformOptions{}).Errors) == 0 {
			fmt.Fprintf(&b, "__wpt.evaluations[%s] = () => (%s);\n", literal, expression)
		}
	}
	return b.String()
}

var stringLiteral = regexp.MustCompile(`'[^'\\\n]*'|"[^"\\\n]*"`)

// topLevelFunction finds functions of scripts that classic scripts would make global.
var topLevelFunction = regexp.MustCompile(`(?m)^(?:async )?function\*? (\w+)\(`)

// ascii escapes what is beyond ASCII: a script of it would be copied into each isolate.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String()
}
