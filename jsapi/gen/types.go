package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const typesHead = `// The types of what apps see in Hedge: the globals, and the modules "hedge:*".
// Generated from jsapi/*/types.d.ts by go generate; change those.
`

// types joins the declarations of all features, in the order of their folders.
func types(dir string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "types.d.ts"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no feature has a types.d.ts; -dir names the jsapi folder", dir)
	}
	var all bytes.Buffer
	all.WriteString(typesHead)
	for _, file := range files { // Glob sorts them
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := global(string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		fmt.Fprintf(&all, "\n// jsapi/%s\n\n%s\n", filepath.Base(filepath.Dir(file)), bytes.TrimSpace(text))
	}
	return all.Bytes(), nil
}

// global fails on a file that is a module: joined to the others it would turn
// their globals into locals.
func global(text string) error {
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "export ") {
			return fmt.Errorf("line %d: an import or export at the top would make all types local; declare globals, or use declare module", i+1)
		}
	}
	return nil
}
