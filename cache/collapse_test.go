package cache_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// slowBody is content that comes when the test sends it.
type slowBody struct {
	pieces chan string // closed at the end
	closed chan struct{}
	once   sync.Once
	rest   string
}

func newSlowBody() *slowBody {
	return &slowBody{pieces: make(chan string), closed: make(chan struct{})}
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.rest == "" {
		select {
		case piece, ok := <-b.pieces:
			if !ok {
				return 0, io.EOF
			}
			b.rest = piece
		case <-b.closed:
			return 0, httpmsg.ErrBodyClosed
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *slowBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// readSome reads exactly as many bytes as want has, and compares.
func readSome(t *testing.T, body io.Reader, want string) {
	t.Helper()
	buf := make([]byte, len(want))
	if _, err := io.ReadFull(body, buf); err != nil || string(buf) != want {
		t.Errorf("read %q, %v; want %q", buf, err, want)
	}
}

// misses asks for one URL n times at once, and returns the answers once the origin has
// been asked and has answered as told.
func (e *edge) misses(n int, fields ...string) []*httpmsg.Response {
	e.Helper()
	answers := make([]*httpmsg.Response, n)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			res, err := e.cache.RoundTrip(e.Context(), e.policy, request("GET", "/", fields...), e)
			if err != nil {
				e.Error(err)
				return
			}
			answers[i] = res
		})
	}
	all.Wait()
	return answers
}

func TestMissesCollapse(t *testing.T) {
	e := newEdge(t)
	body := newSlowBody()
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: body, ContentLength: -1}, nil
	})
	answers := e.misses(1000)
	if e.times() != 1 {
		t.Fatalf("the origin was asked %d times", e.times())
	}
	body.pieces <- "first" // which all get before there is a second
	for _, res := range answers {
		readSome(t, res.Body, "first")
	}
	for _, res := range answers[1:500] { // who goes holds up nobody
		res.CloseBody()
	}
	body.pieces <- strings.Repeat("x", 100_000) // the slow ones hold up nobody either
	body.pieces <- "last"
	close(body.pieces)
	readSome(t, answers[0].Body, strings.Repeat("x", 100_000)+"last")
	e.cache.Wait()
	e.want("when it is stored", e.get("/"), 200, "first"+strings.Repeat("x", 100_000)+"last", "hit")
	for _, res := range answers[500:] {
		readSome(t, res.Body, strings.Repeat("x", 100_000)+"last")
		if n, err := res.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Fatalf("at the end: %d, %v", n, err)
		}
		res.CloseBody()
	}
	answers[0].CloseBody()
}

// A request that an origin makes of this edge for another one does not wait for that one.
func TestNobodyWaitsForItself(t *testing.T) {
	e := newEdge(t)
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Depth == 3 {
			res := httpmsg.Text(200, "the end")
			res.Header.Add("Cache-Control", "max-age=60")
			return res, nil
		}
		again := request("GET", "/")
		again.Depth = req.Depth + 1
		return e.cache.RoundTrip(e.Context(), e.policy, again, e)
	})
	e.want("after all", e.get("/"), 200, "the end", "miss")
	if e.times() != 4 {
		t.Errorf("the origin was asked %d times", e.times())
	}
}

func TestWaitersAreReleased(t *testing.T) {
	e := newEdge(t)
	waiting, answer := make(chan struct{}, 100), make(chan struct{})
	first := sync.OnceFunc(func() { waiting <- struct{}{}; <-answer })
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		first()
		res := httpmsg.Text(200, "mine")
		res.Header.Add("Cache-Control", "private")
		return res, nil
	})
	var all sync.WaitGroup
	all.Go(func() { e.get("/") })
	<-waiting
	for range 20 {
		all.Go(func() {
			if g := e.get("/"); g.text != "mine" {
				t.Error(g)
			}
		})
	}
	close(answer)
	all.Wait()
	if e.times() != 21 {
		t.Errorf("the origin was asked %d times for 21 private answers", e.times())
	}
}

func TestLeaderGoes(t *testing.T) {
	e := newEdge(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		close(asked)
		<-answer
		res := httpmsg.Text(200, "ours")
		res.Header.Add("Cache-Control", "max-age=60")
		return res, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		res, err := e.cache.RoundTrip(ctx, e.policy, request("GET", "/"), e)
		if err == nil {
			res.CloseBody()
		}
	})
	<-asked
	all.Go(func() {
		if g := e.get("/"); g.text != "ours" {
			t.Error(g)
		}
	})
	cancel()
	close(answer)
	all.Wait()
	if e.times() != 1 {
		t.Errorf("the origin was asked %d times", e.times())
	}
}

