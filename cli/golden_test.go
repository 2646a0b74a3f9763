package cli

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
	"hedge/worker"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		write(t, path, got)
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s\nIf this is right, run go test ./cli -update", path, diff)
	}
}

// scrub replaces what is different each time.
func scrub(text, dir string) string {
	if dir != "" {
		text = strings.ReplaceAll(text, dir, "DIR")
	}
	text = regexp.MustCompile(`\b[0-9.]+ m?s\b`).ReplaceAllString(text, "TIME")
	return regexp.MustCompile(`\b[0-9a-f]{64}\b`).ReplaceAllString(text, "HASH")
}

// Each case is a command, its exit code, and a golden file with its output.
func TestOutput(t *testing.T) {
	app := newApp(t, map[string]string{"hedge.toml": config, "main.js": answers("hello")})
	broken := newApp(t, map[string]string{
		"hedge.toml": config,
		"main.js":    "import { a } from \"./missing\";\nexport default {\n  fetch( {\n};\n",
	})
	misconfigured := newApp(t, map[string]string{
		"hedge.toml": "nmae = \"shop\"\nmain = \"mian.js\"\n\n[limits]\ncpu = 50\n",
		"main.js":    answers("hello"),
	})
	empty := newApp(t, map[string]string{"README": ""})
	out := filepath.Join(t.TempDir(), "shop.hedge")
	tests := []struct {
		name string
		args []string
		dir  string
		code int
	}{
		{"no-arguments", nil, "", 0},
		{"help", []string{"help"}, "", 0},
		{"help", []string{"--help"}, "", 0},
		{"help-dev", []string{"help", "dev"}, "", 0},
		{"help-dev", []string{"dev", "--help"}, "", 0},
		{"help-build", []string{"help", "build"}, "", 0},
		{"help-serve", []string{"help", "serve"}, "", 0},
		{"help-version", []string{"version", "-h"}, "", 0},
		{"help-help", []string{"help", "help"}, "", 0},
		{"help-unknown", []string{"help", "bulid"}, "", 2},
		{"unknown-command", []string{"sevre"}, "", 2},
		{"unknown-command-far", []string{"frobnicate"}, "", 2},
		{"option-first", []string{"--json", "dev"}, "", 2},
		{"unknown-option", []string{"dev", "--lisen", ":1"}, "", 2},
		{"one-dash", []string{"dev", "-json"}, "", 2},
		{"no-value", []string{"build", "-o"}, "", 2},
		{"empty-value", []string{"build", "-o="}, "", 2},
		{"value-for-flag", []string{"dev", "--json=yes"}, "", 2},
		{"bad-pair", []string{"dev", "--var", "GREETING"}, "", 2},
		{"too-many", []string{"build", "a", "b"}, "", 2},
		{"nothing-to-serve", []string{"serve"}, "", 2},
		{"bad-address", []string{"dev", app, "--listen", "localhost:http"}, app, 2},
		{"cordon-of-nobody", []string{"serve", app, "--cordon", "team=shpo"}, app, 2},
		{"whole-trace-endpoint", []string{"serve", app, "--trace-endpoint", "http://127.0.0.1:4318/v1/traces/"}, app, 2},
		{"missing-dir", []string{"dev", "testdata/nowhere"}, "", 1},
		{"missing-dir-build", []string{"build", "testdata/nowhere"}, "", 1},
		{"missing-file", []string{"serve", "testdata/nowhere.hedge"}, "", 1},
		{"no-config", []string{"dev", empty}, empty, 1},
		{"no-release", []string{"serve", filepath.Join(app, "main.js")}, app, 1},
		{"build", []string{"build", app, "-o", out}, filepath.Dir(out), 0},
		{"build", []string{"build", "-o=" + out, "--", app}, filepath.Dir(out), 0},
		{"build-broken", []string{"build", broken}, broken, 1},
		{"build-broken-json", []string{"build", "--json", broken}, broken, 1},
		{"build-misconfigured", []string{"build", misconfigured}, misconfigured, 1},
		{"build-nowhere", []string{"build", app, "-o", "testdata/nowhere/shop.hedge"}, app, 1},
		{"dev-broken-unwatched", []string{"dev", "--no-watch", "--listen", "127.0.0.1:0", broken}, broken, 1},
	}
	for _, test := range tests {
		t.Run(strings.Join(append([]string{test.name}, test.args[:min(2, len(test.args))]...), " "), func(t *testing.T) {
			code, stdout, stderr := run(t, test.args...)
			if code != test.code {
				t.Errorf("the exit code is %d, want %d", code, test.code)
			}
			text := stdout
			if stderr != "" {
				text += "--- stderr\n" + stderr
			}
			golden(t, test.name+".txt", scrub(text, test.dir))
		})
	}
}

