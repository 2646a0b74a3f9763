package hedge_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// kind is what a folder is to the others.
type kind string

const (
	nouns    kind = "nouns"
	leaf     kind = "leaf"
	engine   kind = "engine"
	feature  kind = "feature"
	list     kind = "list"
	assembly kind = "assembly"
	command  kind = "command"
	tool     kind = "tool"
	outside  kind = "outside"
)

// part is a folder and what its Go files may import besides the standard library
// and the root, which all may import. Tests are free to import more: they
// introduce parts to each other.
type part struct {
	folder string // "." is the root; "x/*" is x and the folders in it that have no row of their own
	kind   kind
	ours   []string // folders of this module, written as above, and groups
	libs   []string // modules of others
}

// parts is the table of allowed imports. docs/ARCHITECTURE.md shows the same.
func parts() []part {
	return []part{
		{".", nouns, nil, nil},

		{"v8", leaf, nil, []string{"github.com/tommie/v8go"}},
		{"vips", leaf, nil, nil},
		{"httpmsg", leaf, nil, nil},
		{"frame", leaf, nil, nil},
		{"coding", leaf, nil, []string{"github.com/andybalholm/brotli", "github.com/klauspost/compress"}},
		{"sourcemap", leaf, nil, nil},
		{"egress", leaf, nil, nil},
		{"credential", leaf, nil, nil},
		{"proxyproto", leaf, nil, nil},
		{"serving", leaf, nil, nil},
		{"sock", leaf, nil, []string{"golang.org/x/sys"}},
		{"sock/socktest", tool, nil, nil},
		{"telemetry", leaf, nil, nil},
		{"admin", leaf, nil, nil},
		{"ratelimit", leaf, nil, nil},
		{"child", leaf, []string{"sock"}, []string{"github.com/elastic/go-seccomp-bpf", "github.com/landlock-lsm/go-landlock", "golang.org/x/sys"}},

		{"worker", engine, []string{"child", "leaves", "v8"}, nil},
		{"image", engine, []string{"child", "leaves", "vips"}, []string{"github.com/go-text/typesetting", "golang.org/x/image"}},
		{"image/imagetest", tool, []string{"image"}, []string{"golang.org/x/image"}},
		{"library", leaf, nil, nil},
		{"library/gen", tool, nil, []string{"github.com/evanw/esbuild"}},
		{"bundle", engine, []string{"leaves"}, []string{"github.com/evanw/esbuild", "github.com/pelletier/go-toml/v2"}},
		{"upstream", engine, []string{"leaves"}, nil},
		{"router", engine, []string{"leaves"}, nil},
		{"static", engine, []string{"leaves"}, nil},
		{"http1", engine, []string{"leaves"}, []string{"golang.org/x/sys"}},
		{"http2", engine, []string{"leaves"}, []string{"golang.org/x/net"}},
		{"http3", engine, []string{"leaves"}, []string{"github.com/quic-go/qpack", "github.com/quic-go/quic-go", "golang.org/x/net"}},
		{"cert", engine, []string{"leaves"}, nil},
		{"cache", engine, []string{"leaves"}, nil},
		{"cache/mem", engine, []string{"cache", "leaves"}, []string{"github.com/maypok86/otter/v2"}}, // a store is the cache's own
		{"cache/disk", engine, []string{"cache", "leaves"}, []string{"golang.org/x/sys"}},
		{"cache/tier", engine, []string{"cache", "leaves"}, nil},
		{"cache/storetest", tool, []string{"cache", "leaves"}, []string{"github.com/google/go-cmp"}},

		{"jsapi/*", feature, []string{"leaves", "upstream", "worker"}, nil},
		{"jsapi/cache", feature, []string{"cache", "jsapi/fetch", "leaves", "worker"}, nil}, // an answer that is kept is a fetch's
		{"jsapi/crypto", feature, []string{"leaves", "worker"}, []string{"github.com/cloudflare/circl"}},
		{"jsapi/image", feature, []string{"image", "leaves", "worker"}, nil},
		{"jsapi/route", feature, []string{"jsapi/fetch", "leaves", "upstream", "worker"}, nil}, // proxying is fetching by other rules
		{"jsapi/websocket", feature, []string{"leaves", "worker"}, []string{"github.com/gobwas/ws"}},
		{"jsapi", list, []string{"jsapi/*", "leaves", "worker"}, nil},
		{"jsapi/jsapitest", tool, []string{"child", "jsapi", "jsapi/*", "leaves", "worker"}, nil},
		{"jsapi/gen", tool, nil, []string{"github.com/evanw/esbuild"}},

		{"node", assembly, []string{"jsapi", "jsapi/*", "cache", "cert", "http1", "http2", "http3", "image", "leaves", "router", "static", "upstream", "worker"}, nil},
		{"cli", assembly, []string{"admin", "cache", "cache/disk", "cache/mem", "cache/tier", "child", "engines", "http1", "http3", "jsapi", "jsapi/*", "leaves", "library", "node", "v8"}, []string{"github.com/cloudflare/tableflip", "github.com/fsnotify/fsnotify", "golang.org/x/sys", "golang.org/x/term"}},
		{"cmd/hedge", command, []string{"cli"}, nil},

		{"bench/*", tool, []string{"cache", "cache/*", "cli", "engines", "jsapi", "jsapi/*", "leaves", "node", "v8"}, []string{"golang.org/x/sys"}},
		{"tests/*", tool, []string{"cache", "cache/*", "cli", "engines", "jsapi", "jsapi/*", "leaves", "library", "node", "v8"}, nil},
		{"examples/one-hostname/origins", outside, []string{"examples/one-hostname/origins/sites"}, nil},
		{"examples/*", outside, nil, nil},
	}
}

