package cache_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"hedge/cache"
	"hedge/cache/mem"
	"hedge/httpmsg"
	"hedge/sock/socktest"
)

// movable is a body that can be moved.
type movable struct{ io.ReadCloser }

func (m movable) Move(to *net.TCPConn, most int64) (int64, error) {
	n, err := io.CopyN(to, m.ReadCloser, most)
	if errors.Is(err, io.EOF) && n > 0 {
		err = nil
	}
	return n, err
}

// What the cache does not store comes from the origin as it does without a cache: it can be
// moved. What is being stored is read.
func TestWhatIsNotStoredCanBeMoved(t *testing.T) {
	for _, c := range []struct {
		name    string
		request *httpmsg.Request
		fields  []string
		moved   bool
	}{
		{"may not be stored", request("GET", "/"), []string{"Cache-Control", "no-store"}, true},
		{"is for one client", request("GET", "/"), []string{"Cache-Control", "private"}, true},
		{"sets a cookie", request("GET", "/"), []string{"Cache-Control", "max-age=60", "Set-Cookie", "a=b"}, true},
		{"says nothing", request("GET", "/"), nil, true},
		{"is to a method that is not stored", request("PUT", "/"), nil, true},
		{"is to a client that does not want it stored", request("GET", "/", "Cache-Control", "no-store"), []string{"Cache-Control", "max-age=60"}, true},
		{"is to a request with credentials", request("GET", "/", "Authorization", "x"), []string{"Cache-Control", "max-age=60"}, true},
		{"is too large", request("GET", "/large"), []string{"Cache-Control", "max-age=60"}, true},
		{"is stored", request("GET", "/"), []string{"Cache-Control", "max-age=60"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEdge(t)
			e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
				text := "content"
				if req.Target == "/large" {
					text = strings.Repeat(text, 1<<18)
				}
				body := movable{io.NopCloser(strings.NewReader(text))}
				return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader(c.fields...), Body: body, ContentLength: int64(len(text))}, nil
			})
			for range 2 { // the second time it may be known that it is not stored
				ctx, cancel := context.WithCancel(t.Context())
				res, err := e.cache.RoundTrip(ctx, e.policy, c.request.Clone(), e)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := res.Body.(httpmsg.Mover); ok != c.moved {
					t.Errorf("the body is a %T", res.Body)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				res.CloseBody()
				cancel()
			}
		})
	}
}

// movableStore has content that can be moved.
type movableStore struct{ cache.Store }

func (s movableStore) Get(ctx context.Context, key cache.Key) (*cache.Entry, error) {
	entry, err := s.Store.Get(ctx, key)
	if entry == nil {
		return nil, err
	}
	return &cache.Entry{Key: key, Meta: entry.Meta, Content: movableContent{entry.Content}}, err
}

type movableContent struct{ cache.Content }

func (c movableContent) Section(part httpmsg.ByteRange) io.ReadCloser {
	return movable{c.Content.Section(part)}
}

// Slices are moved one after the other, and what is missing of them is read.
func TestSlicesAreMoved(t *testing.T) {
	store, err := mem.New(mem.Config{Bytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{T: t, now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC), policy: &cache.Policy{App: "shop", Scope: "upstream:a"}}
	e.cache = cache.New(cache.Config{Store: movableStore{store}, Now: e.time, ObjectBytes: 16, SliceBytes: 4, SlicedFrom: 8})
	stop := e.cache.Serve(e.policy)
	t.Cleanup(func() {
		e.cache.Wait()
		stop()
		store.Close()
	})
	e.answersBy(seekable(film, `"a"`))
	for _, c := range []struct {
		before, asked string
		want          string
		moved         int64
	}{
		{"bytes=8-11", "bytes=8-20", film[8:21], 4},
		{"bytes=0-35", "bytes=0-35", film, 36},
		{"bytes=0-35", "bytes=5-30", film[5:31], 26},
	} {
		before := e.ranged(c.before)
		_, _ = io.Copy(io.Discard, before)
		_ = before.Close()
		e.cache.Wait()
		body := e.ranged(c.asked)
		if text, moved := delivered(t, body); text != c.want || moved != c.moved {
			t.Errorf("%s after %s: %q came, of which %d bytes were moved", c.asked, c.before, text, moved)
		}
		_ = body.Close()
		e.cache.Wait()
	}
}

// ranged asks for a part of the film.
func (e *edge) ranged(part string) io.ReadCloser {
	e.Helper()
	res, err := e.cache.RoundTrip(e.Context(), e.policy, request("GET", "/film", "Range", part), e)
	if err != nil || res.Body == nil {
		e.Fatal(err)
	}
	return res.Body
}

// delivered moves a body, reads what cannot be, and returns all of it.
func delivered(t *testing.T, body io.Reader) (text string, moved int64) {
	t.Helper()
	near, far := socktest.Pair(t)
	var err error
	for buf := make([]byte, 3); err == nil; {
		var n int64
		if n, err = body.(httpmsg.Mover).Move(near, 3); n == 0 && err == nil {
			var read int
			read, err = body.Read(buf)
			_, _ = near.Write(buf[:read])
		}
		moved += n
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	_ = near.Close()
	all, err := io.ReadAll(far)
	if err != nil {
		t.Error(err)
	}
	return string(all), moved
}
