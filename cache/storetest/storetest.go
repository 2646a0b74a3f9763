// Package storetest holds implementations of cache.Store to its contract.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hedge/cache"
	"hedge/httpmsg"
)

// Bytes is how many bytes a Store under test is bounded to, and ObjectBytes how long the
// content of one entry may be.
const (
	Bytes       = 8 << 20
	ObjectBytes = 2 << 20
)

// Run runs the suite. open makes a Store that is empty and bounded to Bytes and
// ObjectBytes; it closes it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) cache.Store) {
	for _, test := range []struct {
		name string
		run  func(*suite)
	}{
		{"an entry comes back as it was committed", (*suite).roundTrip},
		{"there is nothing under a key that was never used", (*suite).nothing},
		{"sections are parts of the content", (*suite).sections},
		{"a section outlives its entry", (*suite).outlives},
		{"nothing is found before it is committed", (*suite).uncommitted},
		{"what was aborted was never there", (*suite).aborted},
		{"what is being written can be read", (*suite).readBack},
		{"the last to commit stays", (*suite).lastStays},
		{"a commit of another length is none", (*suite).wrongLength},
		{"what is too large is refused", (*suite).tooLarge},
		{"metadata changes without the content", (*suite).change},
		{"a replaced entry is not changed", (*suite).changeReplaced},
		{"an entry can be removed", (*suite).remove},
		{"the bound is kept", (*suite).bound},
		{"metadata and content of an entry belong together", (*suite).together},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&suite{T: t, store: open(t)}) })
	}
}

type suite struct {
	*testing.T
	store cache.Store
}

// key returns a key that differs for each n.
func key(n int) (k cache.Key) {
	copy(k[:], fmt.Sprintf("%08x", n))
	return k
}

// meta returns metadata with something in every field.
func meta(length int) *cache.Meta {
	return &cache.Meta{
		App: "shop", Host: "shop.example", Target: "/a?b", Tags: []string{"one", "two"}, Vary: []string{"accept"}, Status: 200,
		Header: httpmsg.NewHeader("Content-Type", "text/plain", "X-Empty", ""), Trailer: httpmsg.NewHeader("X-Sum", "1"),
		Length: int64(length), Size: int64(length) + 20, Parts: []httpmsg.ByteRange{{Start: 10, Length: int64(length)}},
		Requested: time.Unix(1700000000, 5), Received: time.Unix(1700000001, 6), Epoch: 1<<63 + 7, Signpost: 1<<63 + 9,
		Lifetime: time.Minute, AgeThen: time.Second, StaleWhileRevalidate: time.Hour, StaleIfError: 2 * time.Hour,
		MustRevalidate: true, NoCache: true, Shared: true, Immutable: true,
	}
}

// content returns bytes that differ from place to place, and for each seed.
func content(seed, length int) []byte {
	data := make([]byte, length)
	for i := range data {
		data[i] = byte(i*7 + i/251 + seed)
	}
	return data
}

// begin begins an entry and writes its content.
func (s *suite) begin(k cache.Key, data []byte) cache.Writer {
	s.Helper()
	w, err := s.store.Put(s.Context(), k, int64(len(data)))
	if err != nil {
		s.Fatal(err)
	}
	for rest := data; len(rest) > 0; {
		n, err := w.Write(rest[:min(len(rest), 100_000)])
		if err != nil {
			s.Fatal(err)
		}
		rest = rest[n:]
	}
	return w
}

// put stores an entry.
func (s *suite) put(k cache.Key, m *cache.Meta, data []byte) {
	s.Helper()
	w := s.begin(k, data)
	defer w.Release()
	if err := w.Commit(m); err != nil {
		s.Fatal(err)
	}
}

// get returns an entry, which has to be there; the test closes it.
func (s *suite) get(k cache.Key) *cache.Entry {
	s.Helper()
	e := s.find(k)
	if e == nil {
		s.Fatal("the entry is not there")
	}
	return e
}

// find returns an entry or nil; the test closes it.
func (s *suite) find(k cache.Key) *cache.Entry {
	s.Helper()
	e, err := s.store.Get(s.Context(), k)
	if err != nil {
		s.Fatal(err)
	}
	if e != nil {
		s.Cleanup(func() { _ = e.Close() })
	}
	return e
}

// read reads a part of an entry.
func (s *suite) read(e *cache.Entry, start, length int) []byte {
	s.Helper()
	body := e.Section(httpmsg.ByteRange{Start: int64(start), Length: int64(length)})
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	if err != nil {
		s.Fatal(err)
	}
	return data
}

