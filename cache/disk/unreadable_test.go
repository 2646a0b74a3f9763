package disk_test

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"syscall"
	"testing"

	"hedge/cache"
	"hedge/cache/disk"
	"hedge/httpmsg"
)

// site is an origin with one answer, which counts how often it is asked.
type site struct {
	content []byte
	length  int64 // as announced
	asked   atomic.Int64
}

func (s *site) RoundTrip(context.Context, *httpmsg.Request) (*httpmsg.Response, error) {
	s.asked.Add(1)
	return &httpmsg.Response{
		Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"),
		Body: io.NopCloser(bytes.NewReader(s.content)), ContentLength: s.length,
	}, nil
}

// What is stored and cannot be read is got from the origin, as long as the client has had
// nothing of it: be it the head or the content that the disk does not give. Neither does who
// reads what is being stored need the disk for what has just come.
func TestWhatCannotBeReadIsAMiss(t *testing.T) {
	for _, c := range []struct {
		length   int
		readable []int64 // operations of reading; the next one fails
	}{
		{1000, []int64{0}}, // it has its content in the head
		{70_000, []int64{0, 1}},
		{disk.OwnBytes - 1, []int64{0, 1}},
		{disk.OwnBytes, []int64{0, 1, 2}},
	} {
		for _, readable := range c.readable {
			mustMiss(t, c.length, int64(c.length), readable)
			if readable < 2 { // else 64 KiB are delivered: what was not announced is in blocks among others
				mustMiss(t, c.length, -1, readable)
			}
		}
	}
}

func mustMiss(t *testing.T, length int, announced, readable int64) {
	t.Helper()
	var broken atomic.Bool
	var reads atomic.Int64
	fs := &faulty{FS: disk.Folder(t.TempDir()), fails: func(_ int64, op string) error {
		if op == "read" && broken.Load() && reads.Add(1) > readable {
			return syscall.EIO
		}
		return nil
	}}
	origin := &site{content: contentOf(1, 1, length), length: announced}
	for round, want := range []cache.Reason{cache.ReasonMiss, cache.ReasonMiss, cache.ReasonHit} {
		s := open(t, disk.Config{Files: fs, Bytes: 8 * mebibyte, ObjectBytes: mebibyte})
		s.AwaitSweep()
		reads.Store(0)
		broken.Store(round == 1)
		c := cache.New(cache.Config{Store: s})
		req := &httpmsg.Request{Method: "GET", Scheme: "http", Authority: "a.example", Target: "/"}
		var x cache.Exchange
		res := x.Lookup(t.Context(), c, &cache.Policy{App: "shop"}, req, origin)
		var err error
		if res == nil {
			res, err = x.Fetch(t.Context(), origin)
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.CloseBody()
		if x.Reason() != want || err != nil || !bytes.Equal(got, origin.content) {
			t.Errorf("%d bytes, %d announced, %d operations can be read, the request %d: %q, %d bytes, %v", length, announced, readable, round, x.Reason(), len(got), err)
		}
		broken.Store(false)
		c.Wait()
		closed(t, s)
	}
}
