package bundle

import (
	"errors"
	"strings"
	"testing"
)

// However much is wrong with a file, what is said of it is bounded, and found out in time.
func TestDiagnosticsAreBounded(t *testing.T) {
	const name = "name = \"shop\"\nmain = \"a.js\"\n"
	for what, source := range map[string]string{
		"one long line":   name + "hosts = [1" + strings.Repeat(",1", 500_000) + "]",
		"unknown keys":    name + "[limits]\n" + lines("k", " = 1", 5_000),
		"tables twice":    name + strings.Repeat("[limits]\n", 100_000),
		"keys twice":      name + strings.Repeat("name = 1\n", 100_000),
		"a table inline":  name + "limits = {" + strings.Repeat("a = 1, ", 140_000) + "b = 1}",
		"routes nowhere":  name + strings.Repeat("[[route]]\n", 100_000),
		"hidden routes":   name + strings.Repeat("[[route]]\nmatch = \"/*\"\nto = \"code\"\n", 20_000),
		"hosts not there": name + "hosts = [" + lines("\"h", ".example\",", 2_000) + "]\n" + lines("[[route]]\nto = \"code\"\nmatch = \"i", ".example\"", 2_000),
	} {
		t.Run(what, func(t *testing.T) {
			_, err := ParseConfig([]byte(source))
			var build *BuildError
			if !errors.As(err, &build) {
				t.Fatal(err)
			}
			size := 0
			for _, d := range build.Diagnostics {
				size += len(d.SourceLine) + len(d.Text) + len(d.Hint)
			}
			last := build.Diagnostics[len(build.Diagnostics)-1]
			if len(build.Diagnostics) != maxFound+1 || size > 100<<10 || !strings.Contains(last.Text, "not been looked at") {
				t.Errorf("%d diagnostics of %d bytes; the last is %s", len(build.Diagnostics), size, last)
			}
		})
	}
}

// lines are texts with a number in each.
func lines(before, after string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(before)
		for c := i; ; c /= 26 {
			b.WriteByte(byte('a' + c%26))
			if c < 26 {
				break
			}
		}
		b.WriteString(after + "\n")
	}
	return b.String()
}
