package telemetry

import (
	"unicode"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString writes a text as JSON. Control characters, those that reorder text, and
// line ends of Unicode are escaped, so that a line of the log stays a line, wherever it
// is shown; what is not UTF-8 is replaced.
func AppendString(b []byte, text string) []byte {
	b = append(b, '"')
	plain := 0 // where what has not been written yet begins
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if c >= utf8.RuneSelf && r != utf8.RuneError && !steers(r) {
			i += size
			continue
		}
		b = append(b, text[plain:i]...)
		b = appendEscaped(b, r)
		i += size
		plain = i
	}
	return append(append(b, text[plain:]...), '"')
}

// AppendJSON writes JSON that somebody else has encoded, in which it escapes what
// AppendString does: encoding/json leaves most of that as it is. Outside of ASCII there is
// nothing in JSON but what its strings say.
func AppendJSON(b, value []byte) []byte {
	plain := 0 // where what has not been written yet begins
	for i := 0; i < len(value); {
		if c := value[i]; c != 0x7f && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(value[i:])
		if r == utf8.RuneError || steers(r) {
			b = appendEscaped(append(b, value[plain:i]...), r)
			plain = i + size
		}
		i += size
	}
	return append(b, value[plain:]...)
}

// steers reports whether a character does something other than stand there.
func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

func appendEscaped(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
