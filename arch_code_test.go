package hedge_test

import (
	"go/ast"
	"go/token"
	"go/version"
	"path"
	"runtime"
	"strings"
	"testing"
)

// The oldest Go toolchain that may build Hedge: go1.26.8 has published holes in net/http.
const oldestGo = "go1.26.9"

func TestGoVersion(t *testing.T) {
	have, _, _ := strings.Cut(runtime.Version(), " ") // what follows are experiments
	if version.Compare(have, oldestGo) < 0 {
		t.Errorf("built with %s: go.mod asks for %s, which GOTOOLCHAIN=auto fetches", have, oldestGo)
	}
}

func TestNoInit(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init(): what happens at start is visible in main, in an order that can be read", f.name)
			}
		}
	}
}

// constants are the package-level variables that Go has no constant for.
// Nothing writes to them; errors and embedded files need no mention.
func constants() map[string]string {
	return map[string]string{
		"httpmsg.statusTexts":   "a table, never written to",
		"httpmsg.endToEndNames": "a table, never written to",
		"httpmsg.tokenChars":    "a table, never written to",
		"egress.nat64":          "a network, never written to",
		"egress.networks":       "a table, never written to",
		"egress.private":        "a table, never written to",
		"http1.answerStart":     "bytes, never written to",
		"http1.headEnd":         "bytes, never written to",
		"http1.lastChunk":       "bytes, never written to",
		"disk.blockBuffers":     "a pool of buffers without content",
		"cache.pumpBuffers":     "a pool of buffers without content",
		"http1.streamBuffers":   "a pool of buffers without content",
		"http1.initialBuffers":  "a pool of buffers without content",
		"http1.outs":            "a pool of buffers without content",
		"http1.senders":         "a pool of what a write needs, without content",
		"http1.tunnelBuffers":   "a pool of buffers without content",
		"websocket.sendBuffers": "a pool of buffers without content",
		"http2.streamBuffers":   "a pool of buffers without content",
		"http3.inputs":          "a pool of buffers without content",
		"http3.streamBuffers":   "a pool of buffers without content",
		"httpmsg.hostChars":     "a table, never written to",
		"httpmsg.pathChars":     "a table, never written to",
		"httpmsg.unreserved":    "a table, never written to",
		"node.pageTemplate":     "a parsed template, never written to",
		"node.steps":            "the request path, a list that is never written to",
		"v8.flags":              "a list, read once by v8.start",
		"v8.start":              "V8 is one per process, and starts once",
		"worker.readBuffers":    "a pool of buffers without content",
	}
}

func TestNoGlobalState(t *testing.T) {
	allowed, used := constants(), map[string]bool{}
	for _, f := range goFiles(t) {
		if f.isTest() {
			continue
		}
		for _, spec := range f.variables() {
			for _, name := range spec.Names {
				full := path.Base(f.folder) + "." + name.Name
				used[full] = true
				if name.Name != "_" && !isErrorOrEmbed(spec) && allowed[full] == "" {
					t.Errorf("%s: the variable %s is global state: make it a field, an argument or a function; if nothing writes to it, add it to the list with the reason", f.name, full)
				}
			}
		}
	}
	for full := range allowed {
		if !used[full] {
			t.Errorf("the list of constants names %s, which does not exist", full)
		}
	}
}

// variables returns the variables at the package's level. A //go:embed line of a
// declaration becomes the comment of its variable.
func (f goFile) variables() []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, d := range f.syntax.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if spec.Doc == nil {
				spec.Doc = decl.Doc
			}
			specs = append(specs, spec)
		}
	}
	return specs
}

// isErrorOrEmbed reports whether a variable holds an error to compare with, or
// an embedded file.
func isErrorOrEmbed(spec *ast.ValueSpec) bool {
	if spec.Doc != nil {
		for _, c := range spec.Doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	for _, value := range spec.Values {
		call, ok := value.(*ast.CallExpr)
		if !ok {
			return false
		}
		fn, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if x, ok := fn.X.(*ast.Ident); !ok || x.Name+"."+fn.Sel.Name != "errors.New" {
			return false
		}
	}
	return len(spec.Values) > 0
}
