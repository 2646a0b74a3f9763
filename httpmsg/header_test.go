package httpmsg

import (
	"slices"
	"testing"
)

func fieldsOf(h *Header) []string {
	var list []string
	for _, f := range h.Fields() {
		list = append(list, f.Name+": "+f.Value)
	}
	return list
}

func TestHeaderChanges(t *testing.T) {
	tests := []struct {
		name   string
		change func(h *Header)
		want   []string
	}{
		{"nothing", func(*Header) {}, []string{"A: 1", "b: 2", "B: 3", "C: 4"}},
		{"set keeps the place and removes the others", func(h *Header) { h.Set("B", "x") }, []string{"A: 1", "B: x", "C: 4"}},
		{"set appends", func(h *Header) { h.Set("D", "x") }, []string{"A: 1", "b: 2", "B: 3", "C: 4", "D: x"}},
		{"set the last", func(h *Header) { h.Set("c", "x") }, []string{"A: 1", "b: 2", "B: 3", "c: x"}},
		{"add", func(h *Header) { h.Add("a", "x") }, []string{"A: 1", "b: 2", "B: 3", "C: 4", "a: x"}},
		{"del", func(h *Header) { h.Del("b") }, []string{"A: 1", "C: 4"}},
		{"del of nothing", func(h *Header) { h.Del("x") }, []string{"A: 1", "b: 2", "B: 3", "C: 4"}},
		{"reset", func(h *Header) { h.Reset() }, nil},
		{"grow", func(h *Header) { h.Grow(100) }, []string{"A: 1", "b: 2", "B: 3", "C: 4"}},
	}
	for _, tt := range tests {
		h := NewHeader("A", "1", "b", "2", "B", "3", "C", "4")
		before := h.Clone()
		tt.change(&h)
		if got := fieldsOf(&h); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if before.Len() != 4 || before.Get("B") != "2" {
			t.Errorf("%s: the clone changed too: %q", tt.name, fieldsOf(&before))
		}
	}
}

func TestHeaderLookups(t *testing.T) {
	h := NewHeader("Accept", "a", "X-List", "1", "x-list", "2,3", "Empty", "")
	if h.Get("ACCEPT") != "a" || h.Get("nothing") != "" || h.Get("Accep") != "" {
		t.Error("Get does not find what is there, or finds what is not")
	}
	if v, ok := h.Lookup("empty"); v != "" || !ok {
		t.Error("Lookup does not find an empty field")
	}
	if got := h.Joined("X-LIST"); got != "1, 2,3" {
		t.Errorf("Joined = %q", got)
	}
	if got := h.Values("x-list"); !slices.Equal(got, []string{"1", "2,3"}) {
		t.Errorf("Values = %q", got)
	}
	if got := slices.Collect(h.Items("x-list")); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("Items = %q", got)
	}
	if h.At(0) != (Field{"Accept", "a"}) || h.Has("none") || !h.HasItem("x-list", "3") {
		t.Error("At, Has or HasItem is wrong")
	}
	var zero Header
	if zero.Len() != 0 || zero.Joined("a") != "" || zero.Values("a") != nil || zero.Fields() != nil {
		t.Error("the zero value is not empty")
	}
}

func TestEqualFoldIsASCII(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Host", "hOST", true},
		{"Host", "Hos", false},
		{"K", "\u212a", false}, // the Kelvin sign
		{"[", "{", false},      // differ by 0x20, and are no letters
		{"@", "`", false},
	} {
		if got := EqualFold(tt.a, tt.b); got != tt.want {
			t.Errorf("EqualFold(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

// sample is the header of a request as a browser sends it.
func sample() Header {
	return NewHeader(
		"Connection", "keep-alive",
		"Cache-Control", "max-age=0, no-cache",
		"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
		"Accept", "text/html,application/xhtml+xml,image/avif,*/*;q=0.8",
		"Accept-Encoding", "gzip, deflate, br, zstd",
		"Accept-Language", "en-US,en;q=0.9",
		"Cookie", "a=1; session=abc",
		"If-None-Match", `"x", W/"y"`,
		"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT",
	)
}

// The calls that are made for every request allocate nothing.
func TestNoAllocation(t *testing.T) {
	h := sample()
	validators := Validators{Exists: true, ETag: ETag{Opaque: "z", Set: true}}
	for name, call := range map[string]func(){
		"Get":               func() { h.Get("if-none-match") },
		"Joined":            func() { h.Joined("cookie") },
		"HasItem":           func() { h.HasItem("Accept-Encoding", "zstd") },
		"ParseCacheControl": func() { ParseCacheControl(&h, "Cache-Control") },
		"Cookie":            func() { Cookie(&h, "session") },
		"Evaluate":          func() { Evaluate("GET", &h, validators) },
		"NegotiateEncoding": func() { NegotiateEncoding(&h, "zstd", "br") },
		"NegotiateType":     func() { NegotiateType(&h, "image/avif", "image/webp") },
		"DateOf":            func() { DateOf(&h, "If-Modified-Since") },
		"NormalPath":        func() { _, _ = NormalPath("/a/b.c/d-e~f") },
		"NormalTarget":      func() { _, _ = NormalTarget("/a/b.c/d-e~f?x=%20y") },
		"NormalHost":        func() { _, _, _ = NormalHost("www.example.com:8080") },
	} {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkHeaderGet(b *testing.B) {
	h := sample()
	b.ReportAllocs()
	for b.Loop() {
		h.Get("if-none-match")
	}
}

func BenchmarkHeaderGetMissing(b *testing.B) {
	h := sample()
	b.ReportAllocs()
	for b.Loop() {
		h.Get("Authorization")
	}
}
