package httpmsg

import (
	"bytes"
	"reflect"
	"testing"
)

func TestParseVary(t *testing.T) {
	for _, tt := range []struct {
		in   Header
		want Vary
	}{
		{Header{}, Vary{}},
		{NewHeader("Vary", "Cookie, accept", "vary", "COOKIE,"), Vary{Names: []string{"accept", "cookie"}}},
		{NewHeader("Vary", "Cookie", "Vary", "*"), Vary{Any: true}},
		{NewHeader("Vary", "no name"), Vary{Any: true}},
	} {
		if got := ParseVary(&tt.in); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %+v, want %+v", fieldsOf(&tt.in), got, tt.want)
		}
	}
}

func TestVaryMatches(t *testing.T) {
	two := Vary{Names: []string{"a", "b"}}
	for _, tt := range []struct {
		name string
		vary Vary
		a, b Header
		want bool
	}{
		{"nothing", Vary{}, NewHeader("A", "1"), NewHeader("A", "2"), true},
		{"any", Vary{Any: true}, Header{}, Header{}, false},
		{"equal", two, NewHeader("A", "1", "C", "1"), NewHeader("a", "1", "C", "2"), true},
		{"different", two, NewHeader("A", "1"), NewHeader("A", "2"), false},
		{"one line or two", two, NewHeader("A", "1", "A", "2"), NewHeader("A", "1, 2"), true},
		{"empty is not absent", two, NewHeader("A", ""), Header{}, false},
		{"a value cannot pose as two", two, NewHeader("A", "1\x01b\x01\x012"), NewHeader("A", "1", "B", "2"), false},
	} {
		if got := tt.vary.Matches(&tt.a, &tt.b); got != tt.want {
			t.Errorf("%s: Matches = %v", tt.name, got)
		}
		same := bytes.Equal(tt.vary.AppendKey(nil, &tt.a), tt.vary.AppendKey(nil, &tt.b))
		if !tt.vary.Any && same != tt.want {
			t.Errorf("%s: equal keys: %v", tt.name, same)
		}
	}
}
