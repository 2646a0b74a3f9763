package sourcemap

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// maxWidth is the number of characters of a source line that an excerpt shows;
// of a longer one (minified code) it shows the part around the caret.
const maxWidth = 120

// Excerpt returns the line of a source with up to context lines before and after
// it, each numbered, and below it a caret at the column. Line and column count
// from 1. The result ends in a line end; it is empty when there is no such line.
// Control characters are replaced, so that a source cannot steer a terminal.
func Excerpt(lines []string, line, column, context int) string {
	if line < 1 || line > len(lines) {
		return ""
	}
	first, last := max(1, line-context), min(len(lines), line+context)
	gutter := len(fmt.Sprint(last))
	var b strings.Builder
	for n := first; n <= last; n++ {
		if n == line {
			b.WriteString(caretLine(lines[n-1], n, column, 1, gutter, context > 0))
			continue
		}
		text, _, _ := window(lines[n-1], 1)
		writeLine(&b, " ", gutter, fmt.Sprint(n), text)
	}
	return b.String()
}

// ExcerptLine returns one line of a source, numbered, and below it a caret at the
// column, with a tail that underlines length UTF-16 code units.
func ExcerptLine(source string, line, column, length int) string {
	return caretLine(source, line, column, length, len(fmt.Sprint(line)), false)
}

// caretLine prints a line and its caret. The line is marked when others stand
// around it.
func caretLine(source string, line, column, length, gutter int, marked bool) string {
	mark := " "
	if marked {
		mark = ">"
	}
	text, before, at := window(source, column)
	var b strings.Builder
	writeLine(&b, mark, gutter, fmt.Sprint(line), text)
	underline := "^" + strings.Repeat("~", max(0, min(width(at, length), maxWidth)-1))
	writeLine(&b, " ", gutter, "", blank(before)+underline)
	return b.String()
}

func writeLine(b *strings.Builder, mark string, gutter int, number, text string) {
	fmt.Fprintf(b, "%s\n", strings.TrimRight(fmt.Sprintf("%s %*s | %s", mark, gutter, number, text), " "))
}

// window returns the part of a line that is shown, taken apart where the column
// (from 1, in UTF-16 code units) points: what stands before and what follows.
func window(source string, column int) (text string, before, at []rune) {
	runes := []rune(source)
	split, units := 0, 1
	for split < len(runes) && units+utf16.RuneLen(runes[split]) <= column {
		units += utf16.RuneLen(runes[split])
		split++
	}
	start, end := 0, len(runes)
	if len(runes) > maxWidth {
		start = max(0, min(split-maxWidth/2, len(runes)-maxWidth))
		end = start + maxWidth
	}
	before, at = printable(runes[start:split]), printable(runes[split:end])
	if start > 0 {
		before = append([]rune{'…'}, before...)
	}
	text = string(before) + string(at)
	if end < len(runes) {
		text += "…"
	}
	return text, before, at
}

// printable copies runes with control and formatting characters, which could
// move a terminal's cursor or reorder the text, replaced.
func printable(runes []rune) []rune {
	out := make([]rune, len(runes))
	for i, r := range runes {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			r = unicode.ReplacementChar
		}
		out[i] = r
	}
	return out
}

// blank returns the white space that is as wide as the runes. A tab stays a tab,
// which is as wide as the tab above it.
func blank(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", cells(r)))
	}
	return b.String()
}

// width returns the number of terminal cells that the first units UTF-16 code
// units of the runes take.
func width(runes []rune, units int) int {
	w := 0
	for _, r := range runes {
		if units <= 0 {
			break
		}
		units -= utf16.RuneLen(r)
		w += cells(r)
	}
	return w
}

// cells returns how many cells of a terminal a character takes: none for
// combining marks, two for the wide blocks of Unicode's East Asian Width.
func cells(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case 0x1100 <= r && r <= 0x115F, 0x2E80 <= r && r <= 0xA4CF, 0xAC00 <= r && r <= 0xD7A3,
		0xF900 <= r && r <= 0xFAFF, 0xFE30 <= r && r <= 0xFE6F, 0xFF00 <= r && r <= 0xFF60,
		0xFFE0 <= r && r <= 0xFFE6, 0x1F300 <= r && r <= 0x1FAFF, 0x20000 <= r && r <= 0x3FFFD:
		return 2
	default:
		return 1
	}
}
