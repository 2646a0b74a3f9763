package sourcemap

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// mapJSON is a map of three generated lines: see TestFind for what it says.
const mapJSON = `{
  "version": 3,
  "sourceRoot": "app",
  "sources": ["src/a.ts", "src/b.ts", null],
  "sourcesContent": ["one\r\ntwo\nthree", null],
  "names": ["greet"],
  "mappings": "AAAA,IACEA,I;;ECDF"
}`

func parse(t testing.TB, data string) *Map {
	t.Helper()
	m, err := Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFind(t *testing.T) {
	m := parse(t, mapJSON)
	tests := []struct {
		name         string
		line, column int
		want         string // "" where there is no source
	}{
		{"start", 1, 1, "app/src/a.ts:1:1 "},
		{"inside the first segment", 1, 4, "app/src/a.ts:1:1 "},
		{"named segment", 1, 5, "app/src/a.ts:2:3 greet"},
		{"code without a source", 1, 9, ""},
		{"after the last segment of the line", 1, 999, ""},
		{"line without segments", 2, 1, ""},
		{"before the first segment of the line", 3, 2, ""},
		{"second source", 3, 3, "app/src/b.ts:1:1 "},
		{"huge column", 3, math.MaxInt, "app/src/b.ts:1:1 "},
		{"past the last line", 4, 1, ""},
		{"line zero", 0, 1, ""},
		{"column zero", 1, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if p, ok := m.Find(test.line, test.column); ok {
				got = fmt.Sprintf("%s:%d:%d %s", p.File, p.Line, p.Column, p.Name)
			}
			if got != test.want {
				t.Errorf("Find(%d, %d) = %q, want %q", test.line, test.column, got, test.want)
			}
		})
	}
}

func TestFindConcurrently(t *testing.T) {
	m := parse(t, mapJSON)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if p, ok := m.Find(1, 5); !ok || p.Name != "greet" {
				t.Errorf("Find = %v, %v", p, ok)
			}
		})
	}
	all.Wait()
}

func TestSegmentsOutOfOrder(t *testing.T) {
	m := parse(t, `{"version":3,"sources":["a"],"names":[],"mappings":"IACA,JADA"}`)
	if p, _ := m.Find(1, 1); p.Line != 1 {
		t.Errorf("column 1 is of line %d, want 1", p.Line)
	}
	if p, _ := m.Find(1, 5); p.Line != 2 {
		t.Errorf("column 5 is of line %d, want 2", p.Line)
	}
}

