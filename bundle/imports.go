package bundle

import (
	"fmt"
	"slices"
	"strings"
)

// nodeModules is the table of Node's built-in modules: those that an app may
// import here are true. It is the one place that says so.
func nodeModules() map[string]bool {
	return map[string]bool{
		"assert": false, "async_hooks": false, "buffer": false, "child_process": false,
		"cluster": false, "console": false, "constants": false, "crypto": false,
		"dgram": false, "diagnostics_channel": false, "dns": false, "domain": false,
		"events": false, "fs": false, "http": false, "http2": false, "https": false,
		"inspector": false, "module": false, "net": false, "os": false, "path": false,
		"perf_hooks": false, "process": false, "punycode": false, "querystring": false,
		"readline": false, "repl": false, "stream": false, "string_decoder": false,
		"sys": false, "test": false, "timers": false, "tls": false, "trace_events": false,
		"tty": false, "url": false, "util": false, "v8": false, "vm": false, "wasi": false,
		"worker_threads": false, "zlib": false,
	}
}

// nodeName returns the built-in of Node that an import names, with or without
// the "node:" in front and a path behind, or "".
func nodeName(specifier string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(specifier, "node:"), "/")
	if _, ok := nodeModules()[name]; ok || strings.HasPrefix(specifier, "node:") {
		return name
	}
	return ""
}

// nodeProblem is the error for an import of a built-in of Node, or "" when this
// version has it.
func nodeProblem(specifier string) (problem, hint string) {
	var available []string
	for name, ok := range nodeModules() {
		if ok {
			available = append(available, "node:"+name)
		}
	}
	slices.Sort(available)
	if nodeModules()[nodeName(specifier)] {
		return "", ""
	}
	hint = "this version has none of Node's modules: use the Web APIs that are globals, or a package that does"
	if len(available) > 0 {
		hint = "of Node's modules this version has " + strings.Join(available, ", ")
	}
	return fmt.Sprintf("%q is a module of Node, and not available", specifier), hint
}

// schemeProblem is the error for an import by a scheme that means something to
// other runtimes.
func schemeProblem(specifier string) (problem, hint string) {
	scheme, rest, _ := strings.Cut(specifier, ":")
	problem = fmt.Sprintf("%q cannot be imported", specifier)
	switch scheme {
	case "http", "https":
		return problem, "modules are bundled, not loaded from URLs: install the package with npm, or save the file in the app's folder"
	case "npm":
		return problem, fmt.Sprintf("write %q, and install the package with npm", rest)
	case "jsr":
		return problem, "install the package with npm: npx jsr add " + rest
	default:
		return problem, fmt.Sprintf("%q modules belong to another runtime; what is built in here are the modules \"hedge:*\"", scheme+":")
	}
}

// hedgeProblem is the error for an import of a built-in module that does not
// exist. Without a list of modules every name is accepted.
func hedgeProblem(specifier string, modules []string) (problem, hint string) {
	if modules == nil || slices.Contains(modules, specifier) {
		return "", ""
	}
	hint = didYouMean(specifier, modules)
	if hint == "" {
		hint = "the built-in modules are " + strings.Join(modules, ", ")
	}
	return fmt.Sprintf("there is no built-in module %q in this version", specifier), hint
}
