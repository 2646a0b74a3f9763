package cache

import (
	"time"

	"hedge/httpmsg"
)

// Meta is what is known of a stored answer besides its content. It is not changed once
// a Store has it. A Store that keeps bytes uses AppendMeta and ParseMeta.
type Meta struct {
	// App is the app whose the entry is, and Host and Target where it was asked for: by
	// these, and by Tags, it is purged.
	App    string
	Host   string
	Target string
	Tags   []string

	// Vary are the names of the request's fields that chose the answer, in lower case and
	// sorted. An entry with a Status of 0 is a signpost: it has no content, and says by
	// which fields the answers of its key differ (RFC 9111 §4.1).
	// Signpost tells one signpost from those that stood there before it.
	Vary     []string
	Signpost uint64

	// ContentID tells the content from what was stored under the key before. It stays when
	// the metadata changes.
	ContentID uint64

	Status  int
	Header  httpmsg.Header // without the fields that are not stored (RFC 9111 §3.1)
	Trailer httpmsg.Header

	// Length is the number of bytes of the content, and Size that of the representation;
	// Size is -1 if that is not known.
	Length int64
	Size   int64
	// Parts are the parts of the representation that the content is made of, in order and
	// apart from each other; nil: it is the whole.
	Parts []httpmsg.ByteRange

	// Requested and Received are when the answer was asked for, and when its head came,
	// or last was found to be still right (RFC 9111 §4.2.3).
	Requested time.Time
	Received  time.Time
	// Epoch is the last purge that had been heard of when the answer was asked for. What
	// is purged later concerns the entry.
	Epoch uint64

	// Lifetime is how long the answer is fresh, counted from an age of 0, as it was found
	// to be when it was stored; AgeThen is its age when it was Received.
	Lifetime time.Duration
	AgeThen  time.Duration
	// StaleWhileRevalidate and StaleIfError are how long after that it may still be used
	// (RFC 5861); MustRevalidate forbids both, and NoCache every use without revalidation.
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration
	MustRevalidate       bool
	NoCache              bool
	// Shared says that the answer is for everybody, also for those who say who they are
	// (RFC 9111 §3.5), and Immutable that a client which reloads need not ask (RFC 8246).
	Shared    bool
	Immutable bool

	// Slice is how long the slices are in which the content is stored, as entries of their
	// own; this one has none then. 0: it is stored here.
	Slice int32
}

// signpost reports whether the entry only says by what the answers of its key differ.
func (m *Meta) signpost() bool { return m.Status == 0 }

// Bytes is about how much memory the metadata takes.
func (m *Meta) Bytes() int64 {
	const (
		fixed = 400 // the struct and the slices' heads
		each  = 32  // a field or a name, besides its text
	)
	n := int64(fixed + len(m.App) + len(m.Host) + len(m.Target) + 16*len(m.Parts))
	for _, list := range [][]string{m.Tags, m.Vary} {
		for _, s := range list {
			n += int64(each + len(s))
		}
	}
	for _, h := range [...]*httpmsg.Header{&m.Header, &m.Trailer} {
		for _, f := range h.Fields() {
			n += int64(each + len(f.Name) + len(f.Value))
		}
	}
	return n
}
