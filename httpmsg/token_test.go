package httpmsg

import (
	"slices"
	"testing"
)

func TestIsToken(t *testing.T) {
	for s, want := range map[string]bool{
		"GET": true, "x-y_z!#$%&'*+.^`|~9": true, "": false, "a b": false, "a:": false, "\"": false, "é": false, "a\x00": false, "(": false,
	} {
		if IsToken(s) != want || ValidFieldName(s) != want {
			t.Errorf("IsToken(%q) = %v", s, !want)
		}
	}
}

func TestValidFieldValue(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "a b\tc": true, "é": true, "\x01": true,
		"a\rb": false, "a\nb": false, "a\x00b": false, " a": false, "a\t": false,
	} {
		if ValidFieldValue(s) != want {
			t.Errorf("ValidFieldValue(%q) = %v", s, !want)
		}
	}
}

func TestParseList(t *testing.T) {
	for value, want := range map[string][]string{
		"":                    nil,
		" , ,":                nil,
		"a":                   {"a"},
		"a,b ,\tc , ":         {"a", "b", "c"},
		`a="1,2", b`:          {`a="1,2"`, "b"},
		`"x\",y", z`:          {`"x\",y"`, "z"},
		`a, "never ends, b`:   {"a", `"never ends, b`},
		`"ends in escape, \`:  {`"ends in escape, \`},
		`"two" "strings,", b`: {`"two" "strings,"`, "b"},
	} {
		if got := ParseList(value); !slices.Equal(got, want) {
			t.Errorf("ParseList(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestParams(t *testing.T) {
	value, params := CutParams(`text/html ; Charset="utf;8" ;a=b; ; bad ; c d=e; f="x\"y";g="open`)
	var got []string
	for name, value := range Params(params) {
		got = append(got, name, value)
	}
	want := []string{"Charset", "utf;8", "a", "b", "f", `x"y`}
	if value != "text/html" || !slices.Equal(got, want) {
		t.Errorf("%q with %q, want %q", value, got, want)
	}
	if v, ok := Param(params, "CHARSET"); v != "utf;8" || !ok {
		t.Errorf("Param = %q, %v", v, ok)
	}
}

func TestQuoteUnquote(t *testing.T) {
	for _, s := range []string{"token", "", "two words", `a"b\c`, "é", "tab\t"} {
		quoted, ok := Quote(s)
		if IsToken(quoted) && ok && quoted == s {
			continue
		}
		if back, valid := Unquote(quoted); !ok || !valid || back != s {
			t.Errorf("Quote(%q) = %q, which Unquote makes %q", s, quoted, back)
		}
	}
	if _, ok := Quote("a\nb"); ok {
		t.Error("a line feed was quoted")
	}
	for _, s := range []string{"", `"`, `"a`, `a"`, `"a"b"`, `"a\"`} {
		if got, ok := Unquote(s); ok {
			t.Errorf("Unquote(%q) = %q", s, got)
		}
	}
}
