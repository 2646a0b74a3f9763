// Package wpt runs the web's own tests, those of web-platform-tests, in the runtime:
// testharness.js and the *.any.js files as they are, each in an isolate of its own.
// README.md says how; expect/ holds what does not pass, and why.
package wpt

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var (
	treeFlag = flag.String("wpt", "", "the root of a copy of web-platform-tests; without it TestWPT is skipped")
	onlyFlag = flag.String("only", "", "a part of the paths of the files to run")
	showFlag = flag.Bool("show", false, "print every subtest that does not pass, with its message")
	record   = flag.Bool("update", false, "record the results in expect/, and write docs/STANDARDS.md anew")
)

// directories are those whose tests are run.
func directories() []string {
	return []string{
		"FileAPI", "WebCryptoAPI", "compression", "console", "dom/abort", "dom/events", "encoding",
		"fetch/api/body", "fetch/api/headers", "fetch/api/request", "fetch/api/response", "hr-time",
		"html/webappapis", "streams", "url", "urlpattern", "wasm/jsapi", "wasm/webapi", "webidl", "xhr/formdata",
	}
}

// Every test of the web platform ends as expect/ says.
func TestWPT(t *testing.T) {
	if *treeFlag == "" {
		t.Skip("no copy of web-platform-tests; make wpt has one, or takes the one that WPT=DIR names")
	}
	tree, err := filepath.Abs(*treeFlag)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(tree, "resources", "testharness.js")); err != nil {
		t.Fatalf("%s is no copy of web-platform-tests: %v", tree, err)
	}
	for _, dir := range directories() {
		t.Run(dir, func(t *testing.T) {
			files, err := findFiles(tree, dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(files) == 0 {
				t.Skipf("%s has no tests of %s", tree, dir)
			}
			results := runFiles(t, tree, files)
			want, err := readExpectations(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(dir + ": " + count(results).String())
			if *record {
				if err := want.learn(results).write(dir, count(results)); err != nil {
					t.Fatal(err)
				}
				return
			}
			want.compare(t, results)
		})
	}
	if *record && !t.Failed() {
		writeStandards(t)
	}
}
