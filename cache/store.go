package cache

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"hedge/httpmsg"
)

// Key names an entry in a Store: the SHA-256 of what it is about, whose last eight bytes
// stand for the app. Nobody can make two requests that have one, and a Store can tell apps
// apart.
type Key [sha256.Size]byte

// Errors of a Store.
var (
	// ErrTooLarge says that an entry cannot be kept, whatever else is let go of.
	ErrTooLarge = errors.New("cache: the content is too large to be stored")
	// ErrNoRoom says that there is no room for an entry now, and none could be made.
	ErrNoRoom = errors.New("cache: there is no room, as too much is being read or stored right now; it can be stored later")
	// ErrReplaced says that an entry is not the one under its key any more.
	ErrReplaced = errors.New("cache: the entry has been replaced or removed")
	// ErrClosed is what a Writer returns after Commit or Abort, or after the Store's end.
	ErrClosed = errors.New("cache: the writer was used after its end, or its store's")
)

// Store keeps entries: metadata, and content that is a string of bytes.
//
// It may lose any entry at any time, to make room or because it was damaged, and it
// must never return one that differs from what was committed: what cannot be read
// back whole, by a checksum if need be, is not there. It knows nothing about HTTP:
// whether an entry is fresh, or has been purged, is for who asks.
//
// Order. Once Commit or Change has returned, every Get finds the new, until something
// else takes its place. Entries of one key replace each other as a whole: the metadata
// of one never meets the content of another.
//
// Bounds. A Store keeps to a number of bytes, in which metadata and its own overhead
// are counted. It makes room by its own judgement among the entries of one app (Key.App tells
// whose an entry is), of the one that has most: an app that has less than its part, all bytes
// by the number of apps, loses nothing to another, as long as it is asked for anything. What
// is being written is bounded as well, also of one app, and fails with ErrNoRoom beyond that.
//
// Errors. No error is an outage: the cache goes on without the store. Get tells an
// entry that is not there by nil, not by an error.
//
// All methods may be called from many goroutines at once. ctx bounds how long a call
// may take, where it takes time.
type Store interface {
	// Get returns the entry of a key; nil: there is none. The caller closes it.
	Get(ctx context.Context, key Key) (*Entry, error)
	// Put begins an entry that takes the place of the key's once it is committed; until
	// then Get finds the one before. size is how long its content is going to be, -1 if
	// that is not known; ErrTooLarge says at once that so much cannot be kept. Several
	// writers may be at work for one key: the last to commit stays.
	Put(ctx context.Context, key Key, size int64) (Writer, error)
	// Change gives an entry other metadata, and leaves its content. With nil it removes
	// the entry. The entry, which comes from Get and is not closed yet, may have been
	// replaced meanwhile: then nothing is changed, and the error is ErrReplaced.
	Change(ctx context.Context, entry *Entry, meta *Meta) error
}

// Entry is what a Store has under a key. Its metadata and its content are constant. It
// is closed once.
type Entry struct {
	Key  Key
	Meta *Meta // shared by all who have the entry; not to be changed
	Content
}

// Content is the bytes of an entry. Its methods may be called from many goroutines.
type Content interface {
	// Section returns a part of the content, which lies within it, as the body of a
	// message: see httpmsg.Request.Body. Content in memory is a *httpmsg.BytesBody, which
	// servers write at once with the head. The body can be read until it is closed, also
	// when the entry has been closed, replaced or removed.
	Section(part httpmsg.ByteRange) io.ReadCloser
	// Close says that no more sections will be asked for.
	Close() error
}

// Preparer is a section that may find that it cannot be read. Prepare has its beginning read,
// or says why that cannot be, before anybody is told that there is any.
type Preparer interface {
	Prepare() error
}

// Writer takes in the content of an entry. One goroutine at a time calls Write, Commit
// or Abort; ReadAt may be called from many at any time until Release.
//
// What is being written can be read: those who wait for an answer that is on its way
// into the store are served from here, so that nobody else has to hold its bytes.
type Writer interface {
	// Write appends content. When it fails (the disk is full, the content is larger than
	// the store takes), what it has taken before can be read still, and nothing more can
	// be written: Abort follows. n is how much of p was taken.
	Write(p []byte) (n int, err error)
	// ReadAt reads what has been written, as io.ReaderAt does: io.EOF at the end of what
	// is there so far.
	ReadAt(p []byte, off int64) (n int, err error)
	// Commit makes the entry the one of its key. meta.Length has to be the number of
	// bytes that were written; the Store keeps meta, which must not be changed any more.
	// When it fails there is no entry.
	Commit(meta *Meta) error
	// Abort ends the writer without an entry. After Commit it does nothing.
	Abort()
	// Release says that nobody calls ReadAt any more. It comes after Commit or Abort, once.
	Release()
}
