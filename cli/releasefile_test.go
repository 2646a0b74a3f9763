package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// site makes the release file of an app that is one folder, all of whose files have a text.
func site(t *testing.T, text string) string {
	t.Helper()
	dir := newApp(t, map[string]string{
		"hedge.toml":    "name = \"site\"\n[[route]]\nmatch = \"/*\"\nto = \"dir:www\"\n",
		"www/.nojekyll": "", "www/0.css": "", "www/a.txt": text,
		"www/big.txt": strings.Repeat(text, 100_000),
	})
	out := filepath.Join(t.TempDir(), "site.hedge")
	if code, _, stderr := run(t, "build", dir, "-o", out); code != 0 {
		t.Fatal(stderr)
	}
	return out
}

// A release file that is written over, as cp and scp do, has other files at the same places.
func TestReleaseFileIsWrittenOver(t *testing.T) {
	release := site(t, "one")
	p := start(t, "serve", release, "--listen", "127.0.0.1:0")
	url := p.url()
	wantGet(t, url+"/a.txt", 200, "one")
	overwrite := func(from string) {
		t.Helper()
		content, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(release, content, 0o644))
		later := time.Now().Add(time.Hour) // whatever the resolution of the file system's clock
		must(t, os.Chtimes(release, later, later))
	}
	overwrite(site(t, "two"))
	for _, name := range []string{"/a.txt", "/big.txt"} {
		if status, body := get(t, url+name); status != 500 || strings.Contains(body, "two") {
			t.Errorf("%s: %d %.100q", name, status, body)
		}
		p.await(`something has been written to \S+site.hedge while it was in use: reload`)
	}
	p.control <- syscall.SIGHUP
	p.await(`reloaded`)
	wantGet(t, url+"/a.txt", 200, "two")
	overwrite(site(t, "two")) // the same release, which a reload takes up as well
	if status, _ := get(t, url+"/a.txt"); status != http.StatusInternalServerError {
		t.Errorf("the status is %d", status)
	}
	p.control <- syscall.SIGHUP
	p.await(`reloaded`)
	wantGet(t, url+"/a.txt", 200, "two")
}

// A release file that is replaced is served as it was until a reload.
func TestReleaseFileIsReplaced(t *testing.T) {
	release := site(t, "one")
	p := start(t, "serve", release, "--listen", "127.0.0.1:0")
	url := p.url()
	must(t, os.Rename(site(t, "two"), release))
	wantGet(t, url+"/a.txt", 200, "one")
	p.control <- syscall.SIGHUP
	p.await(`reloaded`)
	wantGet(t, url+"/a.txt", 200, "two")
}
