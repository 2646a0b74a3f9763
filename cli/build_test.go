package cli

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"hedge/bundle"
)

// wantRelease reads a release file.
func wantRelease(t *testing.T, data []byte) {
	t.Helper()
	if r, err := bundle.ReadRelease(bytes.NewReader(data), int64(len(data))); err != nil || r.Name != "shop" {
		t.Errorf("no release: %v", err)
	}
}

// What is no file is written into, and stays what it is.
func TestBuildIntoPipe(t *testing.T) {
	app, pipe := appFor(t, "shop", ""), filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(pipe, link))
	for _, out := range []string{pipe, link} {
		read := make(chan []byte, 1)
		go func() {
			data, _ := os.ReadFile(pipe)
			read <- data
		}()
		if code, _, stderr := run(t, "build", app, "-o", out); code != 0 {
			t.Fatal(stderr)
		}
		if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
			t.Fatalf("the pipe is gone: %v, %v", info, err)
		}
		wantRelease(t, <-read)
	}
}

// A link keeps leading where it did, whether there is a file yet or not.
func TestBuildBehindLink(t *testing.T) {
	app, dir := appFor(t, "shop", ""), t.TempDir()
	link, file := filepath.Join(dir, "current.hedge"), filepath.Join(dir, "releases", "1.hedge")
	must(t, os.Mkdir(filepath.Dir(file), 0o755))
	must(t, os.Symlink("releases/1.hedge", link))
	for range 2 {
		if code, _, stderr := run(t, "build", app, "-o", link); code != 0 {
			t.Fatal(stderr)
		}
		if to, err := os.Readlink(link); err != nil || to != "releases/1.hedge" {
			t.Fatalf("the link leads to %q, %v", to, err)
		}
		data, err := os.ReadFile(file)
		must(t, err)
		wantRelease(t, data)
	}
}

func TestBuildIntoFolder(t *testing.T) {
	dir := t.TempDir()
	if code, _, _ := run(t, "build", appFor(t, "shop", ""), "-o", dir); code == 0 {
		t.Error("a folder is no place for a release")
	}
}
