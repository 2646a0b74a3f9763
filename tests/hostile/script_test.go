package hostile

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hedge"
)

// script is a hostile app and what is to become of it. README.md has the keys.
type script struct {
	name   string // "cpu/loop"
	about  string
	source string

	outcomes []hedge.Outcome
	statuses []int // empty: any
	then     string
	// cordon says that without one the script would end the process, or overrun its
	// limit by far.
	cordon bool
	module bool // it is the app's main module; otherwise its default export is the handler
	start  bool // the app must not start
	says   string
	host   string
	method string
	sends  int64 // bytes of the request's body
	reads  int64 // bytes of the answer after which the client goes away; -1: all
	limits []string
	cpu    time.Duration // the limit on processor time; 200 ms unless limits say so, for machines that are slow
}

// mayBeThrownTwice reports whether the app answers after the script has been thrown twice.
// One that ends its process is in quarantine by then: what can be sent again is.
func (s *script) mayBeThrownTwice() bool {
	return !slices.Contains(s.outcomes, hedge.OutcomeCordonLost)
}

// The values of "then".
const (
	thenOK   = "ok"   // the next request for /fine is answered
	thenNone = "none" // nothing is promised
)

// key reads the value of a key of the head.
type key func(*script, string) error

func keys() map[string]key {
	return map[string]key{
		"outcome": func(s *script, value string) error {
			for _, word := range alternatives(value) {
				s.outcomes = append(s.outcomes, hedge.Outcome(word))
			}
			return nil
		},
		"status": func(s *script, value string) error {
			for _, word := range alternatives(value) {
				status, err := strconv.Atoi(word)
				if err != nil {
					return err
				}
				s.statuses = append(s.statuses, status)
			}
			return nil
		},
		"then":   func(s *script, value string) error { s.then = value; return oneOf(value, thenOK, thenNone) },
		"needs":  func(s *script, value string) error { s.cordon = true; return oneOf(value, "cordon") },
		"form":   func(s *script, value string) error { s.module = true; return oneOf(value, "module") },
		"when":   func(s *script, value string) error { s.start = true; return oneOf(value, "start") },
		"says":   func(s *script, value string) error { s.says = value; return nil },
		"host":   func(s *script, value string) error { s.host = value; return nil },
		"method": func(s *script, value string) error { s.method = value; return nil },
		"sends":  func(s *script, value string) (err error) { s.sends, err = strconv.ParseInt(value, 10, 64); return err },
		"reads":  func(s *script, value string) (err error) { s.reads, err = strconv.ParseInt(value, 10, 64); return err },
		"limits": (*script).readLimits,
	}
}

func (s *script) readLimits(value string) (err error) {
	s.limits = alternatives(value)
	for _, line := range s.limits {
		if text, is := strings.CutPrefix(line, "cpu = "); is && err == nil {
			s.cpu, err = time.ParseDuration(strings.Trim(text, `"`))
		}
	}
	return err
}

func alternatives(value string) []string {
	words := strings.Split(value, "|")
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
	}
	return words
}

func oneOf(value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return fmt.Errorf("%q is none of %s", value, strings.Join(words, ", "))
}

// parseScript reads the head of a script: lines of comment, of which the first ones
// say what it does, and those that follow are keys with values.
func parseScript(name, source string) (*script, error) {
	s := &script{name: name, source: source, method: "GET", reads: -1}
	s.host = strings.ReplaceAll(name, "/", ".") + ".test"
	seen, line := map[string]bool{}, regexp.MustCompile(`^([a-z]+): (.+)$`)
	for text := range strings.SplitSeq(source, "\n") {
		text, isComment := strings.CutPrefix(text, "// ")
		if !isComment {
			break
		}
		m := line.FindStringSubmatch(text)
		if m == nil {
			if len(seen) > 0 {
				return nil, fmt.Errorf("%q is no key with a value, and stands behind one", text)
			}
			s.about += text + "\n"
			continue
		}
		read, known := keys()[m[1]]
		switch {
		case !known:
			return nil, fmt.Errorf("there is no key %q, only %s", m[1], strings.Join(slices.Sorted(maps.Keys(keys())), ", "))
		case seen[m[1]]:
			return nil, fmt.Errorf("the key %q is there twice", m[1])
		}
		seen[m[1]] = true
		if err := read(s, m[2]); err != nil {
			return nil, fmt.Errorf("%s: %w", m[1], err)
		}
	}
	if s.cpu == 0 {
		s.limits, s.cpu = append(s.limits, `cpu = "200ms"`), 200*time.Millisecond
	}
	if !slices.ContainsFunc(s.limits, func(line string) bool { return strings.HasPrefix(line, "wall = ") }) {
		s.limits = append(s.limits, `wall = "2m"`) // long turns have to wait for others, on a busy machine for long
	}
	return s, s.check()
}

