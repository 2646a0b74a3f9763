package httpmsg

import (
	"testing"
	"time"
)

func TestParseETag(t *testing.T) {
	for s, want := range map[string]ETag{
		`"a"`:    {Opaque: "a", Set: true},
		`W/"a"`:  {Opaque: "a", Weak: true, Set: true},
		`""`:     {Set: true},
		`"a\"`:   {Opaque: `a\`, Set: true},
		`"é,;'"`: {Opaque: "é,;'", Set: true},
	} {
		got, ok := ParseETag(s)
		if !ok || got != want || got.String() != s {
			t.Errorf("ParseETag(%q) = %+v, %v, again %q", s, got, ok, got)
		}
	}
	for _, s := range []string{"", "a", `"a`, `a"`, `w/"a"`, `W/a`, `"a" `, `"a b"`, `"a""b"`, "\"\x7f\"", `W/ "a"`} {
		if got, ok := ParseETag(s); ok || got != (ETag{}) {
			t.Errorf("ParseETag(%q) = %+v, %v", s, got, ok)
		}
	}
}

// RFC 9110 §8.8.3.2, table 3.
func TestETagEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b         string
		strong, weak bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
	} {
		a, _ := ParseETag(tt.a)
		b, _ := ParseETag(tt.b)
		if a.EqualStrong(b) != tt.strong || a.EqualWeak(b) != tt.weak {
			t.Errorf("%s and %s", tt.a, tt.b)
		}
	}
	if (ETag{}).EqualWeak(ETag{}) {
		t.Error("none equals none")
	}
}

const (
	before = "Sun, 06 Nov 1994 08:49:36 GMT"
	at     = "Sun, 06 Nov 1994 08:49:37 GMT"
	after  = "Sun, 06 Nov 1994 08:49:38 GMT"
)

func TestEvaluate(t *testing.T) {
	strong := NewHeader("ETag", `"a"`, "Last-Modified", at)
	weak := NewHeader("ETag", `W/"a"`)
	current, weakOnly, dateless, none := ValidatorsOf(&strong), ValidatorsOf(&weak), Validators{Exists: true}, Validators{}
	for _, tt := range []struct {
		method string
		req    Header
		v      Validators
		want   Verdict
	}{
		{"GET", Header{}, current, Proceed},
		// Step 1
		{"PUT", NewHeader("If-Match", `"a"`), current, Proceed},
		{"PUT", NewHeader("If-Match", `"x", "a"`), current, Proceed},
		{"PUT", NewHeader("If-Match", `"x"`, "If-Match", `"a"`), current, Proceed},
		{"PUT", NewHeader("If-Match", `"x"`), current, PreconditionFailed},
		{"PUT", NewHeader("If-Match", `"a"`), weakOnly, PreconditionFailed},
		{"PUT", NewHeader("If-Match", "*"), current, Proceed},
		{"PUT", NewHeader("If-Match", "*"), none, PreconditionFailed},
		{"PUT", NewHeader("If-Match", `"x"`, "If-Unmodified-Since", after), current, PreconditionFailed},
		// Step 2
		{"PUT", NewHeader("If-Match", `"a"`, "If-Unmodified-Since", before), current, Proceed},
		{"PUT", NewHeader("If-Unmodified-Since", at), current, Proceed},
		{"PUT", NewHeader("If-Unmodified-Since", before), current, PreconditionFailed},
		{"PUT", NewHeader("If-Unmodified-Since", before), dateless, Proceed},
		{"PUT", NewHeader("If-Unmodified-Since", "yesterday"), current, Proceed},
		// Step 3
		{"GET", NewHeader("If-None-Match", `W/"a"`), current, NotModified},
		{"HEAD", NewHeader("If-None-Match", `"x","a"`), weakOnly, NotModified},
		{"GET", NewHeader("If-None-Match", `"x"`, "If-Modified-Since", after), current, Proceed},
		{"GET", NewHeader("If-None-Match", "*"), current, NotModified},
		{"PUT", NewHeader("If-None-Match", "*"), current, PreconditionFailed},
		{"PUT", NewHeader("If-None-Match", "*"), none, Proceed},
		{"GET", NewHeader("If-None-Match", "a"), current, Proceed},
		{"GET", NewHeader("If-None-Match", `, "x" ,, "a"`), current, NotModified},
		{"GET", NewHeader("If-None-Match", `"x\", "a"`), current, NotModified}, // a backslash escapes nothing
		// Step 4
		{"GET", NewHeader("If-Modified-Since", at), current, NotModified},
		{"GET", NewHeader("If-Modified-Since", before), current, Proceed},
		{"POST", NewHeader("If-Modified-Since", at), current, Proceed},
		{"GET", NewHeader("If-Modified-Since", at), dateless, Proceed},
		{"GET", NewHeader("If-Modified-Since", at, "If-Modified-Since", at), current, Proceed},
	} {
		if got := Evaluate(tt.method, &tt.req, tt.v); got != tt.want {
			t.Errorf("%s %q: %v, want %v", tt.method, fieldsOf(&tt.req), got, tt.want)
		}
	}
}

func TestEvaluateCachedPassesIfMatchOn(t *testing.T) {
	req := NewHeader("If-Match", `"x"`, "If-Unmodified-Since", before)
	if got := EvaluateCached("GET", &req, Validators{Exists: true}); got != Proceed {
		t.Errorf("%v", got)
	}
}

func TestRangeApplies(t *testing.T) {
	modified, _ := ParseDate(at)
	v := Validators{Exists: true, ETag: ETag{Opaque: "a", Set: true}, LastModified: modified, Date: modified.Add(time.Hour)}
	tooFresh := v
	tooFresh.Date = modified
	undated := v
	undated.Date = time.Time{}
	for _, tt := range []struct {
		ifRange string
		v       Validators
		want    bool
	}{
		{`"a"`, v, true},
		{`W/"a"`, v, false},
		{`"x"`, v, false},
		{`"a"`, Validators{Exists: true}, false},
		{at, v, true},
		{after, v, false},
		{at, tooFresh, false},
		{at, undated, false},
		{"a", v, false},
	} {
		req := NewHeader("If-Range", tt.ifRange)
		if got := RangeApplies(&req, tt.v); got != tt.want {
			t.Errorf("If-Range: %s with %+v: %v", tt.ifRange, tt.v, got)
		}
	}
	if !RangeApplies(&Header{}, v) {
		t.Error("no If-Range")
	}
}