// groups are names for several folders.
func groups() map[string][]string {
	return map[string][]string{
		"leaves":  {"coding", "credential", "egress", "frame", "httpmsg", "proxyproto", "ratelimit", "serving", "sock", "sourcemap", "telemetry"}, // v8 is worker's
		"engines": {"bundle", "cert", "image", "router", "static", "upstream", "worker"},
	}
}

// reason says why an arrow from one kind to another is none of those in the table.
type reason struct {
	from, to []kind
	why      string
}

func reasons() []reason {
	all := []kind{nouns, leaf, engine, feature, list, assembly, command, tool, outside}
	return []reason{
		{[]kind{nouns}, all, "everything imports the root, so whatever it imported, everything would: it needs the standard library only"},
		{all, []kind{command, tool, outside}, "programs are the ends of the arrows: what others need belongs into a package"},
		{[]kind{leaf}, all, "a leaf stands alone, so that it can be tested, fuzzed and replaced alone"},
		{[]kind{engine}, []kind{engine}, "siblings never import each other; assemblies introduce them, through an interface of the one that asks"},
		{[]kind{feature}, []kind{feature, list}, "a feature is one folder: what two of them share belongs into worker or a leaf"},
		{[]kind{engine, feature, list}, []kind{leaf}, "what is not in the row is another part's business: V8 is worker's alone"},
		{[]kind{feature, list}, []kind{engine}, "a feature shows one engine to JavaScript: what needs two is an assembly's work"},
		{[]kind{engine}, []kind{feature, list, assembly}, "an engine does not know what JavaScript sees, nor who runs it: it hands out an interface"},
		{[]kind{feature, list}, []kind{assembly}, "a feature does not know who runs it: node hands it what it needs"},
		{[]kind{assembly}, []kind{leaf, engine, assembly}, "the data plane runs without a terminal, a watcher or a compiler: cli puts node together with them"},
		{[]kind{command}, all, "main is a few lines: what a command does stands in cli"},
		{[]kind{tool, outside}, all, "a tool builds without what it makes, and an example stands for a machine elsewhere"},
	}
}

// whyNot returns the reason against an arrow that is not in the table.
func whyNot(from, to kind) string {
	for _, r := range reasons() {
		if slices.Contains(r.from, from) && slices.Contains(r.to, to) {
			return r.why
		}
	}
	return "it is not in the table of arch_test.go"
}

