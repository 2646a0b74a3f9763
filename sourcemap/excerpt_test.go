package sourcemap

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExcerpt(t *testing.T) {
	lines := []string{"one", "\ttwo(2)", "", "four"}
	tests := []struct {
		name                  string
		lines                 []string
		line, column, context int
		want                  string
	}{
		{"alone", lines, 1, 2, 0, "  1 | one\n    |  ^\n"},
		{"with context", lines, 2, 5, 1, "  1 | one\n> 2 | \ttwo(2)\n    | \t   ^\n  3 |\n"},
		{"context at the end", lines, 4, 1, 2, "  2 | \ttwo(2)\n  3 |\n> 4 | four\n    | ^\n"},
		{"column past the end", lines, 1, 99, 0, "  1 | one\n    |    ^\n"},
		{"column below one", lines, 1, -5, 0, "  1 | one\n    | ^\n"},
		{"no such line", lines, 5, 1, 0, ""},
		{"line zero", lines, 0, 1, 0, ""},
		{"wide characters", []string{"日本 x"}, 1, 4, 0, "  1 | 日本 x\n    |      ^\n"},
		{"characters of two UTF-16 units", []string{"😀 x"}, 1, 4, 0, "  1 | 😀 x\n    |    ^\n"},
		{"combining marks", []string{"e\u0301 x"}, 1, 4, 0, "  1 | e\u0301 x\n    |   ^\n"},
		{"terminal escapes", []string{"\x1b[2Jx\u202e"}, 1, 5, 0, "  1 | \ufffd[2Jx\ufffd\n    |     ^\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Excerpt(test.lines, test.line, test.column, test.context); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestExcerptLine(t *testing.T) {
	got := ExcerptLine(`import "./greeet";`, 12, 8, 10)
	want := "  12 | import \"./greeet\";\n     |        ^~~~~~~~~~\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestExcerptOfLongLine(t *testing.T) {
	source := strings.Repeat("a", 5000) + "HERE" + strings.Repeat("b", 5000)
	got := strings.Split(ExcerptLine(source, 1, 5001, 4), "\n")
	if n := utf8.RuneCountInString(got[0]); n > maxWidth+10 {
		t.Errorf("the line has %d characters", n)
	}
	at := utf8.RuneCountInString(got[0][:strings.Index(got[0], "HERE")])
	if caret := strings.Index(got[1], "^~~~"); caret != at {
		t.Errorf("caret at %d, want %d:\n%s\n%s", caret, at, got[0], got[1])
	}
}
