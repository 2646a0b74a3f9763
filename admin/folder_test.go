package admin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	made := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mine := made("mine", 0o700)
	link, file := filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := errors.Join(os.Symlink(mine, link), os.WriteFile(file, nil, 0o700)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		mine: "", filepath.Join(dir, "new", "one"): "", made("shut", 0o500): "",
		link: "is not a folder", made("for all", 0o777): "is open to others", made("for the group", 0o710): "is open to others",
	} {
		if err := MakeFolder(path); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if err := CheckFolder(file); err == nil {
		t.Error("a file is taken for a folder")
	}
	if err := CheckFolder(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestFolderOfAnotherUser(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 65534, -1); err != nil {
		t.Skip("only root can give a folder away: ", err)
	}
	if err := CheckFolder(dir); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("got %v", err)
	}
}
