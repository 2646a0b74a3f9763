package static_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/static"
)

var modified = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// content is a site, with a file that is read in pieces.
func content() map[string]string {
	return map[string]string{
		"index.html": "home", "404.html": "lost", "app.js": "plain", "app.js.br": "brotli", "app.js.gz": "gzip!",
		"docs/index.html": "docs", "docs/about.html": "about", "docs.html": "never", "docs/a b.txt": "0123456789", "ü.css": "x", "empty.txt": "", "big.bin": strings.Repeat("0123456789abcdef", 1<<16),
		".env": "secret", "docs/.git/config": "secret", ".well-known/security.txt": "mail", "noext": "?",
	}
}

// sources are both kinds of source, of the same files.
func sources(t *testing.T) map[string]static.Source {
	t.Helper()
	dir := t.TempDir()
	var files []hedge.File
	for name, text := range content() {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chtimes(path, modified, modified)); err != nil {
			t.Fatal(err)
		}
		files = append(files, hedge.File{Path: name, Size: int64(len(text)), SHA256: sha256.Sum256([]byte(text)), Modified: modified, Content: strings.NewReader(text)})
	}
	live, err := static.Live(dir)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]static.Source{"packed": static.Packed(files), "live": live}
}

// each runs a test on a handler of each source.
func each(t *testing.T, spec hedge.Static, test func(t *testing.T, ask asker)) {
	for name, source := range sources(t) {
		t.Run(name, func(t *testing.T) {
			h := static.New(source, spec, func() time.Time { return modified.Add(time.Hour) })
			test(t, func(method, target string, fields ...string) (*httpmsg.Response, string) {
				t.Helper()
				res, err := h.RoundTrip(context.Background(), &httpmsg.Request{Method: method, Target: target, Header: httpmsg.NewHeader(fields...)})
				if err != nil {
					return &httpmsg.Response{Status: -1}, string(hedge.OutcomeOf(err))
				}
				if res.Body == nil {
					return res, ""
				}
				body, err := io.ReadAll(res.Body)
				if err = errors.Join(err, res.Body.Close()); err != nil {
					t.Error(err)
				}
				if int64(len(body)) != res.ContentLength {
					t.Errorf("%s %s: %d bytes and the length %d", method, target, len(body), res.ContentLength)
				}
				return res, string(body)
			})
		})
	}
}

type asker func(method, target string, fields ...string) (*httpmsg.Response, string)

func TestPaths(t *testing.T) {
	each(t, hedge.Static{Folder: "public"}, func(t *testing.T, ask asker) {
		for _, c := range []struct{ method, target, want, kind string }{
			{"GET", "/", "200 home", "text/html; charset=utf-8"},
			{"GET", "/index.html?x", "200 home", "text/html; charset=utf-8"},
			{"HEAD", "/", "200 ", "text/html; charset=utf-8"},
			{"GET", "/docs/", "200 docs", "text/html; charset=utf-8"},
			{"GET", "/docs?x", "307 ./docs/?x", ""},
			{"GET", "/docs/about", "200 about", "text/html; charset=utf-8"},
			{"GET", "/docs/about/", "-1 no-route", ""},
			{"GET", "/docs/a%20b.txt", "200 0123456789", "text/plain; charset=utf-8"},
			{"GET", "/%C3%BC.css", "200 x", "text/css; charset=utf-8"},
			{"GET", "/noext", "200 ?", "application/octet-stream"},
			{"GET", "/empty.txt", "200 ", "text/plain; charset=utf-8"},
			{"GET", "/.well-known/security.txt", "200 mail", "text/plain; charset=utf-8"},
			{"GET", "/app.js.br", "200 brotli", "application/octet-stream"},
			{"GET", "/app.js/", "-1 no-route", ""},
			{"GET", "/docs/x", "-1 no-route", ""},
			{"GET", "/.env", "-1 no-route", ""},
			{"GET", "/docs/.git/config", "-1 no-route", ""},
			{"GET", "/docs/.well-known/x", "-1 no-route", ""},
			{"GET", "/docs//a%20b.txt", "-1 no-route", ""},
			{"GET", "//docs/", "-1 no-route", ""},
			{"GET", "/docs%2Fa%20b.txt", "-1 no-route", ""},
			{"GET", "/docs/../../static_test.go", "-1 no-route", ""},
			{"GET", "/..%2F", "-1 bad-request", ""},
			{"GET", "/a%00", "-1 bad-request", ""},
			{"GET", "/" + strings.Repeat("a", 4096), "-1 no-route", ""},
			{"POST", "/", "405 Files can be asked for with GET and HEAD alone.\n", "text/plain; charset=utf-8"},
			{"OPTIONS", "/", "204 ", ""},
		} {
			res, body := ask(c.method, c.target)
			if res.Status == 307 {
				body = res.Header.Get("Location")
			}
			if got := fmt.Sprintf("%d %s", res.Status, body); got != c.want || res.Header.Get("Content-Type") != c.kind {
				t.Errorf("%s %s: got %q of the type %q, want %q", c.method, c.target, got, res.Header.Get("Content-Type"), c.want)
			}
		}
		if res, _ := ask("HEAD", "/docs/a%20b.txt"); res.ContentLength != 10 {
			t.Errorf("HEAD tells of %d bytes", res.ContentLength)
		}
		if res, body := ask("GET", "/big.bin"); res.Status != 200 || body != content()["big.bin"] {
			t.Errorf("the large file is not what it was: %d, %d bytes", res.Status, len(body))
		}
	})
}

