package bundle

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const siteConfig = "name = \"site\"\n[[route]]\nmatch = \"/*\"\nto = \"dir:public\"\n"

func TestPack(t *testing.T) {
	files := []archiveFile{
		{"hedge.toml", siteConfig},
		{"public/index.html", "home"},
		{"public/css/a.css", "a {}"},
		{"public/.env", "secret"},
		{"public/.git/config", "secret"},
		{"public/.well-known/security.txt", "mail"},
		{"secret.txt", "secret"},
	}
	dir := writeApp(t, files)
	if err := os.Symlink("css/a.css", filepath.Join(dir, "public/link.css")); err != nil {
		t.Fatal(err)
	}
	r, _, err := Build(t.Context(), Options{Dir: dir, Pack: true})
	if err != nil {
		t.Fatal(err)
	}
	again, err := read(write(t, r))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range again.Folders["public"].Files {
		names = append(names, f.Path)
		var content [4]byte
		if _, err := f.Content.ReadAt(content[:], 0); err != nil || bytes.Equal(content[:], []byte("secr")) || f.Modified.IsZero() {
			t.Errorf("%s has %q, of %v (%v)", f.Path, content, f.Modified, err)
		}
	}
	if diff := cmp.Diff([]string{".well-known/security.txt", "css/a.css", "index.html", "link.css"}, names); diff != "" {
		t.Error(diff)
	}

	t.Run("the ID depends on content alone", func(t *testing.T) {
		other := writeApp(t, append(files, archiveFile{"public/link.css", "a {}"}))
		o, _, err := Build(t.Context(), Options{Dir: other, Pack: true})
		if err != nil || o.ID != r.ID {
			t.Errorf("%v, or the IDs differ", err)
		}
		writeFile(t, filepath.Join(other, "public/index.html"), "Home")
		if o, _, err = Build(t.Context(), Options{Dir: other, Pack: true}); err != nil || o.ID == r.ID {
			t.Errorf("%v, or another content has the same ID", err)
		}
	})
	t.Run("a file that changes", func(t *testing.T) {
		writeFile(t, filepath.Join(dir, "public/index.html"), "hose")
		if err := WriteRelease(&bytes.Buffer{}, r); err == nil || !strings.Contains(err.Error(), "index.html has changed") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("not packed", func(t *testing.T) {
		live, _, err := Build(t.Context(), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteRelease(&bytes.Buffer{}, live); err == nil || !strings.Contains(err.Error(), "has not been packed") {
			t.Errorf("error %v", err)
		}
	})
}

func TestPackRefusesLinksOut(t *testing.T) {
	for name, target := range map[string]string{"a file": "../secret.txt", "a folder": "css", "nothing": "nothing", "absolute": "/etc/passwd"} {
		t.Run(name, func(t *testing.T) {
			dir := writeApp(t, []archiveFile{{"hedge.toml", siteConfig}, {"public/css/a.css", ""}, {"secret.txt", ""}})
			if err := os.Symlink(target, filepath.Join(dir, "public/link")); err != nil {
				t.Fatal(err)
			}
			_, _, err := Build(t.Context(), Options{Dir: dir, Pack: true})
			var wrong *BuildError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "public/link: it is no file, or a link") {
				t.Errorf("error %v", err)
			}
		})
	}
	dir := writeApp(t, []archiveFile{{"hedge.toml", siteConfig}})
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "public")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Build(t.Context(), Options{Dir: dir, Pack: true}); err == nil || !strings.Contains(err.Error(), "a link leads out of it") {
		t.Errorf("error %v", err)
	}
}