// journalOf returns what a journal writes about something.
func journalOf(stream Stream, asJSON bool, tell func(*journal)) string {
	out := newOutput()
	stream.Writer = out
	at := time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)
	j := newJournal(World{Stdout: stream, Getenv: func(string) string { return "" }, Now: func() time.Time { return at }}, asJSON)
	tell(j)
	j.close()
	return out.String()
}

func tellAll(j *journal) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	x := &hedge.Exception{
		Name: "TypeError", Message: "x is not a function",
		Frames:     []hedge.Frame{{Function: "price", File: "src/shop.ts", Line: 12, Column: 5}, {File: "src/index.ts", Line: 3, Column: 1}},
		SourceLine: "    x();",
		Cause:      &hedge.Exception{Message: "thrown \x1b[2Jwithout an Error"},
	}
	j.explainWith(&hedge.Release{})
	request := func(method, url string, status int, took time.Duration, entry hedge.Entry) telemetry.Access {
		return telemetry.Access{Time: at, Duration: took, Method: method, URL: "http://localhost:3000" + url, Proto: "HTTP/1.1", Remote: netip.MustParseAddrPort("127.0.0.1:40000"), Status: status, Bytes: 5, Entry: entry}
	}
	j.request(request("GET", "/", 200, 1930*time.Microsecond, hedge.Entry{App: "shop", Step: "code", CPU: 401 * time.Microsecond}))
	j.request(request("GET", "/a/path/that/is/longer/than/its/column?a=b", 304, 20*time.Millisecond, hedge.Entry{App: "shop", Step: "code", CPU: 12 * time.Millisecond, Cold: true, Fetches: 2}))
	j.request(request("OPTIONS", "/blog", 404, 3*time.Second, hedge.Entry{App: "shop", Step: "upstream:blog", Fetches: 1}))
	j.request(request("GET", "/nowhere\x1b[31m\n", 404, time.Microsecond, hedge.Entry{Outcome: hedge.OutcomeNoRoute, Err: hedge.Errorf(hedge.OutcomeNoRoute, "no app answers")}))
	j.request(request("POST", "/orders", 500, time.Millisecond, hedge.Entry{App: "shop", Step: "code", Outcome: hedge.OutcomeException, Err: &hedge.Error{Outcome: hedge.OutcomeException, Message: "the handler threw: " + x.Error(), Exception: x}}))
	j.request(request("GET", "/slow", 503, 51*time.Millisecond, hedge.Entry{App: "shop", Step: "code", CPU: 50 * time.Millisecond, Outcome: hedge.OutcomeExceededCPU, Err: hedge.Errorf(hedge.OutcomeExceededCPU, "the request used more than its 50ms")}))
	broken := request("GET", "/stream", 200, time.Second, hedge.Entry{App: "shop", Step: "code", Outcome: hedge.OutcomeClientGone, Err: hedge.Errorf(hedge.OutcomeClientGone, "the client went away")})
	broken.Broken = true
	j.request(broken)
	in := &httpmsg.Request{Method: "GET", Scheme: "http", Authority: "localhost:3000", Target: "/json"}
	for _, l := range []worker.Line{
		{App: "shop", Level: worker.LevelDebug, Text: "loading"},
		{App: "shop", Level: worker.LevelLog, Text: "hello { a: [ 1, 2 ] }", Site: "src/index.ts:7:11", Request: in},
		{App: "shop", Level: worker.LevelInfo, Text: "two\n\nlines", Site: "src/index.ts:8:11", Request: in},
		{App: "shop", Level: worker.LevelWarn, Text: "steering: \x1b[2J \u202e", Site: "src/index.ts:9:11"},
		{App: "shop", Level: worker.LevelError, Text: "uncaught: " + x.Error(), Exception: x, Request: in},
	} {
		j.console(l)
	}
}

func TestJournal(t *testing.T) {
	golden(t, "journal.txt", journalOf(Stream{}, false, tellAll))
	golden(t, "journal-colours.txt", journalOf(Stream{Terminal: true}, false, tellAll))
	golden(t, "journal.jsonl", journalOf(Stream{Terminal: true}, true, tellAll))
	golden(t, "journal-hosts.txt", journalOf(Stream{}, false, func(j *journal) {
		j.hosts = true
		j.request(telemetry.Access{Method: "GET", URL: "https://shop.example.com/cart", Status: 200, Duration: time.Millisecond, Entry: hedge.Entry{Step: "code"}})
	}))
}

func TestColours(t *testing.T) {
	tests := []struct {
		name     string
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"pipe", false, nil, false},
		{"terminal", true, map[string]string{"TERM": "xterm"}, true},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, false},
		{"empty NO_COLOR", true, map[string]string{"NO_COLOR": ""}, true},
		{"dumb", true, map[string]string{"TERM": "dumb"}, false},
	}
	for _, test := range tests {
		w := World{Getenv: func(name string) string { return test.env[name] }}
		if got := (Stream{Terminal: test.terminal}).style(w).colours; got != test.want {
			t.Errorf("%s: colours %v, want %v", test.name, got, test.want)
		}
	}
}