func TestMissing(t *testing.T) {
	each(t, hedge.Static{Folder: "public", Fallback: "index.html", NotFound: "404.html", Dotfiles: true}, func(t *testing.T, ask asker) {
		for target, want := range map[string]string{
			"/a/b": "200 home", "/a/b/": "200 home", "/a.js": "404 lost", "/.env": "200 secret", "/docs/.git/config": "200 secret", "//": "200 home",
		} {
			if res, body := ask("GET", target); fmt.Sprintf("%d %s", res.Status, body) != want {
				t.Errorf("%s: got %d %q, want %q", target, res.Status, body, want)
			}
		}
		if res, body := ask("GET", "/a.js", "Range", "bytes=0-1", "If-None-Match", "*"); res.Status != 404 || body != "lost" {
			t.Errorf("the page of what is missing depends on conditions: %d %q", res.Status, body)
		}
	})
}

func TestConditions(t *testing.T) {
	each(t, hedge.Static{}, func(t *testing.T, ask asker) {
		first, _ := ask("GET", "/docs/a%20b.txt")
		tag := first.Header.Get("ETag")
		if sum := sha256.Sum256([]byte("0123456789")); tag != fmt.Sprintf(`"%x"`, sum[:16]) || first.Header.Get("Last-Modified") != "Fri, 02 Jan 2026 03:04:05 GMT" {
			t.Errorf("the validators are %v", first.Header)
		}
		for _, c := range []struct {
			want   string
			fields []string
		}{
			{"304 ", []string{"If-None-Match", tag}},
			{"304 ", []string{"If-None-Match", `"x", W/` + tag}},
			{"200 0123456789", []string{"If-None-Match", `"x"`}},
			{"304 ", []string{"If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"}},
			{"200 0123456789", []string{"If-Modified-Since", "Fri, 02 Jan 2026 03:04:04 GMT"}},
			{"200 0123456789", []string{"If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT", "If-None-Match", `"x"`}},
			{"412 ", []string{"If-Match", `"x"`}},
			{"200 0123456789", []string{"If-Match", tag}},
			{"412 ", []string{"If-Unmodified-Since", "Fri, 02 Jan 2026 03:04:04 GMT"}},
			{"206 234", []string{"Range", "bytes=2-4"}},
			{"206 89", []string{"Range", "bytes=-2"}},
			{"206 56789", []string{"Range", "bytes=5-"}},
			{"206 0123", []string{"Range", "bytes=0-1,2-3"}},
			{"416 ", []string{"Range", "bytes=10-"}},
			{"200 0123456789", []string{"Range", "lines=1-2"}},
			{"200 0123456789", []string{"Range", "bytes=4-2"}},
			{"206 234", []string{"Range", "bytes=2-4", "If-Range", tag}},
			{"200 0123456789", []string{"Range", "bytes=2-4", "If-Range", `"x"`}},
			{"200 0123456789", []string{"Range", "bytes=2-4", "If-Range", "W/" + tag}},
			{"206 234", []string{"Range", "bytes=2-4", "If-Range", "Fri, 02 Jan 2026 03:04:05 GMT"}},
			{"304 ", []string{"Range", "bytes=2-4", "If-None-Match", tag}},
		} {
			res, body := ask("GET", "/docs/a%20b.txt", c.fields...)
			if got := fmt.Sprintf("%d %s", res.Status, body); got != c.want || res.Header.Get("ETag") != tag {
				t.Errorf("%q: got %q with %v, want %q", c.fields, got, res.Header, c.want)
			}
		}
		if res, _ := ask("GET", "/docs/a%20b.txt", "Range", "bytes=2-4"); res.Header.Get("Content-Range") != "bytes 2-4/10" {
			t.Errorf("the range is %q", res.Header.Get("Content-Range"))
		}
		if res, _ := ask("GET", "/docs/a%20b.txt", "Range", "bytes=20-"); res.Header.Get("Content-Range") != "bytes */10" {
			t.Errorf("the range is %q", res.Header.Get("Content-Range"))
		}
		if res, _ := ask("HEAD", "/docs/a%20b.txt", "Range", "bytes=2-4"); res.Status != 200 || res.ContentLength != 10 {
			t.Errorf("HEAD heeds a range: %d, %d bytes", res.Status, res.ContentLength)
		}
	})
}