func (s *script) check() error {
	switch {
	case s.about == "":
		return fmt.Errorf("the first line does not say what it does")
	case s.start && (s.says == "" || len(s.outcomes) > 0 || s.then != ""):
		return fmt.Errorf(`"when: start" needs "says", and has neither outcome nor then`)
	case !s.start && (s.says != "" || len(s.outcomes) == 0 || s.then == ""):
		return fmt.Errorf(`it needs "outcome" and "then", and "says" goes with "when: start"`)
	}
	return nil
}

// corpus reads all scripts.
func corpus(t testing.TB) []*script {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("scripts", "*", "*.js"))
	must(t, err)
	var list []*script
	for _, file := range files {
		source, err := os.ReadFile(file)
		must(t, err)
		s, err := parseScript(strings.TrimSuffix(filepath.ToSlash(file[len("scripts/"):]), ".js"), string(source))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, s)
	}
	return list
}

// write writes the app and returns its folder.
func (s *script) write(t testing.TB, vars map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	var toml strings.Builder
	fmt.Fprintf(&toml, "name = %q\nmain = \"main.js\"\nhosts = [%q]\n[vars]\n", strings.ReplaceAll(s.name, "/", "-"), s.host)
	for name, value := range vars {
		fmt.Fprintf(&toml, "%s = %q\n", name, value)
	}
	toml.WriteString("[limits]\n" + strings.Join(s.limits, "\n") + "\n")
	files := map[string]string{"hedge.toml": toml.String(), "main.js": s.source}
	if !s.module && !s.start {
		files["main.js"], files["fine.js"], files["script.js"] = mainModule, fineModule, s.source
	}
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

// mainModule puts an answer to /fine in front of a script's handler, and does not
// depend on what that has spoiled.
const mainModule = `import { fine } from "./fine.js";
import attack from "./script.js";
export default { fetch(request, env, ctx) { return fine(request) ?? attack(request, env, ctx); } };
`

const fineModule = `const { Response } = globalThis;
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const url = uncurry(Object.getOwnPropertyDescriptor(Request.prototype, "url").get);
const includes = uncurry(String.prototype.includes);
export const fine = (request) => includes(url(request), "/fine") ? new Response("fine") : undefined;
`

func TestHeads(t *testing.T) {
	const start = "// It does harm.\n"
	for _, c := range []struct{ name, source, problem string }{
		{"all", start + "// In two lines.\n// outcome: ok | exceeded-cpu\n// status: 200|503\n// then: ok\n// needs: cordon\n// reads: 5\n\nexport default 1;", ""},
		{"start", start + "// when: start\n// says: limits.memory\n", ""},
		{"no description", "// outcome: ok\n// then: ok\n", "first line"},
		{"no outcome", start + "// then: ok\n", "needs"},
		{"no then", start + "// outcome: ok\n", "needs"},
		{"unknown key", start + "// outcomes: ok\n", "no key"},
		{"twice", start + "// then: ok\n// then: ok\n", "twice"},
		{"unknown value", start + "// outcome: ok\n// then: perhaps\n", "none of"},
		{"status", start + "// outcome: ok\n// status: many\n// then: ok\n", "status"},
		{"text behind keys", start + "// outcome: ok\n// then ok\n", "no key with a value"},
		{"start with an outcome", start + "// when: start\n// says: a\n// outcome: ok\n", "start"},
	} {
		if _, err := parseScript("a/b", c.source); (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if n := len(corpus(t)); n < 60 {
		t.Errorf("the corpus has %d scripts", n)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
