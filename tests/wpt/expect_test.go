package wpt

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The form of expect/DIRECTORY.txt: a line "pass N of M"; and for each file with
// something that does not pass its path and query at the beginning of a line, behind
// a tab, with the reason after ": ", and then, each after a tab, "! trouble" and
// "- name of a subtest". More than manyFailures of a file are counted alone: "* N".

// manyFailures is how many names of subtests stand in a file at most.
const manyFailures = 40

// noReason stands where nobody has said yet why a file does not pass.
const noReason = "?"

// expectation is what does not pass of one file.
type expectation struct {
	reason  string
	trouble string
	failing []string // names
	many    int      // how many, where they are not named
}

// expectations are those of a directory, by the ids of results.
type expectations map[string]expectation

// tally counts subtests.
type tally struct{ pass, all int }

func (c tally) String() string {
	return fmt.Sprintf("pass %d of %d (%.2f %%)", c.pass, c.all, 100*float64(c.pass)/float64(max(c.all, 1)))
}

// count counts the subtests of results. A file that ended in trouble counts as one
// more that failed, for what it did not come to. What the standard makes optional, and
// is not there, is not counted.
func count(results []result) (c tally) {
	for _, r := range results {
		for _, s := range r.subtests {
			switch s.Status {
			case statusPass:
				c.pass++
				c.all++
			case statusUnsupported:
			default:
				c.all++
			}
		}
		if r.trouble != "" {
			c.all++
		}
	}
	return c
}

func expectFile(dir string) string {
	return filepath.Join("expect", strings.ReplaceAll(dir, "/", "-")+".txt")
}

// readExpectations reads the file of a directory, which may be missing.
func readExpectations(dir string) (expectations, error) {
	all := expectations{}
	content, err := os.ReadFile(expectFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	id := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		at := all[id]
		switch rest, below := strings.CutPrefix(line, "\t"); {
		case strings.HasPrefix(line, "pass "):
			continue
		case !below:
			id, at.reason, _ = strings.Cut(line, ": ")
		case strings.HasPrefix(rest, "! "):
			at.trouble = rest[2:]
		case strings.HasPrefix(rest, "- "):
			at.failing = append(at.failing, rest[2:])
		default:
			if _, err := fmt.Sscanf(rest, "* %d", &at.many); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", expectFile(dir), line, err)
			}
		}
		all[id] = at
	}
	return all, err
}

// oneLine writes a name so that it fits into a line.
func oneLine(name string) string {
	quoted := fmt.Sprintf("%+q", name)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// observed is what did not pass of a result.
func (r *result) observed() (failing []string) {
	for _, s := range r.subtests {
		if s.Status != statusPass && s.Status != statusUnsupported {
			failing = append(failing, oneLine(s.Name))
		}
	}
	slices.Sort(failing)
	return failing
}

// learn returns the expectations that the results are, with the reasons of before.
func (e expectations) learn(results []result) expectations {
	learned := expectations{}
	if *onlyFlag != "" {
		learned = maps.Clone(e)
	}
	for _, r := range results {
		now := expectation{reason: e[r.id].reason, trouble: oneLine(r.trouble), failing: r.observed()}
		if now.reason == "" {
			now.reason = noReason
		}
		if len(now.failing) > manyFailures {
			now.failing, now.many = nil, len(now.failing)
		}
		delete(learned, r.id)
		if now.trouble != "" || len(now.failing) > 0 || now.many > 0 {
			learned[r.id] = now
		}
	}
	return learned
}

func (e expectations) write(dir string, c tally) error {
	var b strings.Builder
	fmt.Fprintf(&b, "pass %d of %d\n", c.pass, c.all)
	for _, id := range slices.Sorted(maps.Keys(e)) {
		at := e[id]
		fmt.Fprintf(&b, "%s: %s\n", id, at.reason)
		if at.trouble != "" {
			fmt.Fprintf(&b, "\t! %s\n", at.trouble)
		}
		for _, name := range at.failing {
			fmt.Fprintf(&b, "\t- %s\n", name)
		}
		if at.many > 0 {
			fmt.Fprintf(&b, "\t* %d\n", at.many)
		}
	}
	return os.WriteFile(expectFile(dir), []byte(b.String()), 0o644)
}

// compare fails the test for everything that is worse than expected, and says what is
// better.
func (e expectations) compare(t *testing.T, results []result) {
	t.Helper()
	better := 0
	for _, r := range results {
		want, now := e[r.id], r.observed()
		if r.trouble != "" && want.trouble == "" {
			t.Errorf("%s: %s", r.id, r.trouble)
		}
		if want.many > 0 {
			if len(now) > want.many {
				t.Errorf("%s: %d subtests fail, %d are expected to", r.id, len(now), want.many)
			}
			better += max(want.many-len(now), 0)
			continue
		}
		for _, s := range r.subtests {
			if name := oneLine(s.Name); slices.Contains(now, name) && !slices.Contains(want.failing, name) {
				t.Errorf("%s: %s: %s", r.id, s.Name, s.Message)
			}
		}
		for _, name := range want.failing {
			if !slices.Contains(now, name) {
				better++
			}
		}
		if r.trouble == "" && want.trouble != "" {
			better++
		}
	}
	if better > 0 {
		t.Logf("%d results are better than expected: record them with make wpt ARGS=-update", better)
	}
}
