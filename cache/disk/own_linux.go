package disk

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"hedge/sock"
)

// ownName is the folder of the files that content has to itself.
const ownName = "cache.large"

// Own implements FS. It takes a system that tells what of a file is in memory (Linux 6.5),
// and a file system that makes holes.
func (f Folder) Own() (OwnFS, error) {
	path := filepath.Join(string(f), ownName)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	able, err := canHaveOwn(filepath.Join(string(f), dataName))
	if err != nil || !able {
		return nil, err
	}
	return ownFolder(path), nil
}

// canHaveOwn tries what it takes with the file that has holes, beyond its end.
func canHaveOwn(data string) (bool, error) {
	file, err := os.OpenFile(data, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	end, err := folderFile{file}.Size()
	if err != nil {
		return false, err
	}
	if (folderFile{file}).Punch(end, unit) != nil {
		return false, nil
	}
	var have unix.Cachestat_t
	return unix.Cachestat(uint(file.Fd()), &unix.CachestatRange{Len: unit}, &have, 0) == nil, nil
}

// Punch implements File.
func (f folderFile) Punch(off, length int64) (err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	wrong := raw.Control(func(fd uintptr) {
		for {
			err = unix.Fallocate(int(fd), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, length)
			if err != unix.EINTR {
				return
			}
		}
	})
	return errors.Join(wrong, err)
}

// ownFolder implements OwnFS.
type ownFolder string

func (f ownFolder) path(name string) string { return filepath.Join(string(f), name) }

// Create implements OwnFS.
func (f ownFolder) Create(name string) (OwnFile, error) {
	return ownFileOf(os.OpenFile(f.path(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600))
}

// Open implements OwnFS.
func (f ownFolder) Open(name string) (OwnFile, error) { return ownFileOf(os.Open(f.path(name))) }

// Remove implements OwnFS.
func (f ownFolder) Remove(name string) error { return os.Remove(f.path(name)) }

// Each implements OwnFS.
func (f ownFolder) Each(do func(name string) bool) error {
	folder, err := os.Open(string(f))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	for {
		names, err := folder.Readdirnames(1024)
		for _, name := range names {
			if !do(name) {
				return nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// ownDisk implements OwnFile.
type ownDisk struct {
	*os.File
	raw syscall.RawConn
}

// ownFileOf has the system read nothing of a file that nobody has asked for: what has left
// memory must not come back unseen.
func ownFileOf(file *os.File, err error) (OwnFile, error) {
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err == nil {
		err = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_RANDOM)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &ownDisk{file, raw}, nil
}

// State implements OwnFile.
func (f *ownDisk) State() (state FileState, err error) {
	var stat unix.Stat_t
	wrong := f.raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &stat) })
	return FileState{stat.Size, stat.Mtim.Nano(), stat.Ctim.Nano()}, errors.Join(wrong, err)
}

// InMemory implements OwnFile. What is being read has its place in memory already, and
// whoever reads it waits.
func (f *ownDisk) InMemory(off, length int64) (all bool) {
	page := int64(os.Getpagesize())
	first, end := off/page, (off+length+page-1)/page
	_ = f.raw.Control(func(fd uintptr) {
		var have unix.Cachestat_t
		err := unix.Cachestat(uint(fd), &unix.CachestatRange{Off: uint64(off), Len: uint64(length)}, &have, 0)
		all = err == nil && have.Cache >= uint64(end-first)
	})
	return all
}

// Fetch implements OwnFile.
func (f *ownDisk) Fetch(off, length int64) {
	_ = f.raw.Control(func(fd uintptr) { _ = unix.Fadvise(int(fd), off, length, unix.FADV_WILLNEED) })
}

// SendTo implements OwnFile. The file stays open meanwhile.
func (f *ownDisk) SendTo(to *net.TCPConn, next func(n int64) (off, length int64)) (n int64, err error) {
	conn, err := to.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	wrong := f.raw.Control(func(from uintptr) {
		err = conn.Write(func(fd uintptr) bool {
			for off, length := next(n); length > 0; off, length = next(n) {
				sent, err := sock.SendFile(fd, from, off, int(length))
				n += int64(sent)
				switch {
				case err == syscall.EAGAIN:
					return false
				case err == nil && sent == 0:
					err = io.ErrUnexpectedEOF
				}
				if failed = err; err != nil {
					return true
				}
			}
			return true
		})
	})
	return n, errors.Join(wrong, err, failed)
}
