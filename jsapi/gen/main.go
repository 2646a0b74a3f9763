// Gen makes what is generated from the built-ins: runtime.gen.js, the one script
// that is frozen into the snapshot, and types/index.d.ts, which apps compile
// against. It runs in jsapi/, by go generate.
//
// With -check it writes nothing, and fails when types/index.d.ts, which is kept
// in the repository, is not what the sources say.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail when the generated types are stale")
	dir := flag.String("dir", ".", "the jsapi folder")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	declarations, err := types(dir)
	if err != nil {
		return err
	}
	typesFile := filepath.Join(dir, "..", "types", "index.d.ts")
	if check {
		return compare(typesFile, declarations)
	}
	script, err := bundle(dir)
	if err != nil {
		return err
	}
	return errors.Join(
		write(typesFile, declarations),
		write(filepath.Join(dir, "runtime.gen.js"), script),
	)
}

// compare fails when the file is not what it should be.
func compare(path string, want []byte) error {
	have, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(have, want) {
		return errors.New("types/index.d.ts is stale: run `make generate` and commit what it writes")
	}
	return nil
}

// write leaves a file alone that has the content already, so that nothing which
// depends on it is built again.
func write(path string, content []byte) error {
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
