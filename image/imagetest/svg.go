package imagetest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// SVGs are files that would have a renderer do what a picture does not, by what that is.
func SVGs(t testing.TB) map[string][]byte {
	t.Helper()
	const begin = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10">`
	script := begin + `<script>fetch("/")</script></svg>`
	bomb := `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c <= 'k'; c++ {
		bomb += `<!ENTITY ` + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	return map[string][]byte{
		"a script":               []byte(script),
		"an event":               []byte(begin + `<rect width="10" height="10" onload="fetch('/')"/></svg>`),
		"a reference":            []byte(begin + `<image xlink:href="http://127.0.0.1:1/" width="10" height="10"/></svg>`),
		"a file":                 []byte(begin + `<image href="file:///etc/passwd" width="10" height="10"/></svg>`),
		"a style":                []byte(`<?xml-stylesheet href="http://127.0.0.1:1/"?>` + begin + `</svg>`),
		"an entity":              []byte(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + begin + `&x;</svg>`),
		"a bomb of entities":     []byte(bomb + `]>` + begin + `&k;</svg>`),
		"a web page in it":       []byte(begin + `<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="/"/></foreignObject></svg>`),
		"behind a comment":       []byte("\n\t<!-- no SVG -->\n" + script),
		"behind a mark of UTF-8": []byte("\xef\xbb\xbf" + script),
		"in capitals":            []byte(strings.ToUpper(script)),
		"UTF-16, little-endian":  utf16Text(script, binary.LittleEndian, true),
		"UTF-16, big-endian":     utf16Text(script, binary.BigEndian, true),
		"UTF-16 without a mark":  utf16Text(script, binary.LittleEndian, false),
		"compressed":             Gzip(t, []byte(script)),
		"a bomb, compressed":     Gzip(t, []byte(begin+strings.Repeat(" ", 30<<20)+`</svg>`)),
		"UTF-16, compressed":     Gzip(t, utf16Text(script, binary.BigEndian, true)),
	}
}

func utf16Text(text string, order binary.AppendByteOrder, mark bool) (file []byte) {
	if mark {
		text = "\ufeff" + text
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		file = order.AppendUint16(file, unit)
	}
	return file
}

// Gzip compresses a file.
func Gzip(t testing.TB, file []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