func TestMultipleRanges(t *testing.T) {
	each(t, hedge.Static{}, func(t *testing.T, ask asker) {
		res, body := ask("GET", "/big.bin", "Range", "bytes=0-1,16-19,-3")
		kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/byteranges" || res.Status != 206 || res.Header.Has("Content-Range") {
			t.Fatalf("%d %v", res.Status, res.Header)
		}
		parts := multipart.NewReader(strings.NewReader(body), params["boundary"])
		for _, want := range []string{"bytes 0-1/1048576 01", "bytes 16-19/1048576 0123", "bytes 1048573-1048575/1048576 def"} {
			part, err := parts.NextPart()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(part)
			if got := part.Header.Get("Content-Range") + " " + string(text); got != want || err != nil || part.Header.Get("Content-Type") != "application/octet-stream" {
				t.Errorf("got the part %q, want %q (%v)", got, want, err)
			}
		}
		if _, err := parts.NextPart(); err != io.EOF {
			t.Errorf("behind the last part: %v", err)
		}
	})
}

func TestVariants(t *testing.T) {
	each(t, hedge.Static{}, func(t *testing.T, ask asker) {
		tags := map[string]bool{}
		for _, c := range []struct{ accept, want string }{
			{"gzip, br, zstd", "brotli br"}, {"gzip", "gzip! gzip"}, {"zstd", "plain "}, {"br;q=0.5, gzip", "gzip! gzip"}, {"identity;q=0", "plain "}, {"br;q=0, *", "gzip! gzip"},
		} {
			res, body := ask("GET", "/app.js", "Accept-Encoding", c.accept)
			if got := body + " " + res.Header.Get("Content-Encoding"); got != c.want || res.Header.Get("Vary") != "Accept-Encoding" || res.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
				t.Errorf("%s: got %q with %v, want %q", c.accept, got, res.Header, c.want)
			}
			tags[res.Header.Get("ETag")] = true
		}
		if len(tags) != 3 {
			t.Errorf("three variants have the tags %v", tags)
		}
		if res, body := ask("GET", "/app.js", "Accept-Encoding", "br", "Range", "bytes=1-2"); body != "ro" || res.Header.Get("Content-Encoding") != "br" {
			t.Errorf("a range of a variant: %q %v", body, res.Header)
		}
		if res, body := ask("GET", "/app.js"); body != "plain" || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("without Accept-Encoding: %q %v", body, res.Header)
		}
		if res, _ := ask("GET", "/index.html", "Accept-Encoding", "br"); res.Header.Has("Vary") {
			t.Errorf("a file without variants varies: %v", res.Header)
		}
	})
}

