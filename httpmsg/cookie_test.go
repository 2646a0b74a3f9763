package httpmsg

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCookies(t *testing.T) {
	req := NewHeader("Cookie", `a=1; b="2 3" ;; c = x=y ; alone;`, "cookie", "a=4")
	var got []string
	for name, value := range Cookies(&req) {
		got = append(got, name, value)
	}
	want := []string{"a", "1", "b", `"2 3"`, "c", "x=y", "", "alone", "a", "4"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if v, ok := Cookie(&req, "a"); v != "1" || !ok {
		t.Errorf("a = %q, %v", v, ok)
	}
	if v, ok := Cookie(&req, "A"); ok {
		t.Errorf("A = %q", v)
	}
}

func TestParseSetCookie(t *testing.T) {
	expires := time.Date(2031, 10, 21, 7, 28, 0, 0, time.UTC)
	for value, want := range map[string]SetCookie{
		"a=b":      {Name: "a", Value: "b"},
		"a=":       {Name: "a"},
		"b":        {Value: "b"},
		" a = b ;": {Name: "a", Value: "b"},
		"id=a3; Expires=Tue, 21 Oct 2031 07:28:00 GMT; Path=/x; Domain=.Example.com; Secure; HttpOnly; SameSite=lax; Partitioned": {
			Name: "id", Value: "a3", Expires: expires, Path: "/x", Domain: "example.com",
			Secure: true, HTTPOnly: true, SameSite: "Lax", Partition: true,
		},
		"a=b; Max-Age=-1":                                       {Name: "a", Value: "b", MaxAge: -1, HasMaxAge: true},
		"a=b; max-age=99999999999":                              {Name: "a", Value: "b", MaxAge: MaxSeconds, HasMaxAge: true},
		"a=b; Max-Age=x; Max-Age=5":                             {Name: "a", Value: "b", MaxAge: 5, HasMaxAge: true},
		"a=b; Max-Age=-; Max-Age=":                              {Name: "a", Value: "b"},
		"a=b; Path=/x; Path=y":                                  {Name: "a", Value: "b"},
		"a=b; Priority=High; SameSite=x":                        {Name: "a", Value: "b", Extensions: []string{"Priority=High"}},
		"a=b; Path=/" + strings.Repeat("x", maxCookieAttribute): {Name: "a", Value: "b"},
	} {
		got, ok := ParseSetCookie(value)
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v, %v\nwant %+v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "=", " ; Secure", "a=\x00", "a=b\r\nc", "a=" + strings.Repeat("x", maxCookiePair)} {
		if got, ok := ParseSetCookie(value); ok {
			t.Errorf("%q: %+v", value, got)
		}
	}
}

func TestSerializeSetCookie(t *testing.T) {
	c := SetCookie{
		Name: "id", Value: "a3", Expires: time.Date(2031, 10, 21, 7, 28, 0, 0, time.UTC), Path: "/x", Domain: "example.com",
		MaxAge: 0, HasMaxAge: true, Secure: true, HTTPOnly: true, SameSite: "Lax", Partition: true, Extensions: []string{"Priority=High"},
	}
	const want = "id=a3; Expires=Tue, 21 Oct 2031 07:28:00 GMT; Max-Age=0; Domain=example.com; Path=/x; SameSite=Lax; Secure; HttpOnly; Partitioned; Priority=High"
	if got, err := c.Serialize(); got != want || err != nil {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	for _, c := range []SetCookie{
		{},
		{Name: "a=b"},
		{Name: "a", Value: "b; Secure"},
		{Name: "a", Path: "/\n"},
		{Name: "a", Extensions: []string{"x;y"}},
	} {
		if got, err := c.Serialize(); err == nil {
			t.Errorf("%+v became %q", c, got)
		}
	}
}

func TestCookieDate(t *testing.T) {
	want := time.Date(2031, 10, 21, 7, 28, 5, 0, time.UTC)
	for _, s := range []string{
		"Tue, 21 Oct 2031 07:28:05 GMT", "Tuesday, 21-Oct-31 07:28:05 GMT", "Tue Oct 21 07:28:05 2031",
		"Tue, 21-October-2031 7:28:5 GMT+0100", "21 oct 31 07:28:05", "07:28:05x 21th OCTx 2031y",
	} {
		if got, ok := parseCookieDate(s); !ok || !got.Equal(want) {
			t.Errorf("%q = %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{
		"", "0", "Tue, 21 Oct 2031", "21 Oct 07:28:05", "31 Feb 2031 07:28:05", "21 Oct 1600 07:28:05", "21 Oct 2031 24:28:05",
		"21 Oct 2031 07:60:05", "21 Oct 2031 07:28:60", "21 Oct 2031 07:28", "21 Foo 2031 07:28:05", "21 Oct 20311 07:28:05", "0 Oct 2031 07:28:05",
		"21 Oct 2031 007:28:05",
	} {
		if got, ok := parseCookieDate(s); ok {
			t.Errorf("%q = %v", s, got)
		}
	}
	for s, year := range map[string]int{"1 jan 70 0:0:0": 1970, "1 jan 69 0:0:0": 2069, "1 jan 99 0:0:0": 1999, "1 jan 00 0:0:0": 2000} {
		if got, ok := parseCookieDate(s); !ok || got.Year() != year {
			t.Errorf("%q = %v, %v", s, got, ok)
		}
	}
}

func TestRewriteSetCookiePath(t *testing.T) {
	for _, tt := range []struct{ value, from, to, want string }{
		{"a=b; Path=/", "/", "/blog", "a=b; Path=/blog"},
		{"a=b; Path=/x", "/", "/blog", "a=b; Path=/blog/x"},
		{"a=b;path = /x/ ;Secure", "/", "/blog/", "a=b;path =/blog/x/;Secure"},
		{"a=b; Path=/v2", "/v2", "/docs", "a=b; Path=/docs"},
		{"a=b; Path=/v2/", "/v2", "/docs", "a=b; Path=/docs/"},
		{"a=b; Path=/v2/x", "/v2/", "/docs", "a=b; Path=/docs/x"},
		{"a=b; Path=/", "/v2", "/docs", "a=b; Path=/docs"},
		{"a=b; Path=/v20", "/v2", "/docs", "a=b; Path=/v20"},
		{"a=b; Path=/v2/x", "/v2", "/", "a=b; Path=/x"},
		{"a=b; Path=/v2", "/v2", "/", "a=b; Path=/"},
		{"a=b; Path=x", "/", "/blog", "a=b; Path=x"},
		{"a=b; Path", "/", "/blog", "a=b; Path"},
		{"a=b", "/", "/blog", "a=b"},
		{"a=b; Secure; x;", "/", "/blog", "a=b; Secure; x;"},
		{"Path=/x", "/", "/blog", "Path=/x"},
		{"__Host-a=b; Path=/; Secure", "/", "/blog", "__Host-a=b; Path=/; Secure"},
	} {
		if got := RewriteSetCookiePath(tt.value, tt.from, tt.to); got != tt.want {
			t.Errorf("%q from %q to %q: got %q, want %q", tt.value, tt.from, tt.to, got, tt.want)
		}
	}
}

func TestRemoveSetCookieDomain(t *testing.T) {
	for value, want := range map[string]string{
		"a=b; Domain=docs.example.com; Secure": "a=b; Secure",
		"a=b; Domain=.Example.COM":             "a=b",
		"a=b; Domain=":                         "a=b",
		"a=b; Domain=other.com":                "a=b; Domain=other.com",
		"a=b; Domain=xample.com":               "a=b; Domain=xample.com",
		"a=b; Domain=x.docs.example.com":       "a=b; Domain=x.docs.example.com",
	} {
		if got := RemoveSetCookieDomain(value, "docs.example.com"); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func FuzzCookie(f *testing.F) {
	for _, s := range []string{"a=b; Path=/", "=;;=", "a; Max-Age=-; Domain=.", "a=b; Expires=1 jan 70 0:0:0; SameSite=Lax", "__Host-x=1; path=/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		req := NewHeader("Cookie", value)
		for name, v := range Cookies(&req) {
			if strings.Contains(name+v, ";") || strings.Contains(name, "=") {
				t.Fatalf("%q has the cookie %q=%q", value, name, v)
			}
		}
		moved := RewriteSetCookiePath(value, "/v2", "/docs")
		if strings.Count(moved, ";") != strings.Count(value, ";") {
			t.Fatalf("%q moved to %q", value, moved)
		}
		RemoveSetCookieDomain(value, "docs.example.com")
		c, ok := ParseSetCookie(value)
		if !ok {
			return
		}
		again, err := c.Serialize()
		if err != nil {
			t.Fatalf("%q: %+v: %v", value, c, err)
		}
		if back, ok := ParseSetCookie(again); c.Name != "" && (!ok || !reflect.DeepEqual(back, c)) {
			t.Fatalf("%q: %+v became %q: %+v", value, c, again, back)
		}
	})
}
