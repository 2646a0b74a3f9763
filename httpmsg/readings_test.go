package httpmsg

import (
	"slices"
	"strings"
	"testing"
)

func TestReadings(t *testing.T) {
	for path, want := range map[string]string{
		"/":                 "",
		"/a/b.c/":           "",
		"/a%2fb":            "", // not in normal form
		"/a%252Fb":          "",
		"//a":               "/a",
		"/a//b///c":         "/a/b/c",
		"/a%2Fb":            "/a/b",
		"/%2Fa":             "//a /a",
		"/a;v=1/b;":         "/a/b",
		"/;x/a":             "//a /a",
		"/a;x%2Fb":          "/a /a/b /a;x/b",
		"/a%2Fb;x%2Fc":      "/a%2Fb /a/b /a/b/c /a/b;x/c",
		"//a%2F/b;x":        "/a%2F/b /a%2F/b;x /a/b /a/b;x //a%2F/b //a//b //a//b;x",
		"/i/https://x.test": "/i/https:/x.test",
	} {
		got := slices.Compact(slices.Sorted(Readings(path)))
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s is also read as %q, want %q", path, got, wanted)
		}
	}
	if allocated := testing.AllocsPerRun(100, func() {
		for range Readings("/a/b/c") {
			t.Error("a path with one meaning is read in another way")
		}
	}); allocated > 0 {
		t.Errorf("a path with one meaning allocates %v times", allocated)
	}
}

func FuzzReadings(f *testing.F) {
	for _, s := range []string{"/a//b", "/a%2Fb;x/c", "/;%2F;", "/%2F%2F..a;/", "/a;..", "/...;%2F"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		normal, err := NormalPath(path)
		if err != nil {
			return
		}
		for reading := range Readings(normal) {
			if reading == normal {
				t.Fatalf("%q is read as itself", normal)
			}
			// Dot segments would lead out of what the route of the path is about.
			if again, err := NormalPath(reading); err != nil || again != reading {
				t.Fatalf("%q is read as %q, whose normal form is %q, %v", normal, reading, again, err)
			}
		}
	})
}
