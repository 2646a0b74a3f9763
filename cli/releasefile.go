package cli

import (
	"fmt"
	"io/fs"
	"os"
)

// releaseFile is an open release file, from which files are served. One that is replaced
// stays what it was, as it has only lost its name; one that is written over has something
// else where the release knows its files to be. It may be used from many goroutines at once.
type releaseFile struct {
	*os.File
	opened fs.FileInfo
}

// openRelease opens a release file. Whoever needs it no more closes it, or leaves it to the
// garbage collector.
func openRelease(path string) (*releaseFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &releaseFile{f, info}, nil
}

// ReadAt implements io.ReaderAt. Once something has been written to the file, it reads
// nothing any more. The file is looked at behind the reading, since a write sets the time
// before it changes content.
func (f *releaseFile) ReadAt(p []byte, off int64) (int, error) {
	n, readErr := f.File.ReadAt(p, off)
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() != f.opened.Size() || !info.ModTime().Equal(f.opened.ModTime()) {
		return 0, fmt.Errorf("something has been written to %s while it was in use: reload, and replace a release file by renaming another one, as hedge build does", f.Name())
	}
	return n, readErr
}
