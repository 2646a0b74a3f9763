package disk

import (
	"errors"
	"fmt"
	"io"
	"net"
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
	// Own returns where content is that has a file of its own; nil: the system cannot do
	// what that takes.
	Own() (OwnFS, error)
}

// OwnFS is a folder with files that are written once, then read, and removed, but never
// written over and never shortened: what the system sends of one stays what it was.
type OwnFS interface {
	// Create makes a file that is not there yet.
	Create(name string) (OwnFile, error)
	// Open opens one to be read.
	Open(name string) (OwnFile, error)
	// Remove removes one. Who has it open can read on.
	Remove(name string) error
	// Each calls do with the name of each file, until it returns false.
	Each(do func(name string) bool) error
}

// OwnFile is a file with the content of one entry. Its methods may be called from many
// goroutines.
type OwnFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// State changes when anybody writes to the file.
	State() (FileState, error)
	// InMemory reports whether the system has all of a part in memory.
	InMemory(off, length int64) bool
	// Fetch has the system begin to read a part.
	Fetch(off, length int64)
	// SendTo has the system send parts to a connection, and waits for that. next says where
	// the next one is, when n bytes were sent; it is asked right before the system takes
	// something, and ends it with a length of 0. An error is that of the connection, or tells
	// that the file is too short.
	SendTo(to *net.TCPConn, next func(n int64) (off, length int64)) (n int64, err error)
}

// FileState is how long a file is, and when it was written to.
type FileState struct{ Size, Modified, Changed int64 }

// File is a file of a Store. Its methods may be called from many goroutines.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Sync returns when what was written survives a power cut.
	Sync() error
	// Punch gives the room of a part back to the file system. What is read there is zeros.
	Punch(off, length int64) error
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
