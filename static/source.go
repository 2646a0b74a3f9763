package static

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// Source finds files. It may be used from many goroutines at once.
type Source interface {
	// Open returns the file of a path such as "css/a.css". What is no file there is an
	// error that is fs.ErrNotExist, and so is what a link outside of the folder leads to.
	Open(path string) (*File, error)
	// Has reports whether there is such a file.
	Has(path string) bool
}

// File is an open file. Its content is read by whoever opened it, who closes it.
type File struct {
	Size     int64
	ETag     httpmsg.ETag
	Modified time.Time // to the second
	Content  io.ReaderAt
	// Close may be nil.
	Close func() error
}

// Packed returns a Source of a folder that has been packed.
func Packed(files []hedge.File) Source {
	p := packed{}
	for i := range files {
		p[files[i].Path] = &files[i]
	}
	return p
}

type packed map[string]*hedge.File

func (p packed) Open(path string) (*File, error) {
	f := p[path]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return &File{Size: f.Size, ETag: tagOf(f.SHA256), Modified: f.Modified, Content: f.Content}, nil
}

func (p packed) Has(path string) bool { return p[path] != nil }

// tagOf is the tag of content by its hash.
func tagOf(sum [32]byte) httpmsg.ETag {
	return httpmsg.ETag{Opaque: hex.EncodeToString(sum[:16]), Set: true}
}

// Live returns a Source of a folder as it is on disk. The hash of a file is found when
// it is first asked for, and again when its size or time has changed. A large one has a
// weak tag of these instead (RFC 9110 §8.8.1).
// The folder itself may be taken away and come back, as when a build makes it anew.
func Live(root string) (Source, error) {
	l := &live{path: root, hashes: map[string]hashed{}}
	_, err := l.folder()
	return l, err
}

type live struct {
	path   string
	mu     sync.Mutex // guards the fields below
	root   *os.Root   // closed with the last file of it, by the garbage collector
	opened fs.FileInfo
	hashes map[string]hashed
}

// folder returns the folder that is at the path now.
func (l *live) folder() (*os.Root, error) {
	info, err := os.Stat(l.path)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.root != nil && os.SameFile(l.opened, info) {
		return l.root, nil
	}
	root, err := os.OpenRoot(l.path)
	if err != nil {
		return nil, err
	}
	if l.opened, err = root.Stat("."); err != nil {
		return nil, err
	}
	l.root = root
	return root, nil
}

// hashed is the hash of a file of some size and time.
type hashed struct {
	size     int64
	modified time.Time
	sum      [32]byte
}

// maxHashes bounds how many are kept.
const maxHashes = 10_000

// maxHashed is the size of the largest file that is hashed. All of it has to be read before
// the first byte of an answer, by each who asks at that time.
const maxHashed = 4 << 20

// Has implements Source.
func (l *live) Has(path string) bool {
	root, err := l.folder()
	if err != nil {
		return false
	}
	info, err := root.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Open implements Source.
func (l *live) Open(path string) (*File, error) {
	if !l.Has(path) { // before it is opened, which a pipe would not return from
		return nil, fs.ErrNotExist
	}
	root, err := l.folder()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	f, err := root.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	file := &File{Content: f, Close: f.Close}
	info, err := f.Stat()
	if err == nil {
		file.Size, file.Modified = info.Size(), info.ModTime().Truncate(time.Second)
		file.ETag, err = l.tag(path, f, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return file, nil
}

func (l *live) tag(path string, f *os.File, info fs.FileInfo) (httpmsg.ETag, error) {
	if info.Size() > maxHashed {
		return httpmsg.ETag{Opaque: fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano()), Weak: true, Set: true}, nil
	}
	sum, err := l.hash(path, f, info)
	return tagOf(sum), err
}

func (l *live) hash(path string, f *os.File, info fs.FileInfo) ([32]byte, error) {
	l.mu.Lock()
	known, ok := l.hashes[path]
	l.mu.Unlock()
	if ok && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.sum, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, info.Size())); err != nil {
		return [32]byte{}, err
	}
	known = hashed{info.Size(), info.ModTime(), [32]byte(h.Sum(nil))}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.hashes) >= maxHashes {
		clear(l.hashes)
	}
	l.hashes[path] = known
	return known.sum, nil
}
