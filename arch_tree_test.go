package hedge_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// script is a folder of the runtime's TypeScript and the other folders that its
// files may import. Every folder may import jsapi/core; tests import the harness
// and files of their own folder.
type script struct {
	folder string
	may    []string
}

// scripts is the table of imports between the runtime's TypeScript folders.
// jsapi/runtime.ts, the list of features, imports any.
func scripts() []script {
	return []script{
		{"frame", nil},
		{"worker", []string{"frame"}},
		{"jsapi/core", nil},
		{"jsapi/blob", []string{"jsapi/streams"}},
		{"jsapi/cache", []string{"frame", "worker", "jsapi/blob", "jsapi/events", "jsapi/fetch", "jsapi/streams", "jsapi/url"}},
		{"jsapi/clone", []string{"jsapi/blob", "jsapi/crypto", "jsapi/events"}},
		{"jsapi/compression", []string{"frame", "worker", "jsapi/streams"}},
		{"jsapi/console", []string{"jsapi/events", "jsapi/performance"}},
		{"jsapi/crypto", []string{"frame", "worker", "jsapi/encoding", "jsapi/events", "jsapi/streams"}},
		{"jsapi/encoding", []string{"jsapi/events", "jsapi/streams"}},
		{"jsapi/events", []string{"jsapi/performance", "jsapi/timers"}},
		{"jsapi/fetch", []string{"frame", "worker", "jsapi/blob", "jsapi/encoding", "jsapi/events", "jsapi/streams", "jsapi/url"}},
		{"jsapi/file", []string{"worker", "jsapi/blob", "jsapi/crypto", "jsapi/encoding", "jsapi/events", "jsapi/fetch", "jsapi/timers", "jsapi/url"}},
		{"jsapi/global", []string{"worker", "jsapi/events"}},
		{"jsapi/image", []string{"frame", "worker", "jsapi/fetch"}},
		{"jsapi/messaging", []string{"jsapi/clone", "jsapi/events", "jsapi/streams", "jsapi/timers"}},
		{"jsapi/performance", []string{"jsapi/events"}},
		{"jsapi/route", []string{"frame", "jsapi/fetch", "jsapi/url"}},
		{"jsapi/streams", []string{"jsapi/events"}},
		{"jsapi/timers", []string{"frame", "worker"}},
		{"jsapi/url", nil},
		{"jsapi/urlpattern", []string{"jsapi/url"}},
		{"jsapi/wasm", []string{"jsapi/fetch"}},
		{"jsapi/websocket", []string{"frame", "worker", "jsapi/blob", "jsapi/events", "jsapi/fetch", "jsapi/url"}},
	}
}

func scriptsTable() string {
	var b strings.Builder
	b.WriteString("| TypeScript in | imports, besides `jsapi/core` |\n| --- | --- |\n")
	for _, s := range scripts() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", s.folder, code(s.may))
	}
	return b.String()
}

func TestScriptImports(t *testing.T) {
	imports := regexp.MustCompile(`(?m)^(?:(?:import|export)\s[\w\s{},*$]*?\bfrom\s*|import\s*)"([^"]+)"|\bimport\("([^"]+)"\)`)
	for _, name := range sources(t, ".ts") {
		folder := path.Dir(name)
		if top, _, _ := strings.Cut(name, "/"); !slices.Contains([]string{"frame", "worker", "jsapi"}, top) || name == "jsapi/runtime.ts" {
			continue
		}
		i := slices.IndexFunc(scripts(), func(s script) bool { return s.folder == folder })
		if i < 0 {
			t.Errorf("%s: the folder has no row in the table of arch_tree_test.go: give it one", name)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range imports.FindAllSubmatch(text, -1) {
			target := string(m[1]) + string(m[2])
			if problem := scriptProblem(scripts()[i], name, target); problem != "" {
				t.Errorf("%s imports %q: %s", name, target, problem)
			}
		}
	}
}

// scriptProblem says why a file must not import something, or "".
func scriptProblem(from script, name, target string) string {
	if !strings.HasPrefix(target, ".") {
		return "the runtime is built without npm, from files of ours alone"
	}
	if !strings.HasSuffix(target, ".ts") {
		return `imports carry their extension, as in "./x.ts"`
	}
	folder := path.Dir(path.Join(from.folder, target))
	switch {
	case folder == from.folder || folder == "jsapi/core":
		return ""
	case strings.HasSuffix(name, ".test.ts"):
		return "tests use the globals that apps see, and files of their own folder"
	case slices.Contains(from.may, folder):
		return ""
	case from.folder == "worker" || from.folder == "frame":
		return "the loop knows no feature: a feature registers with it"
	default:
		return fmt.Sprintf("the table of arch_tree_test.go lists what %s needs of other features; keep that small", from.folder)
	}
}

// No file may depend on one machine or one installation: no home directory, and
// no registry that packages came from.
func TestTreeNamesNoMachine(t *testing.T) {
	problems := []struct {
		pattern *regexp.Regexp
		what    string
	}{
		{regexp.MustCompile(`(?i)\bregistry\.[a-z0-9-]+\.[a-z]{2,}|https?://[^\s"')]*/(?:artifactory|nexus)/`), "the host of a registry: whoever installs chooses it"},
		{regexp.MustCompile(`"resolved"\s*:\s*"http`), "where a package came from: .npmrc leaves it out of the lock file"},
		{regexp.MustCompile(`(?:^|[\s"'=(:` + "`" + `])/(?:home/[a-z]|root/|Users/[A-Za-z])`), "a path of somebody's home directory"},
	}
	for _, name := range trackedFiles(t) {
		content, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(content, 0) >= 0 { // deleted, a link, or no text
			continue
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			for _, p := range problems {
				if found := p.pattern.Find(line); found != nil {
					t.Errorf("%s:%d: %q is %s", name, i+1, bytes.TrimSpace(found), p.what)
				}
			}
		}
	}
}

// trackedFiles lists what is in the repository, or is about to be.
func trackedFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skipf("git lists no files here: %v", err)
	}
	return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
}
