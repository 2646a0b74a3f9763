package node

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"hedge"
)

// A folder that is asked for without its slash leads to where it is shown, whatever its
// route makes of the path.
func TestFoldersBelowRoutes(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sub", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sub/index.html", "sub/deep/index.html"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files := &hedge.Static{Folder: "public"}
	r := start(t, Config{}, nil, &hedge.Release{
		Name: "site", Folders: map[string]hedge.Folder{"public": {Root: dir}},
		Routes: []hedge.Route{
			{Path: "/", Static: files},
			{Path: "/rw", Static: files, Rewrite: "/sub"},
			{Path: "/strip", Static: files, StripPrefix: true},
		},
	})
	for path, want := range map[string]string{
		"/sub": "/sub/", "/sub/deep": "/sub/deep/", "/rw": "/rw/", "/rw?a=b": "/rw/?a=b", "/rw/deep": "/rw/deep/", "/strip": "/strip/", "/strip/sub": "/strip/sub/",
	} {
		res, _, err := r.get(t, path)
		if err != nil {
			t.Fatal(err)
		}
		location, err := res.Location() // as a browser takes it
		if err != nil || res.StatusCode != 307 || location.RequestURI() != want {
			t.Errorf("%s: got %v, %v, want %s", path, location, err, want)
		}
	}
}

// A large file leaves in pieces, whole or a range of it, packed and as it is on disk.
func TestLargeFile(t *testing.T) {
	const size = 64 << 20
	dir := t.TempDir()
	text := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	if err := os.WriteFile(filepath.Join(dir, "big.bin"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "big.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	folders := map[string]hedge.Folder{
		"packed": {Files: []hedge.File{{Path: "packed/big.bin", Size: size, SHA256: sha256.Sum256(text), Content: f}}},
		"live":   {Root: dir},
	}
	text = nil
	r := start(t, Config{}, nil, &hedge.Release{
		Name: "site", Folders: folders,
		Routes: []hedge.Route{
			{Path: "/packed", Static: &hedge.Static{Folder: "packed"}},
			{Path: "/live", Static: &hedge.Static{Folder: "live"}, StripPrefix: true},
		},
	})
	for _, name := range []string{"packed", "live"} {
		t.Run(name, func(t *testing.T) {
			for _, fields := range []string{"", "bytes=16-", "bytes=0-33554431,33554448-"} {
				req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+r.addr+"/"+name+"/big.bin", nil)
				if err != nil {
					t.Fatal(err)
				}
				if fields != "" {
					req.Header.Set("Range", fields)
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				runtime.ReadMemStats(&after)
				if n != res.ContentLength || err != nil || n < size-16 {
					t.Errorf("%q: %d bytes of %d, %v", fields, n, res.ContentLength, err)
				}
				if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 8<<20 {
					t.Errorf("%q: allocated %d KiB for %d", fields, grown>>10, n>>10)
				}
				if a := <-r.access; a.Step != "dir:"+name || a.Bytes != n || a.Outcome != "" {
					t.Errorf("got the record %+v", a)
				}
			}
		})
	}
	if res, body, err := r.get(t, "/live/none"); err != nil || res.StatusCode != 404 {
		t.Errorf("a file that is not there: %v %q %v", res, body, err)
	}
	if a := <-r.access; fmt.Sprint(a.Outcome, a.Step) != "no-routedir:live" {
		t.Errorf("got the record %+v", a)
	}
}
