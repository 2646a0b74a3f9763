package httpmsg

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hedge"
)

func TestNormalPath(t *testing.T) {
	for path, want := range map[string]string{
		"":                     "/",
		"/":                    "/",
		"/a/b":                 "/a/b",
		"/a/":                  "/a/",
		"/%7Euser/%41":         "/~user/A",
		"/%e4%bd":              "/%E4%BD",
		"/é":                   "/%C3%A9",
		`/a"b<c>[d]|`:          "/a%22b%3Cc%3E%5Bd%5D%7C",
		"/a%20b%3f%23":         "/a%20b%3F%23",
		"/a/./b":               "/a/b",
		"/a/../b":              "/b",
		"/a/b/..":              "/a/",
		"/a/.":                 "/a/",
		"/..":                  "/",
		"/../../x":             "/x",
		"/a/%2e%2E/b":          "/b",
		"/a/.%2e/b":            "/b",
		"/a//b":                "/a//b",
		"/a//../b":             "/a/b",
		"//":                   "//",
		"/.//x":                "//x",
		"/a/b/c/./../../g":     "/a/g",
		"/.well-known/x":       "/.well-known/x",
		"/...":                 "/...",
		"/a..b/.c":             "/a..b/.c",
		"/a%2fb":               "/a%2Fb",
		"/a%252e%252e/b":       "/a%252e%252e/b",
		"/i/https://x.example": "/i/https://x.example",
		"/a;v=1/b":             "/a;v=1/b",
		"/a;..":                "/a;..",
	} {
		got, err := NormalPath(path)
		if err != nil || got != want {
			t.Errorf("NormalPath(%q) = %q, %v; want %q", path, got, err, want)
		}
	}
}

func TestNormalPathRefuses(t *testing.T) {
	for _, path := range []string{
		"a", "*", "http://x/", "/a\\b", "/a%5cb", "/a\x00", "/%00", "/a\nb", "/%0d%0A", "/\x7f", "/%7f",
		"/a b", "/a?b", "/a#b", "/%", "/%4", "/%zz", "/100%/x",
		"/a/..%2fb", "/a/%2F..", "/a/x%2f../b", "/a/.%2fb", "/a/..;/b", "/a/%2e%2e;x=1/b", "/a/.;/b", "/a/x%2F..;y",
	} {
		got, err := NormalPath(path)
		if err == nil || hedge.OutcomeOf(err) != hedge.OutcomeBadRequest {
			t.Errorf("NormalPath(%q) = %q, %v; want an error of outcome bad-request", path, got, err)
		}
	}
}

func TestNormalTarget(t *testing.T) {
	for target, want := range map[string]string{
		"*":              "*",
		"/a?b=%7e/../c":  "/a?b=%7e/../c",
		"/a/../b?c":      "/b?c",
		"/a/../b?":       "/b?",
		"/a?é":           "/a?é",
		"/a?x y":         "",
		"/a?x#y":         "",
		"/a?x\ny":        "",
		"/a\\?b":         "",
		"http://x.org/a": "",
	} {
		got, err := NormalTarget(target)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("NormalTarget(%q) = %q, %v; want %q", target, got, err, want)
		}
	}
}

func TestPrefixSegment(t *testing.T) {
	for _, tt := range []struct {
		path, prefix, rest string
		want               bool
	}{
		{"/a", "/a", "/", true},
		{"/a/", "/a", "/", true},
		{"/a/b", "/a", "/b", true},
		{"/ab", "/a", "/ab", false},
		{"/", "/a", "/", false},
		{"/a/b", "/a/", "/b", true},
		{"/a/", "/a/", "/", true},
		{"/a", "/a/", "/a", false},
		{"/a", "/", "/a", true},
		{"/a", "", "/a", true},
		{"/a//b", "/a", "//b", true},
	} {
		rest, ok := CutPrefixSegment(tt.path, tt.prefix)
		if ok != tt.want || rest != tt.rest || HasPrefixSegment(tt.path, tt.prefix) != tt.want {
			t.Errorf("%q below %q: %v, rest %q; want %v, %q", tt.path, tt.prefix, ok, rest, tt.want, tt.rest)
		}
	}
}

func FuzzNormalPath(f *testing.F) {
	for _, s := range []string{"/", "/a/../b", "/%2e%2e/%2f", "/a//./b", "/..;/x", "/é[", "/%zz", "/.%2e", "/a%2F.", "//..//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once, err := NormalPath(path)
		if err != nil {
			return
		}
		if twice, err := NormalPath(once); err != nil || twice != once {
			t.Fatalf("NormalPath(%q) = %q, and again %q, %v", path, once, twice, err)
		}
		if once[0] != '/' || strings.ContainsAny(once, "\\?# ") {
			t.Fatalf("NormalPath(%q) = %q", path, once)
		}
		if plain := plainNormalPath(path); once != plain {
			t.Fatalf("NormalPath(%q) = %q, and by RFC 3986 word by word it is %q", path, once, plain)
		}
		if theirs, err := url.ParseRequestURI(once); err != nil || theirs.EscapedPath() != once && !strings.HasPrefix(once, "//") {
			t.Fatalf("NormalPath(%q) = %q, of which net/url makes %v (%v)", path, once, theirs, err)
		}
		for segment := range strings.SplitSeq(strings.ReplaceAll(once, "%2F", "/"), "/") {
			segment, _, _ = strings.Cut(segment, ";")
			if segment == "." || segment == ".." {
				t.Fatalf("NormalPath(%q) = %q has a dot segment", path, once)
			}
		}
	})
}

// plainNormalPath is RFC 3986 §6.2.2 and §5.2.4 word by word, for paths that are not
// refused.
func plainNormalPath(path string) string {
	path = regexp.MustCompile("%[0-9A-Fa-f]{2}").ReplaceAllStringFunc(path, func(escape string) string {
		c, _ := strconv.ParseUint(escape[1:], 16, 8)
		if strings.IndexByte("-._~", byte(c)) >= 0 || regexp.MustCompile("^[0-9A-Za-z]$").Match([]byte{byte(c)}) {
			return string(rune(c))
		}
		return strings.ToUpper(escape)
	})
	var in strings.Builder
	for i := range len(path) {
		if c := path[i]; c > 126 || strings.IndexByte("\"<>^`{|}[]", c) >= 0 {
			in.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c), 16)))
		} else {
			in.WriteByte(c)
		}
	}
	return plainRemoveDots(in.String())
}

func plainRemoveDots(in string) (out string) {
	if in == "" {
		return "/" // RFC 9110 §4.2.3
	}
	up := func() { out = out[:max(strings.LastIndex(out, "/"), 0)] }
	for in != "" {
		switch {
		case strings.HasPrefix(in, "/./"):
			in = in[2:]
		case in == "/.":
			in = "/"
		case strings.HasPrefix(in, "/../"):
			in = in[3:]
			up()
		case in == "/..":
			in = "/"
			up()
		default:
			end := len(in)
			if i := strings.Index(in[1:], "/"); i >= 0 {
				end = i + 1
			}
			out, in = out+in[:end], in[end:]
		}
	}
	return out
}

func BenchmarkNormalPath(b *testing.B) {
	for name, path := range map[string]string{
		"normal": "/assets/images/2024/summer/photo-1234.jpg",
		"dots":   "/assets/images/../images/%7Esummer/./photo-1234.jpg",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NormalPath(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