func (s *suite) roundTrip() {
	for i, length := range []int{0, 1, 1000, 4096, 1 << 20, 1<<20 + 1, ObjectBytes} {
		m, data := meta(length), content(i, length)
		s.put(key(i), m, data)
		e := s.get(key(i))
		if e.Key != key(i) || !bytes.Equal(s.read(e, 0, length), data) {
			s.Errorf("%d bytes come back as others", length)
		}
		if diff := cmp.Diff(m, e.Meta, cmp.AllowUnexported(httpmsg.Header{})); diff != "" {
			s.Errorf("the metadata of %d bytes has changed:\n%s", length, diff)
		}
	}
}

func (s *suite) nothing() {
	if e := s.find(key(1)); e != nil {
		s.Errorf("there is %+v", e.Meta)
	}
}

func (s *suite) sections() {
	const length = 1<<20 + 5000
	data := content(1, length)
	s.put(key(1), meta(length), data)
	e := s.get(key(1))
	for _, r := range [][2]int{{0, 0}, {0, 1}, {length - 1, 1}, {length, 0}, {1<<20 - 3, 6}, {5, length - 9}} {
		if got := s.read(e, r[0], r[1]); !bytes.Equal(got, data[r[0]:r[0]+r[1]]) {
			s.Errorf("%d bytes from %d are others", r[1], r[0])
		}
	}
}

func (s *suite) outlives() {
	data := content(1, 300_000)
	s.put(key(1), meta(len(data)), data)
	e, err := s.store.Get(s.Context(), key(1))
	if err != nil || e == nil {
		s.Fatal(e, err)
	}
	body := e.Section(httpmsg.ByteRange{Start: 0, Length: int64(len(data))})
	defer func() { _ = body.Close() }()
	head := make([]byte, 10)
	if _, err := io.ReadFull(body, head); err != nil {
		s.Fatal(err)
	}
	if err := s.store.Change(s.Context(), e, nil); err != nil {
		s.Fatal(err)
	}
	if err := e.Close(); err != nil {
		s.Fatal(err)
	}
	s.put(key(1), meta(5), []byte("other"))
	rest, err := io.ReadAll(body)
	if err != nil || !bytes.Equal(append(head, rest...), data) {
		s.Errorf("the section has changed: %v", err)
	}
}

func (s *suite) uncommitted() {
	s.put(key(1), meta(3), []byte("old"))
	w := s.begin(key(1), []byte("newer"))
	if got := s.read(s.get(key(1)), 0, 3); string(got) != "old" {
		s.Errorf("got %q before the commit", got)
	}
	if err := w.Commit(meta(5)); err != nil {
		s.Fatal(err)
	}
	w.Abort() // does nothing any more
	w.Release()
	if got := s.read(s.get(key(1)), 0, 5); string(got) != "newer" {
		s.Errorf("got %q after it", got)
	}
}

func (s *suite) aborted() {
	s.put(key(1), meta(3), []byte("old"))
	w := s.begin(key(1), []byte("newer"))
	w.Abort()
	if err := w.Commit(meta(5)); err == nil {
		s.Error("what was aborted was committed")
	}
	if _, err := w.Write([]byte("x")); err == nil {
		s.Error("what was aborted can be written to")
	}
	w.Release()
	if got := s.read(s.get(key(1)), 0, 3); string(got) != "old" {
		s.Errorf("got %q", got)
	}
}

func (s *suite) readBack() {
	w, err := s.store.Put(s.Context(), key(1), -1)
	if err != nil {
		s.Fatal(err)
	}
	data := content(1, 1_500_000)
	var written sync.WaitGroup
	written.Go(func() {
		for i := 0; i < len(data); i += 10_000 {
			if _, err := w.Write(data[i : i+10_000]); err != nil {
				s.Error(err)
				return
			}
		}
	})
	for range 4 {
		written.Go(func() {
			buf := make([]byte, 30_000)
			for at := 0; at < len(data); {
				n, err := w.ReadAt(buf, int64(at))
				if err != nil && !errors.Is(err, io.EOF) || n < len(buf) && err == nil {
					s.Errorf("ReadAt: %d, %v", n, err)
					return
				}
				if !bytes.Equal(buf[:n], data[at:at+n]) {
					s.Errorf("other bytes from %d on", at)
					return
				}
				at += n
			}
		})
	}
	written.Wait()
	if err := w.Commit(meta(len(data))); err != nil {
		s.Fatal(err)
	}
	got := make([]byte, 10)
	if n, err := w.ReadAt(got, 100); n != 10 || err != nil || !bytes.Equal(got, data[100:110]) {
		s.Errorf("after the commit: %d, %v", n, err)
	}
	w.Release()
}