func TestSourceContent(t *testing.T) {
	m := parse(t, mapJSON)
	lines, ok := m.SourceContent("app/src/a.ts")
	if want := []string{"one", "two", "three"}; !ok || !reflect.DeepEqual(lines, want) {
		t.Errorf("lines = %q, %v, want %q", lines, ok, want)
	}
	for _, file := range []string{"app/src/b.ts", "src/a.ts", "", "nowhere"} {
		if lines, ok := m.SourceContent(file); ok {
			t.Errorf("SourceContent(%q) = %q, want none", file, lines)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"no JSON":           `{"version":3`,
		"another version":   `{"version":2,"mappings":""}`,
		"no version":        `{}`,
		"sections":          `{"version":3,"sections":[]}`,
		"a number as names": `{"version":3,"names":1}`,
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(data)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestMalformedMappings(t *testing.T) {
	tests := map[string]string{
		"cut off number":   "g",
		"no base64":        "AA!A",
		"number too large": "gggggggC",
		"negative column":  "DAAA",
		"unknown source":   "ACAA",
		"negative source":  "ADAA",
		"unknown name":     "AAAAC",
		"two fields":       "AA",
		"three fields":     "AAA",
		"six fields":       "AAAAAA",
		"column past 2^31": "+/////DAAA,+/////DAAA",
	}
	for name, mappings := range tests {
		t.Run(name, func(t *testing.T) {
			if code, err := decode(mappings, 1, 1, maxEntries); err == nil {
				t.Errorf("decoded to %d lines", code.lines())
			}
			m := parse(t, fmt.Sprintf(`{"version":3,"sources":["a"],"names":["n"],"mappings":%q}`, mappings))
			if p, ok := m.Find(1, 1); ok {
				t.Errorf("Find = %v", p)
			}
		})
	}
}

func TestMapsAreBounded(t *testing.T) {
	for _, mappings := range []string{"A,A,A,A", "A;A,A;A", ";;;"} {
		if code, err := decode(mappings, 1, 1, 3); err == nil {
			t.Errorf("%q decoded to %d lines", mappings, code.lines())
		}
	}
	if _, err := decode("A,A;;A", 1, 1, 3); err != nil {
		t.Error(err)
	}
	if _, err := Parse(make([]byte, maxBytes+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a map of more than %d bytes: %v", maxBytes, err)
	}
}

// What a map takes is in proportion to its size, whatever is in it: it is read when the app
// throws for the first time, by the process that serves, and is kept.
func TestMapsTakeWhatTheyHave(t *testing.T) {
	const n = 1 << 20
	for name, data := range map[string]string{
		"contents":        `{"version":3,"sources":["a"],"sourcesContent":[` + strings.Repeat("1,", n-1) + `1],"mappings":"AAAA"}`,
		"sources":         `{"version":3,"sources":[` + strings.Repeat(`"",`, maxSources-1) + `"a"],"mappings":"AAAA"}`,
		"sources' root":   `{"version":3,"sourceRoot":"` + strings.Repeat("r", maxName) + `","sources":["a",` + strings.Repeat(`"",`, maxSources-2) + `"a"],"mappings":"AAAA"}`,
		"names":           `{"version":3,"sources":["a"],"names":[` + strings.Repeat(`"",`, n-1) + `""],"mappings":"AAAA"}`,
		"segments":        `{"version":3,"sources":["a"],"mappings":"AAAA` + strings.Repeat(",A", n) + `"}`,
		"lines":           `{"version":3,"sources":["a"],"mappings":"AAAA` + strings.Repeat(";", n) + `"}`,
		"a source's name": `{"version":3,"sources":["` + strings.Repeat("a", n) + `","a"],"mappings":"AAAA,ACAA"}`,
		"a content":       `{"version":3,"sources":["a"],"sourcesContent":["` + strings.Repeat("\\n", 2*n) + `"],"mappings":"AAAA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after, kept runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			m := parse(t, data)
			p, _ := m.Find(1, 1)
			_, _ = m.SourceContent(p.File)
			runtime.ReadMemStats(&after)
			runtime.GC()
			runtime.ReadMemStats(&kept)
			took, keeps := int64(after.TotalAlloc-before.TotalAlloc), int64(kept.HeapAlloc)-int64(before.HeapAlloc)
			if size := int64(len(data)); took > 80*size || keeps > 16*size {
				t.Errorf("a map of %d KiB took %d, and keeps %d", size>>10, took>>10, keeps>>10)
			}
			runtime.KeepAlive(m)
		})
	}
	for name, data := range map[string]string{
		"too many contents": `{"version":3,"sources":["a"],"sourcesContent":[` + strings.Repeat("1,", n) + `1],"mappings":"AAAA"}`,
		"too many sources":  `{"version":3,"sources":[` + strings.Repeat(`"",`, maxSources) + `"a"],"mappings":"AAAA"}`,
		"a long root":       `{"version":3,"sourceRoot":"` + strings.Repeat("r", maxName+1) + `","sources":["a"],"mappings":"AAAA"}`,
	} {
		if _, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The elements of an array are found whatever they are.
func TestList(t *testing.T) {
	var l list
	if err := json.Unmarshal([]byte(`[ "a,]\"", null , [1,["x"]],{"k":[2]},"\\", "b" ]`), &l); err != nil || l.len() != 6 {
		t.Fatalf("%d elements, %v", l.len(), err)
	}
	for i, want := range []string{`a,]"`, "", "", "", `\`, "b", ""} {
		if got, ok := l.at(i, 100); got != want || ok != (want != "") {
			t.Errorf("element %d is %q, %v", i, got, ok)
		}
	}
	if _, ok := l.at(0, 3); ok {
		t.Error("a string was longer than it may be")
	}
	for text, n := range map[string]int{`[]`: 0, `[ ]`: 0, `null`: 0, `[1]`: 1} {
		if err := json.Unmarshal([]byte(text), &l); err != nil || l.len() != n {
			t.Errorf("%s: %d elements, %v", text, l.len(), err)
		}
	}
	if err := json.Unmarshal([]byte(`{}`), &l); err == nil {
		t.Error("an object was an array")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mapJSON, 1, 1)
	f.Add(`{"version":3,"sources":["a"],"mappings":"AAAA;;AACA,CAAC"}`, 3, 2)
	f.Add(`{"version":3,"sources":[null],"sourcesContent":[1],"mappings":"AAAA"}`, 1, 1)
	f.Fuzz(func(t *testing.T, data string, line, column int) {
		m, err := Parse([]byte(data))
		if err != nil {
			return
		}
		p, ok := m.Find(line, column)
		if ok && (p.File == "" || p.Line < 1 || p.Column < 1) {
			t.Errorf("Find(%d, %d) = %+v", line, column, p)
		}
		if lines, ok := m.SourceContent(p.File); ok {
			Excerpt(lines, p.Line, p.Column, 2)
		}
	})
}

func BenchmarkFirstFind(b *testing.B) {
	data := []byte(fmt.Sprintf(`{"version":3,"sources":["a"],"names":["n"],"mappings":%q}`,
		strings.Repeat("AACA,"+strings.Repeat("IAAI,", 8)+";", 10_000)))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		m, err := Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := m.Find(10_000, 9); !ok {
			b.Fatal("not found")
		}
	}
}