// partOf returns the row for a folder: its own, or that of a pattern.
func partOf(folder string) (part, bool) {
	table := parts()
	i := slices.IndexFunc(table, func(p part) bool { return p.folder == folder })
	if i < 0 {
		i = slices.IndexFunc(table, func(p part) bool { return matches(p.folder, folder) })
	}
	if i < 0 {
		return part{}, false
	}
	return table[i], true
}

// matches reports whether a folder is the pattern's, "x/*" reaching any depth.
func matches(pattern, folder string) bool {
	dir, deep := strings.CutSuffix(pattern, "/*")
	return dir == folder || deep && strings.HasPrefix(folder, dir+"/")
}

// allows reports whether the row lets a folder of ours be imported. A pattern in
// it reaches a folder that has a row of its own if both rows are of one kind.
func (p part) allows(folder string, to part) bool {
	if to.kind == nouns {
		return true
	}
	return slices.ContainsFunc(p.ours, func(pattern string) bool {
		row, ok := partOf(pattern)
		return pattern == folder || slices.Contains(groups()[pattern], folder) ||
			ok && matches(pattern, folder) && to.kind == row.kind
	})
}

func TestImports(t *testing.T) {
	for _, f := range goFiles(t) {
		from, ok := partOf(f.folder)
		if !ok {
			t.Errorf("%s: the folder %q is not in the table of arch_test.go: give it a row", f.name, f.folder)
			continue
		}
		for _, target := range f.imports() {
			if f.isTest() {
				continue
			}
			if problem := forbidden(from, target); problem != "" {
				t.Errorf("%s: %s", f.name, problem)
			}
		}
	}
}

// forbidden says why a folder must not import something, or "".
func forbidden(from part, target string) string {
	folder, ours := strings.CutPrefix(target+"/", "hedge/")
	folder = strings.TrimSuffix(folder, "/")
	switch {
	case ours:
		if folder == "" {
			folder = "."
		}
		to, ok := partOf(folder)
		if !ok {
			return fmt.Sprintf("imports %q, which has no row in the table", target)
		}
		if from.allows(folder, to) {
			return ""
		}
		return fmt.Sprintf("%s (%s) imports %s (%s): %s", from.folder, from.kind, folder, to.kind, whyNot(from.kind, to.kind))
	case strings.Contains(strings.Split(target, "/")[0], "."):
		if slices.ContainsFunc(from.libs, func(lib string) bool { return target == lib || strings.HasPrefix(target, lib+"/") }) {
			return ""
		}
		return fmt.Sprintf("%s imports %s: each library has one place, so that it can be replaced there; the table names those of a folder", from.folder, target)
	default:
		return ""
	}
}

func TestTheTableForbids(t *testing.T) {
	for _, c := range []struct{ from, target, want string }{
		{"worker", "hedge", ""},
		{"worker", "hedge/v8", ""},
		{"worker", "hedge/upstream", "siblings never import each other"},
		{"upstream", "hedge/v8", "V8 is worker's alone"},
		{"httpmsg", "hedge/frame", "a leaf stands alone"},
		{".", "hedge/httpmsg", "everything imports the root"},
		{"jsapi/fetch", "hedge/jsapi/url", "a feature is one folder"},
		{"jsapi/route", "hedge/jsapi/fetch", ""},
		{"jsapi", "hedge/jsapi/fetch", ""},
		{"jsapi", "hedge/jsapi/route", ""},
		{"jsapi", "hedge/jsapi/gen", "programs are the ends"},
		{"jsapi/fetch", "hedge/bundle", "a feature shows one engine"},
		{"node", "hedge/cli", "runs without a terminal"},
		{"node", "hedge/bundle", "runs without a terminal"},
		{"cmd/hedge", "hedge/node", "main is a few lines"},
		{"worker", "github.com/evanw/esbuild/pkg/api", "each library has one place"},
		{"bundle", "github.com/evanw/esbuild/pkg/api", ""},
		{"bundle", "github.com/evanw/esbuilder", "each library has one place"},
	} {
		from, ok := partOf(c.from)
		if !ok {
			t.Fatalf("%s has no row", c.from)
		}
		if got := forbidden(from, c.target); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s imports %s: got %q, want %q", c.from, c.target, got, c.want)
		}
	}
}

