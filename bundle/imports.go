package bundle

import (
	"fmt"
	"slices"
	"strings"
)

// nodeModules are Node's built-in modules. Which of them an app may import, the
// library says.
func nodeModules() []string {
	return []string{
		"assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto",
		"dgram", "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https",
		"inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode", "querystring",
		"readline", "repl", "stream", "string_decoder", "sys", "test", "timers", "tls", "trace_events",
		"tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
	}
}

// nodeName returns the built-in of Node that an import names, with or without
// the "node:" in front and a path behind, or "".
func nodeName(specifier string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(specifier, "node:"), "/")
	if slices.Contains(nodeModules(), name) || strings.HasPrefix(specifier, "node:") {
		return name
	}
	return ""
}

// nodeProblem is the error for an import of a built-in of Node that the library
// does not have.
func nodeProblem(specifier string, library map[string]string) (problem, hint string) {
	problem = fmt.Sprintf("%q is a module of Node, and not available", specifier)
	var available []string
	for name := range library {
		if strings.HasPrefix(name, "node:") {
			available = append(available, name)
		}
	}
	if len(available) == 0 {
		return problem, "this build of Hedge has none of Node's modules, because it was made without npm: make build where npm is, or use the Web APIs that are globals"
	}
	slices.Sort(available)
	return problem, "of Node's modules this version has " + strings.Join(available, ", ")
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
	case "cloudflare":
		return problem, `of Cloudflare's modules there is "cloudflare:workers", and of that env and RpcTarget`
	default:
		return problem, fmt.Sprintf("%q modules belong to another runtime; what is built in here are the modules \"hedge:*\"", scheme+":")
	}
}

// hedgeProblem is the error for an import of a built-in module that does not
// exist, among those of the runtime and of the library. Without a list of modules every
// name is accepted.
func hedgeProblem(specifier string, modules []string, library map[string]string) (problem, hint string) {
	if modules == nil || slices.Contains(modules, specifier) {
		return "", ""
	}
	modules = slices.Clone(modules)
	for name := range library {
		if strings.HasPrefix(name, "hedge:") && isForApps(name) {
			modules = append(modules, name)
		}
	}
	slices.Sort(modules)
	hint = didYouMean(specifier, modules)
	if hint == "" {
		hint = "the built-in modules are " + strings.Join(modules, ", ")
	}
	return fmt.Sprintf("there is no built-in module %q in this version", specifier), hint
}