// A link may lead to another file of the folder, and to nothing outside.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	root := filepath.Join(dir, "public")
	if err := errors.Join(os.Mkdir(root, 0o755), os.WriteFile(outside, []byte("secret"), 0o644), os.WriteFile(root+"/a", []byte("a"), 0o644),
		os.Symlink("a", root+"/in"), os.Symlink(outside, root+"/out"), os.Symlink("../../"+filepath.Base(filepath.Dir(outside))+"/secret", root+"/up"),
		os.Symlink(filepath.Dir(outside), root+"/folder"), os.Symlink("loop", root+"/loop")); err != nil {
		t.Fatal(err)
	}
	source, err := static.Live(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out", "up", "folder/secret", "loop", "../secret", "/" + outside, ".", ""} {
		if _, err := source.Open(name); !errors.Is(err, fs.ErrNotExist) || source.Has(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := source.Open("in")
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
}

// A file that changes on disk is served as it is, under another tag.
func TestLiveChanges(t *testing.T) {
	root := t.TempDir()
	source, err := static.Live(root)
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]bool{}
	for i, text := range []string{"one", "two", "three"} {
		if err := errors.Join(os.WriteFile(root+"/a", []byte(text), 0o644), os.Chtimes(root+"/a", modified, modified.Add(time.Duration(i)))); err != nil {
			t.Fatal(err)
		}
		h := static.New(source, hedge.Static{}, time.Now)
		res, err := h.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Target: "/a"})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if tags[res.Header.Get("ETag")] = true; !bytes.Equal(body, []byte(text)) {
			t.Errorf("got %q, want %q", body, text)
		}
	}
	if len(tags) != 3 {
		t.Errorf("three contents have the tags %v", tags)
	}
}

// FuzzPath asks for anything: only files of the folder may answer.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"/", "/docs/../.env", "/%2e%2e/x", "/a%2fb", "/.well-known/x", "/docs/.git/config"} {
		f.Add(path)
	}
	var files []hedge.File
	for name, text := range content() {
		files = append(files, hedge.File{Path: name, Size: int64(len(text)), Content: strings.NewReader(text)})
	}
	h := static.New(static.Packed(files), hedge.Static{}, time.Now)
	f.Fuzz(func(t *testing.T, path string) {
		res, err := h.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Target: path})
		if err != nil || res.Body == nil {
			return
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) == "secret" {
			t.Errorf("%q: %q %v", path, body, err)
		}
	})
}

// A build may make the folder anew.
func TestFolderIsMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	fill := func(text string) {
		t.Helper()
		if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "a.txt"), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	fill("one")
	source, err := static.Live(dir)
	if err != nil {
		t.Fatal(err)
	}
	h := static.New(source, hedge.Static{Folder: "public"}, time.Now)
	ask := func() string {
		res, err := h.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Target: "/a.txt"})
		if err != nil {
			return string(hedge.OutcomeOf(err))
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			t.Error(err)
		}
		return string(body)
	}
	if got := ask(); got != "one" {
		t.Error(got)
	}
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != string(hedge.OutcomeNoRoute) {
		t.Error(got)
	}
	fill("two")
	if got := ask(); got != "two" {
		t.Error(got)
	}
}

// A large file on disk is not read as a whole before its first byte, and its tag is weak.
func TestLargeFileIsNotHashed(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large"))
	if err = errors.Join(err, f.Truncate(1<<36), f.Close()); err != nil { // which takes no space
		t.Fatal(err)
	}
	source, err := static.Live(dir)
	if err != nil {
		t.Fatal(err)
	}
	h := static.New(source, hedge.Static{Folder: "public"}, time.Now)
	ask := func(fields ...string) *httpmsg.Response {
		t.Helper()
		res, err := h.RoundTrip(t.Context(), &httpmsg.Request{Method: "GET", Target: "/large", Header: httpmsg.NewHeader(fields...)})
		if err != nil {
			t.Fatal(err)
		}
		if res.Body != nil {
			_ = res.Body.Close()
		}
		return res
	}
	res := ask()
	tag := res.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("the tag is %s", tag)
	}
	if res := ask("If-None-Match", tag); res.Status != 304 {
		t.Errorf("the same file: %d", res.Status)
	}
	if res := ask("Range", "bytes=0-9"); res.Status != 206 {
		t.Errorf("a range: %d", res.Status)
	}
	if res := ask("Range", "bytes=0-9", "If-Range", tag); res.Status != 200 {
		t.Errorf("a range of what may have changed: %d", res.Status)
	}
	if err := os.Chtimes(filepath.Join(dir, "large"), modified, modified); err != nil {
		t.Fatal(err)
	}
	if res := ask("If-None-Match", tag); res.Status != 200 {
		t.Errorf("another file: %d", res.Status)
	}
}
