package cache

import (
	"encoding/binary"
	"errors"
	"time"

	"hedge/httpmsg"
)

// metaVersion begins the bytes of a Meta. Bytes of another version are none.
const metaVersion = 3

// errMeta is all that is said of bytes that are no Meta: they are of no use.
var errMeta = errors.New("cache: these bytes are no metadata of an entry")

// AppendMeta appends m as bytes, which ParseMeta reads.
func AppendMeta(dst []byte, m *Meta) []byte {
	e := encoder{append(dst, metaVersion)}
	e.texts(m.App, m.Host, m.Target)
	e.list(m.Tags)
	e.list(m.Vary)
	e.number(int64(m.Status))
	e.header(&m.Header)
	e.header(&m.Trailer)
	e.number(m.Length)
	e.number(m.Size)
	e.number(int64(m.Slice))
	e.number(int64(len(m.Parts)))
	for _, p := range m.Parts {
		e.number(p.Start)
		e.number(p.Length)
	}
	e.time(m.Requested)
	e.time(m.Received)
	for _, n := range [...]uint64{m.Epoch, m.Signpost, m.ContentID} {
		e.buf = binary.AppendUvarint(e.buf, n)
	}
	for _, d := range [...]time.Duration{m.Lifetime, m.AgeThen, m.StaleWhileRevalidate, m.StaleIfError} {
		e.number(int64(d))
	}
	for _, b := range [...]bool{m.MustRevalidate, m.NoCache, m.Shared, m.Immutable} {
		e.flag(b)
	}
	return e.buf
}

// ParseMeta reads the bytes of a Meta, which are hostile as far as it knows. Its
// strings share no memory with data.
func ParseMeta(data []byte) (*Meta, error) {
	if len(data) == 0 || data[0] != metaVersion {
		return nil, errMeta
	}
	d := decoder{text: string(data), at: 1}
	m := &Meta{App: d.string(), Host: d.string(), Target: d.string(), Tags: d.list(), Vary: d.list(), Status: int(d.number())}
	m.Header, m.Trailer = d.header(), d.header()
	m.Length, m.Size, m.Slice = d.number(), d.number(), int32(d.number())
	for range d.count() {
		m.Parts = append(m.Parts, httpmsg.ByteRange{Start: d.number(), Length: d.number()})
	}
	m.Requested, m.Received = d.time(), d.time()
	m.Epoch, m.Signpost, m.ContentID = d.uvarint(), d.uvarint(), d.uvarint()
	for _, to := range [...]*time.Duration{&m.Lifetime, &m.AgeThen, &m.StaleWhileRevalidate, &m.StaleIfError} {
		*to = time.Duration(d.number())
	}
	for _, to := range [...]*bool{&m.MustRevalidate, &m.NoCache, &m.Shared, &m.Immutable} {
		*to = d.flag()
	}
	if d.failed || d.at != len(d.text) {
		return nil, errMeta
	}
	return m, nil
}

// encoder appends values, each of which says where it ends.
type encoder struct{ buf []byte }

func (e *encoder) number(n int64) { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) texts(list ...string) {
	for _, s := range list {
		e.buf = append(binary.AppendUvarint(e.buf, uint64(len(s))), s...)
	}
}

func (e *encoder) list(list []string) {
	e.number(int64(len(list)))
	e.texts(list...)
}

func (e *encoder) header(h *httpmsg.Header) {
	e.number(int64(h.Len()))
	for _, f := range h.Fields() {
		e.texts(f.Name, f.Value)
	}
}

// time writes nanoseconds; there are no entries of before 1970, so that 0 is no time.
func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.number(0)
		return
	}
	e.number(t.UnixNano())
}

func (e *encoder) flag(b bool) {
	n := int64(0)
	if b {
		n = 1
	}
	e.number(n)
}

// decoder reads what an encoder wrote. After a failure it returns nothing but zeros.
type decoder struct {
	text   string
	at     int
	failed bool
}

func (d *decoder) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		if d.failed || d.at >= len(d.text) {
			break
		}
		c := d.text[d.at]
		d.at++
		n |= uint64(c&0x7F) << shift
		if c < 0x80 {
			return n
		}
	}
	d.failed = true
	return 0
}

func (d *decoder) number() int64 {
	n := d.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads the number of things that follow, each of which takes a byte at least.
func (d *decoder) count() int64 {
	n := d.number()
	if n < 0 || n > int64(len(d.text)-d.at) {
		d.failed = true
		return 0
	}
	return n
}

func (d *decoder) string() string {
	n := d.uvarint()
	if d.failed || n > uint64(len(d.text)-d.at) {
		d.failed = true
		return ""
	}
	s := d.text[d.at : d.at+int(n)]
	d.at += int(n)
	return s
}

func (d *decoder) list() (list []string) {
	for range d.count() {
		list = append(list, d.string())
	}
	return list
}

func (d *decoder) header() (h httpmsg.Header) {
	n := d.count()
	h.Grow(int(min(n, maxGrow)))
	for range n {
		h.Add(d.string(), d.string())
	}
	return h
}

// maxGrow is the number of fields for which room is made before they have been read.
const maxGrow = 64

func (d *decoder) time() time.Time {
	n := d.number()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

func (d *decoder) flag() bool { return d.number() != 0 }
