// Gen makes library.gen.json of the modules in this folder and of the npm packages
// that they stand on. It runs in library/, by go generate. Where the packages are
// not installed the library is empty.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	list := map[string]string{}
	if missing := missingPackage(filepath.Join(dir, "..", "node_modules")); missing != "" {
		fmt.Fprintf(os.Stderr, "library: the package %s is not installed, so that this build of Hedge has none of Node's modules; run npm ci to have them\n", missing)
	} else if list, err = modules(dir); err != nil {
		return err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "")
	if err := encoder.Encode(list); err != nil {
		return err
	}
	return write(filepath.Join(dir, "library.gen.json"), text.Bytes())
}

// missingPackage returns the first of the packages that is not installed, or "".
func missingPackage(installed string) string {
	for _, name := range []string{"@noble/ciphers", "@noble/curves", "@noble/hashes", "buffer", "events", "path-browserify", "readable-stream", "string_decoder", "url"} {
		if _, err := os.Stat(filepath.Join(installed, name, "package.json")); err != nil {
			return name
		}
	}
	return ""
}

// modules builds every module: node/x/y.ts is node:x/y, and so on.
func modules(dir string) (map[string]string, error) {
	list := map[string]string{}
	for _, scheme := range []string{"node", "hedge", "cloudflare"} {
		root := filepath.Join(dir, scheme)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".ts") {
				return err
			}
			name, err := filepath.Rel(root, strings.TrimSuffix(path, ".ts"))
			if err != nil {
				return err
			}
			name = scheme + ":" + filepath.ToSlash(name)
			list[name], err = build(dir, path, scheme == "node")
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// write leaves a file alone that has the content already, so that nothing which
// depends on it is built again.
func write(path string, content []byte) error {
	have, err := os.ReadFile(path)
	if err == nil && bytes.Equal(have, content) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