func (s *suite) lastStays() {
	one, two := s.begin(key(1), []byte("one")), s.begin(key(1), []byte("two+"))
	for _, c := range []struct {
		w cache.Writer
		m *cache.Meta
	}{{two, meta(4)}, {one, meta(3)}} {
		if err := c.w.Commit(c.m); err != nil {
			s.Fatal(err)
		}
		c.w.Release()
	}
	if got := s.read(s.get(key(1)), 0, 3); string(got) != "one" {
		s.Errorf("got %q", got)
	}
}

func (s *suite) wrongLength() {
	w := s.begin(key(1), []byte("four"))
	if err := w.Commit(meta(5)); err == nil {
		s.Error("four bytes were committed as five")
	}
	w.Abort()
	w.Release()
	if e := s.find(key(1)); e != nil {
		s.Error("there is an entry")
	}
}

func (s *suite) tooLarge() {
	if _, err := s.store.Put(s.Context(), key(1), ObjectBytes+1); !errors.Is(err, cache.ErrTooLarge) {
		s.Errorf("Put: %v", err)
	}
	w, err := s.store.Put(s.Context(), key(1), -1)
	if err != nil {
		s.Fatal(err)
	}
	data := content(1, ObjectBytes+100)
	n, err := w.Write(data)
	if err == nil || n > ObjectBytes {
		s.Errorf("Write took %d bytes: %v", n, err)
	}
	got := make([]byte, n)
	if _, err := w.ReadAt(got, 0); err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(got, data[:n]) {
		s.Errorf("what was taken cannot be read: %v", err)
	}
	w.Abort()
	w.Release()
}

func (s *suite) change() {
	s.put(key(1), meta(4), []byte("data"))
	e := s.get(key(1))
	other := meta(4)
	other.Status, other.Header = 203, httpmsg.NewHeader("X-New", "1")
	if err := s.store.Change(s.Context(), e, other); err != nil {
		s.Fatal(err)
	}
	if e.Meta.Status != 200 {
		s.Error("an entry that was handed out has changed")
	}
	now := s.get(key(1))
	if diff := cmp.Diff(other, now.Meta, cmp.AllowUnexported(httpmsg.Header{})); diff != "" {
		s.Error(diff)
	}
	if got := s.read(now, 0, 4); string(got) != "data" {
		s.Errorf("the content is %q", got)
	}
}

func (s *suite) changeReplaced() {
	s.put(key(1), meta(3), []byte("old"))
	e := s.get(key(1))
	newer := meta(3)
	newer.Received = newer.Received.Add(1)
	s.put(key(1), newer, []byte("new"))
	for _, m := range []*cache.Meta{meta(3), nil} {
		if err := s.store.Change(s.Context(), e, m); !errors.Is(err, cache.ErrReplaced) {
			s.Errorf("Change: %v", err)
		}
	}
	if got := s.read(s.get(key(1)), 0, 3); string(got) != "new" {
		s.Errorf("got %q", got)
	}
}

func (s *suite) remove() {
	s.put(key(1), meta(3), []byte("old"))
	if err := s.store.Change(s.Context(), s.get(key(1)), nil); err != nil {
		s.Fatal(err)
	}
	if e := s.find(key(1)); e != nil {
		s.Error("the entry is still there")
	}
}

func (s *suite) bound() {
	const each, many = 100_000, 400 // five times what there is room for
	for i := range many {
		s.put(key(i), meta(each), content(i, each))
	}
	if settle, ok := s.store.(interface{ Settle() }); ok {
		settle.Settle()
	}
	found := 0
	for i := range many {
		if e := s.find(key(i)); e != nil {
			found++
			if !bytes.Equal(s.read(e, 0, each), content(i, each)) {
				s.Errorf("the entry %d has other bytes", i)
			}
		}
	}
	if most := Bytes / each; found > most || found == 0 {
		s.Errorf("%d entries of %d bytes are kept in %d", found, each, Bytes)
	}
}

// together stores and reads one key from many goroutines: what is read is always one of
// the entries that were stored.
func (s *suite) together() {
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 100 {
				length := 1000 + worker*100 + i
				s.put(key(1), meta(length), content(length, length))
			}
		})
		all.Go(func() {
			for range 200 {
				e, err := s.store.Get(s.Context(), key(1))
				if err != nil || e == nil {
					continue
				}
				length := int(e.Meta.Length)
				if !bytes.Equal(s.read(e, 0, length), content(length, length)) {
					s.Errorf("the metadata is that of %d bytes, and the content another's", length)
				}
				if i := length % 3; i == 0 {
					_ = s.store.Change(s.Context(), e, nil)
				} else if i == 1 {
					_ = s.store.Change(s.Context(), e, meta(length))
				}
				_ = e.Close()
			}
		})
	}
	all.Wait()
}
