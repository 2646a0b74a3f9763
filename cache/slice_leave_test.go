package cache_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

func TestSlicesGoOnWithoutTheAnswer(t *testing.T) { onStores(t, testSlicesGoOnWithoutTheAnswer) }

// heedful is an origin whose answers end with the context of the request, as they do over a
// network.
type heedful struct{ *edge }

// RoundTrip implements httpmsg.RoundTripper.
func (h heedful) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	res, err := h.edge.RoundTrip(ctx, req)
	if err == nil && ctx.Err() != nil {
		res.CloseBody()
		res, err = nil, hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the request has ended")
	}
	if err != nil || res.Body == nil {
		return res, err
	}
	body := res.Body
	res.Body = struct {
		io.Reader
		io.Closer
	}{readerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return body.Read(p)
	}), body}
	return res, nil
}

// film asks for all of it.
func (h heedful) film() *httpmsg.Response {
	h.Helper()
	res, err := h.cache.RoundTrip(h.Context(), h.policy, request("GET", "/"), h)
	if err != nil {
		h.Fatal(err)
	}
	return res
}

// A client whose answer is on its way goes on with slices of its own when the answer is of no
// more use: since others have brought some of what it has, or since it breaks off.
func testSlicesGoOnWithoutTheAnswer(t *testing.T, open openStore) {
	long := strings.Repeat(film, 10)
	t.Run("others have brought slices", func(t *testing.T) {
		e := newSlicing(t, open)
		e.answersBy(seekable(long, `"a"`))
		res := heedful{e}.film()
		defer res.CloseBody()
		readSome(t, res.Body, long[:4])
		e.get("/", "Range", "bytes=12-19")
		readSome(t, res.Body, long[4:])
	})
	t.Run("it breaks off", func(t *testing.T) {
		e := newSlicing(t, open)
		var first sync.Once
		e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
			res, err := seekable(long, `"a"`)(req)
			first.Do(func() {
				res.Body = io.NopCloser(io.MultiReader(strings.NewReader(long[:10]), &failing{errors.New("reset")}))
			})
			return res, err
		})
		res := heedful{e}.film()
		defer res.CloseBody()
		readSome(t, res.Body, long)
	})
}

func TestSlicesGoOnAfterTheFlight(t *testing.T) { onStores(t, testSlicesGoOnAfterTheFlight) }

// Who has had what is stored revalidated, or gets it since the origin failed, goes on with
// slices that are missing: one that breaks off is asked for once more.
func testSlicesGoOnAfterTheFlight(t *testing.T, open openStore) {
	for name, failure := range map[string]int{"revalidated": 0, "the origin fails": 500} {
		t.Run(name, func(t *testing.T) {
			e := newSlicing(t, open)
			e.policy.StaleIfError = time.Hour
			e.get("/", "Range", "bytes=4-9")
			e.later(2 * time.Minute)
			var first sync.Once
			e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
				if failure > 0 && !req.Header.Has("Range") {
					return &httpmsg.Response{Status: failure}, nil
				}
				res, err := seekable(film, `"a"`)(req)
				if req.Header.Has("Range") {
					first.Do(func() { res.Body = io.NopCloser(&failing{errors.New("reset")}) })
				}
				return res, err
			})
			res := heedful{e}.film()
			defer res.CloseBody()
			readSome(t, res.Body, film)
		})
	}
}

// A client that goes away just when the reader lets go of the answer: it is let go of once.
func TestSlicesLeaveTheAnswerOnce(t *testing.T) {
	e := newSlicing(t, inMemory)
	let, gone := make(chan struct{}), make(chan struct{})
	var first sync.Once
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		res, err := seekable(film, `"a"`)(req)
		first.Do(func() { res.Body = &parting{res.Body, let} })
		if req.Header.Get("Range") == "bytes=8-11" {
			<-gone
		}
		return res, err
	})
	res := heedful{e}.film()
	readSome(t, res.Body, film[:4])
	e.get("/", "Range", "bytes=4-7")
	var both sync.WaitGroup
	both.Go(func() {
		<-let
		res.CloseBody()
		close(gone)
	})
	_, _ = io.Copy(io.Discard, res.Body) // which may end at any place
	both.Wait()
}

// parting is a body that tells of its end, and may end once.
type parting struct {
	io.ReadCloser
	closed chan struct{}
}

// Close implements io.Closer.
func (p *parting) Close() error {
	close(p.closed)
	return p.ReadCloser.Close()
}
