package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrInUse says that another process has the folder open, or this one already has.
var ErrInUse = errors.New("cache: the folder is in use by another process")

// FS is where a Store keeps its files. Tests have one whose operations fail.
type FS interface {
	// Lock keeps everybody else away until what it returns is closed; ErrInUse: somebody
	// else does.
	Lock() (io.Closer, error)
	// Open opens a file by its name, and creates it if need be.
	Open(name string) (File, error)
}

// File is a file of a Store. Its methods may be called from many goroutines.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Sync returns when what was written survives a power cut.
	Sync() error
}

// Folder is the FS of a folder, which is created if need be, for the user of the process
// alone: what is cached may be confidential.
type Folder string

// Lock implements FS. The system unlocks when the process ends, however it does.
func (f Folder) Lock() (io.Closer, error) {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the cache cannot be made: %w", err)
	}
	file, err := f.open("cache.lock")
	if err != nil {
		return nil, fmt.Errorf("the folder of the cache cannot be written to: %w", err)
	}
	if err := lock(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// Open implements FS.
func (f Folder) Open(name string) (File, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return folderFile{file}, nil
}

func (f Folder) open(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(string(f), name), os.O_RDWR|os.O_CREATE, 0o600)
}

type folderFile struct{ *os.File }

// Size implements File.
func (f folderFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