func TestErrorsAreShared(t *testing.T) {
	e := newEdge(t)
	asked, answer := make(chan struct{}, 100), make(chan struct{})
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		asked <- struct{}{}
		<-answer
		return nil, hedge.Errorf(hedge.OutcomeOriginRefused, "down")
	})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if g := e.get("/"); hedge.OutcomeOf(g.err) != hedge.OutcomeOriginRefused {
				t.Error(g)
			}
		})
	}
	<-asked
	close(answer)
	all.Wait()
}

// Who replays what an origin was sent, the count in CDN-Loop included, gets the answer to a
// loop; those who wait for the same have gone round in no circle.
func TestLoopsAreTheLeadersAlone(t *testing.T) {
	for name, stored := range map[string]string{"nothing is stored": "", "what is stored is stale": "max-age=1, stale-if-error=60"} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t)
			if stored != "" {
				e.answers(200, "old", "Cache-Control", stored)
				e.get("/")
				e.cache.Wait()
				e.later(10 * time.Second)
			}
			asked, answer := make(chan struct{}), make(chan struct{})
			e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
				if req.Depth > 0 {
					close(asked)
					<-answer
					return nil, hedge.Errorf(hedge.OutcomeLoop, "round in a circle")
				}
				return httpmsg.Text(200, "new"), nil
			})
			var both sync.WaitGroup
			both.Go(func() {
				deep := request("GET", "/")
				deep.Depth = 16
				if res, err := e.cache.RoundTrip(e.Context(), e.policy, deep, e); err == nil {
					res.CloseBody()
				}
			})
			<-asked
			both.Go(func() {
				if g := e.get("/"); g.text != "new" {
					t.Error(g, g.err)
				}
			})
			for e.cache.Following() == 0 {
				runtime.Gosched()
			}
			close(answer)
			both.Wait()
		})
	}
}

func TestBrokenAnswerIsNotStored(t *testing.T) {
	for name, tt := range map[string]struct {
		length int64
		err    error
	}{
		"it ends early":  {10, nil},
		"it is too long": {3, nil},
		"it breaks off":  {-1, hedge.Errorf(hedge.OutcomeOriginReset, "reset")},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t)
			e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
				body := io.Reader(strings.NewReader("part"))
				if tt.err != nil {
					body = io.MultiReader(body, &failing{tt.err})
				}
				return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: io.NopCloser(body), ContentLength: tt.length}, nil
			})
			for range 2 {
				if g := e.get("/"); g.err == nil {
					t.Errorf("got %v as a whole", g)
				}
			}
			if e.times() != 2 {
				t.Errorf("the origin was asked %d times", e.times())
			}
		})
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestTooLargeGoesThrough(t *testing.T) {
	e := newEdge(t)
	whole := strings.Repeat("0123456789", 300_000) // more than the store takes
	for _, length := range []int64{-1, int64(len(whole))} {
		e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
			return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: io.NopCloser(strings.NewReader(whole)), ContentLength: length}, nil
		})
		for range 2 {
			if g := e.get("/" + strconv.FormatInt(length, 10)); g.err != nil || g.text != whole {
				t.Errorf("got %d bytes, %v", len(g.text), g.err)
			}
		}
	}
	if e.times() != 4 {
		t.Errorf("the origin was asked %d times", e.times())
	}
}

func TestTrailersAreKept(t *testing.T) {
	e := newEdge(t)
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{
			Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: io.NopCloser(strings.NewReader("x")), ContentLength: -1,
			Trailer: func() httpmsg.Header { return httpmsg.NewHeader("X-Sum", "1") },
		}, nil
	})
	for _, want := range []string{"miss", "hit"} {
		req := request("GET", "/")
		res, err := e.cache.RoundTrip(t.Context(), e.policy, req, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.ReadAll(res.Body); err != nil {
			t.Error(err)
		}
		trailer := res.Trailer()
		if trailer.Get("X-Sum") != "1" || req.Account.Snapshot().Cache != want {
			t.Errorf("%s: the trailer is %v", want, trailer)
		}
		res.CloseBody()
		e.cache.Wait()
	}
}