// A feature may show at most one engine besides worker to JavaScript.
func TestFeaturesShowOneEngine(t *testing.T) {
	engines := map[string][]string{} // feature → engines
	for _, f := range goFiles(t) {
		p, ok := partOf(f.folder)
		if !ok || p.kind != feature || f.isTest() {
			continue
		}
		for _, target := range f.imports() {
			folder := strings.TrimPrefix(target, "hedge/")
			if to, ok := partOf(folder); ok && to.kind == engine && folder != "worker" && !slices.Contains(engines[f.folder], folder) {
				engines[f.folder] = append(engines[f.folder], folder)
			}
		}
	}
	for folder, found := range engines {
		if len(found) > 1 {
			t.Errorf("%s imports the engines %s: %s", folder, strings.Join(found, " and "), whyNot(feature, engine))
		}
	}
}

// A name of the standard library that has a place: a package, or a function as
// in "os.Exit".
type placed struct {
	name   string
	places []string // folders, or files as path.Match has them; "test" stands for all tests
	why    string
}

func placedNames() []placed {
	return []placed{
		{"C", []string{"v8", "vips"}, "native code is in two places: V8, tested under a sanitizer, and libvips, which runs in processes of its own"},
		{"unsafe", []string{"v8", "vips", "sock"}, "memory that Go does not manage is v8's and vips' alone, and where a buffer lies in it is said to the system in sock"},
		{"net/http", []string{"bench", "examples", "test"}, "HTTP comes in and goes out through http1, which takes for HTTP what is HTTP, and nothing else"},
		{"log", []string{"test"}, "a global logger is global state: return the error, or call the function that was handed in"},
		{"os.Exit", []string{"cmd/hedge", "jsapi/gen", "library/gen", "examples", "test"}, "whoever may end the process is main"},
		{"os.Getenv", []string{"cli", "cmd/hedge", "examples", "test"}, "the environment is a value that is handed in"},
		{"os.LookupEnv", []string{"cli", "cmd/hedge", "examples", "test"}, "the environment is a value that is handed in"},
		{"os.Environ", []string{"cli", "cmd/hedge", "examples", "test"}, "the environment is a value that is handed in"},
		{"ln.Accept", []string{"serving", "sock/socktest", "examples", "bench", "test"}, "accepting is serving.Accept's work, which a moment without descriptors does not end"},
		{"time.Sleep", nil, "waiting for a time instead of an event is slow or wrong: use a channel, a context, or a timer with a way out"},
	}
}

func TestPlacedNames(t *testing.T) {
	for _, f := range goFiles(t) {
		used := f.imports()
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					used = append(used, x.Name+"."+s.Sel.Name)
				}
			}
			return true
		})
		for _, p := range placedNames() {
			if slices.Contains(used, p.name) && !f.in(p.places) {
				t.Errorf("%s uses %s: %s", f.name, p.name, p.why)
			}
		}
	}
}

// in reports whether the file is in one of the places.
func (f goFile) in(places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		file, err := path.Match(place, f.name)
		return place == "test" && f.isTest() || err == nil && file || f.folder == place || strings.HasPrefix(f.folder, place+"/")
	})
}

func partsTable() string {
	var b strings.Builder
	b.WriteString("| folder | kind | imports of ours | libraries |\n| --- | --- | --- | --- |\n")
	for _, p := range parts() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.folder, p.kind, code(p.ours), code(p.libs))
	}
	return b.String()
}

func reasonsTable() string {
	var b strings.Builder
	b.WriteString("| from | to | why not |\n| --- | --- | --- |\n")
	for _, r := range reasons() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", kinds(r.from), kinds(r.to), r.why)
	}
	return b.String()
}

func kinds(list []kind) string {
	if len(list) == 9 {
		return "any"
	}
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

func code(names []string) string {
	sorted := slices.Sorted(slices.Values(names))
	for i, name := range sorted {
		if groups()[name] == nil {
			sorted[i] = "`" + name + "`"
		}
	}
	return strings.Join(sorted, ", ")
}
