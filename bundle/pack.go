package bundle

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"hedge"
)

// The bounds of the files that a release serves.
const (
	MaxFiles      = 10_000
	MaxFilesBytes = 1 << 30
)

// pack lists the files of the folders that routes serve. Their content stays where it
// is, and is read when the release is written. What is wrong is a *BuildError.
func pack(dir string, config *Config) (map[string]hedge.Folder, error) {
	packed := map[string]hedge.Folder{}
	for name := range config.Folders {
		p := &packer{app: dir, folder: name}
		for _, route := range config.Routes {
			p.dotfiles = p.dotfiles || route.Static != nil && route.Static.Folder == name && route.Static.Dotfiles
		}
		if err := p.walk(); err != nil {
			return nil, err
		}
		packed[name] = hedge.Folder{Files: p.files}
	}
	return packed, checkFiles(packed)
}

// checkFiles bounds what all folders have together.
func checkFiles(folders map[string]hedge.Folder) error {
	count, size := 0, int64(0)
	for _, folder := range folders {
		count += len(folder.Files)
		for _, f := range folder.Files {
			size += f.Size
		}
	}
	if count > MaxFiles || size > MaxFilesBytes {
		return fail(ConfigFile, "keep large files on an origin, and send requests for them to an upstream",
			"the folders have %d files with %s; at most %d with %s are packed", count, formatSize(size), MaxFiles, formatSize(int64(MaxFilesBytes)))
	}
	return nil
}

// packer packs one folder.
type packer struct {
	app, folder string
	dotfiles    bool
	root        *os.Root
	files       []hedge.File
}

// walk lists the files in order. A link to another file of the folder is followed; one to
// a folder or out of it is an error, as is what is no file.
func (p *packer) walk() error {
	root, err := os.OpenRoot(filepath.Join(p.app, filepath.FromSlash(p.folder)))
	if err != nil {
		return fail(p.folder, "", "the folder cannot be read: %v", cause(err))
	}
	defer root.Close()
	p.root = root
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fail(path.Join(p.folder, name), "", "it cannot be read: %v", cause(err))
		case name == ".":
			return nil
		case strings.HasPrefix(entry.Name(), ".") && !p.dotfiles && name != ".well-known":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		return p.add(name)
	})
}

func (p *packer) add(name string) error {
	shown := path.Join(p.folder, name)
	if problem, _ := checkFileName(name); problem != "" {
		return fail(shown, "rename the file, or keep it elsewhere", "%s", problem)
	}
	info, err := p.root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return fail(shown, "only files can be served, and links to files of the same folder", "it is no file, or a link that leads nowhere, to a folder or out of %q", p.folder)
	}
	file := hedge.File{
		Path: name, Size: info.Size(), Modified: info.ModTime().UTC().Truncate(time.Second),
		Content: onDisk{filepath.Join(p.app, filepath.FromSlash(shown))},
	}
	f, err := p.root.Open(name)
	if err != nil {
		return fail(shown, "", "the file cannot be read: %v", cause(err))
	}
	defer f.Close()
	h := sha256.New()
	if file.Size, err = io.Copy(h, f); err != nil {
		return fail(shown, "", "the file cannot be read: %v", cause(err))
	}
	file.SHA256 = [32]byte(h.Sum(nil))
	p.files = append(p.files, file)
	return nil
}

// onDisk is the content of a file that is opened for each read: a release of ten thousand
// files does not keep as many open.
type onDisk struct{ path string }

// ReadAt implements io.ReaderAt.
func (d onDisk) ReadAt(p []byte, off int64) (int, error) {
	f, err := os.Open(d.path)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", d.path, cause(err))
	}
	defer f.Close()
	return f.ReadAt(p, off)
}

// live has the folders served as they are on disk.
func live(dir string, config *Config) map[string]hedge.Folder {
	folders := map[string]hedge.Folder{}
	for name := range config.Folders {
		folders[name] = hedge.Folder{Root: filepath.Join(dir, filepath.FromSlash(name))}
	}
	return folders
}
