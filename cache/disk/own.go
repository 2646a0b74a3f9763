package disk

import (
	"container/list"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"time"
)

// ownBytes is from which length on content has a file of its own, if its length is known
// before. Such a file is never written over, so that the system can be told to send from it.
const ownBytes = 256 << 10

// maxIdle is how many files are open that nobody reads right now.
const maxIdle = 512

// ownFiles is content in files of its own. Those that were read last stay open, with what
// is known of them.
type ownFiles struct {
	in   OwnFS
	now  func() time.Time
	name string // that names of files of this folder begin with; one that was emptied has another

	mu   sync.Mutex          // guards what follows, and refs and idle of the files
	open map[uint64]*ownOpen // by the ID of the content
	idle list.List           // of those that are open and not in use; the one used last is at the front
}

// ownOpen is an open file.
type ownOpen struct {
	OwnFile
	files *ownFiles
	id    uint64
	refs  int
	idle  *list.Element // nil: it is in use

	checks checks
}

func newOwnFiles(in OwnFS, salt [32]byte, now func() time.Time) *ownFiles {
	return &ownFiles{in: in, now: now, name: hex.EncodeToString(salt[:8]) + "-", open: map[uint64]*ownOpen{}}
}

func (o *ownFiles) nameOf(id uint64) string { return fmt.Sprintf("%s%016x", o.name, id) }

// idOf returns the ID of the content that a file is for; false: it is not one of this folder.
func (o *ownFiles) idOf(name string) (uint64, bool) {
	if len(name) != len(o.name)+16 || name[:len(o.name)] != o.name {
		return 0, false
	}
	id, err := strconv.ParseUint(name[len(o.name):], 16, 64)
	return id, err == nil
}

// create makes the file of content. It is in use until drop.
func (o *ownFiles) create(id uint64) (*ownOpen, error) {
	file, err := o.in.Create(o.nameOf(id))
	if err != nil {
		return nil, err
	}
	return o.keep(id, file), nil
}

// take opens the file of content, which has that length. It is in use until drop. What is
// not there, or has another length, is damaged.
func (o *ownFiles) take(id uint64, length int64) (*ownOpen, error) {
	o.mu.Lock()
	if f := o.open[id]; f != nil {
		o.use(f)
		o.mu.Unlock()
		return f, nil
	}
	o.mu.Unlock()
	file, err := o.in.Open(o.nameOf(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errDamaged
	}
	if err != nil {
		return nil, err
	}
	if state, err := file.State(); err != nil || state.Size != length {
		_ = file.Close()
		return nil, errors.Join(err, errDamaged)
	}
	return o.keep(id, file), nil
}

// keep takes in an open file. If somebody else has opened it too, that one is used.
func (o *ownFiles) keep(id uint64, file OwnFile) *ownOpen {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.open[id]
	if f == nil {
		f = &ownOpen{OwnFile: file, files: o, id: id}
		o.open[id] = f
	} else {
		_ = file.Close()
	}
	o.use(f)
	return f
}

// use keeps a file open. The caller holds the lock.
func (o *ownFiles) use(f *ownOpen) {
	f.refs++
	if f.idle != nil {
		o.idle.Remove(f.idle)
		f.idle = nil
	}
}

// hold keeps a file open that somebody has in use.
func (f *ownOpen) hold() {
	f.files.mu.Lock()
	defer f.files.mu.Unlock()
	f.refs++
}

// drop ends the use of a file.
func (f *ownOpen) drop() {
	o := f.files
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.refs--; f.refs > 0 {
		return
	}
	f.idle = o.idle.PushFront(f)
	if o.idle.Len() > maxIdle {
		o.shut(o.idle.Back().Value.(*ownOpen))
	}
}

// shut closes a file that is not in use. The caller holds the lock.
func (o *ownFiles) shut(f *ownOpen) {
	o.idle.Remove(f.idle)
	delete(o.open, f.id)
	_ = f.Close()
}

// remove removes the file of content that nobody has any more.
func (o *ownFiles) remove(id uint64) error {
	o.mu.Lock()
	if f := o.open[id]; f != nil {
		o.shut(f)
	}
	o.mu.Unlock()
	if err := o.in.Remove(o.nameOf(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// close closes all files, those in use too: who reads them gets an error.
func (o *ownFiles) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var err error
	for _, f := range o.open {
		err = errors.Join(err, f.Close())
	}
	return err
}
