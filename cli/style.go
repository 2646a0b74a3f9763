package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// style paints text, or leaves it plain.
type style struct{ colours bool }

// The colours, as parameters of ANSI's "select graphic rendition".
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (s style) paint(colour, text string) string {
	if !s.colours || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// printable returns a text in which nothing can steer a terminal: control
// characters and those that reorder text are replaced, but for line ends and tabs.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// isPlain reports whether a text is printable ASCII, as nearly all are that go into
// the line of a request.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// pad fills a text up to a width with spaces behind it, or before it if the width is
// negative.
func pad(text string, width int) string {
	missing := max(width, -width) - utf8.RuneCountInString(text)
	switch {
	case missing <= 0:
		return text
	case width < 0:
		return strings.Repeat(" ", missing) + text
	}
	return text + strings.Repeat(" ", missing)
}

// oneLine is printable without line ends and tabs.
func oneLine(text string) string {
	if isPlain(text) {
		return text
	}
	return strings.NewReplacer("\n", "\uFFFD", "\t", "\uFFFD").Replace(printable(text))
}

// indent puts a prefix in front of all lines but the first and the empty ones.
func indent(text, prefix string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if i > 0 && line != "" {
			lines[i] = prefix + line
		}
	}
	return strings.Join(lines, "\n")
}

// formatDuration returns a duration in milliseconds, or in seconds from one on.
func formatDuration(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 9.995:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case ms < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	default:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
	}
}

// formatBytes returns a number of bytes in the largest fitting unit.
func formatBytes(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	default:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
}

// count returns "1 module", "2 modules".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
