package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"hedge"
)

// manifestServed is a file that routes serve. It stands in the archive as it is, so that
// it can be read from there.
type manifestServed struct {
	Path string `json:"path"`
	manifestFile
}

type manifestStatic struct {
	Folder   string `json:"folder"`
	Fallback string `json:"fallback,omitempty"`
	NotFound string `json:"not_found,omitempty"`
	Dotfiles bool   `json:"dotfiles,omitempty"`
}

// describeFolders lists the files of all folders in order, and how they are called in
// the archive.
func describeFolders(folders map[string]hedge.Folder) (m map[string][]manifestServed, files []servedFile) {
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		if m == nil {
			m = map[string][]manifestServed{}
		}
		list := []manifestServed{}
		for _, f := range folders[name].Files {
			entry := manifestServed{f.Path, manifestFile{
				File: fmt.Sprintf("files/%d", len(files)), Bytes: int(f.Size), SHA256: hex.EncodeToString(f.SHA256[:]),
			}}
			files = append(files, servedFile{entry.File, f})
			list = append(list, entry)
		}
		m[name] = list
	}
	return m, files
}

// servedFile is a file and its name in the archive.
type servedFile struct {
	name string
	hedge.File
}

// writeServed adds a file to the archive, piece by piece. One that has changed since it
// was packed is an error.
func writeServed(z *zip.Writer, f servedFile) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store, Modified: f.Modified})
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(w, h), io.NewSectionReader(f.Content, 0, f.Size), make([]byte, 1<<20))
	if err != nil {
		return err
	}
	if n != f.Size || !bytes.Equal(h.Sum(nil), f.SHA256[:]) {
		return fmt.Errorf("the file %s has changed while it was packed", f.Path)
	}
	return nil
}

// readFolders finds the files that routes serve in the archive, and takes them out of
// files. Their content stays where it is.
func readFolders(release *hedge.Release, m *manifest, r io.ReaderAt, files map[string]*zip.File) error {
	total := int64(0)
	for _, name := range slices.Sorted(maps.Keys(m.Folders)) {
		folder := hedge.Folder{}
		for _, entry := range m.Folders[name] {
			if total += int64(entry.Bytes); entry.Bytes < 0 || total > MaxFilesBytes {
				return fmt.Errorf("the release is too large: at most %s of files are read", formatSize(int64(MaxFilesBytes)))
			}
			f, err := readServed(entry, r, files)
			if err != nil {
				return err
			}
			folder.Files = append(folder.Files, f)
		}
		if release.Folders == nil {
			release.Folders = map[string]hedge.Folder{}
		}
		release.Folders[name] = folder
	}
	return nil
}

func readServed(entry manifestServed, r io.ReaderAt, files map[string]*zip.File) (hedge.File, error) {
	f := files[entry.File]
	if f == nil {
		return hedge.File{}, fmt.Errorf("the archive has no %q, which %s names", entry.File, manifestName)
	}
	delete(files, entry.File)
	offset, err := f.DataOffset()
	if err != nil {
		return hedge.File{}, fmt.Errorf("%q: %w", f.Name, err)
	}
	if f.Method != zip.Store {
		return hedge.File{}, fmt.Errorf("%q is compressed, so that it cannot be served from there", f.Name)
	}
	size := int64(entry.Bytes)
	content := io.NewSectionReader(r, offset, size)
	h := sha256.New()
	if f.UncompressedSize64 != uint64(size) || f.CompressedSize64 != uint64(size) {
		return hedge.File{}, fmt.Errorf("%q is damaged: its size is not the one that %s names", entry.File, manifestName)
	}
	if n, err := io.Copy(h, content); err != nil || n != size || hex.EncodeToString(h.Sum(nil)) != entry.SHA256 {
		return hedge.File{}, fmt.Errorf("%q is damaged: its hash is not the one that %s names", entry.File, manifestName)
	}
	return hedge.File{Path: entry.Path, Size: size, SHA256: [32]byte(h.Sum(nil)), Modified: f.Modified.UTC().Truncate(time.Second), Content: content}, nil
}

// validateFolders checks the folders and the routes to them.
func validateFolders(r *hedge.Release) error {
	count := 0
	for name, folder := range r.Folders {
		if problem, _ := checkFolder(name); problem != "" {
			return errors.New(problem)
		}
		if r.Main == "" && !slices.ContainsFunc(r.Routes, func(route hedge.Route) bool { return route.Static != nil && route.Static.Folder == name }) {
			return fmt.Errorf("no route serves the folder %q", name)
		}
		seen := map[string]bool{}
		for _, f := range folder.Files {
			if problem, _ := checkFileName(f.Path); problem != "" {
				return errors.New(problem)
			}
			if seen[f.Path] {
				return fmt.Errorf("the folder %q has the file %q twice", name, f.Path)
			}
			seen[f.Path] = true
		}
		count += len(folder.Files)
	}
	if count > MaxFiles {
		return fmt.Errorf("the release has %d files; at most %d are read", count, MaxFiles)
	}
	return nil
}
