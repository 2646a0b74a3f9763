package cache_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"hedge/cache"
	"hedge/httpmsg"
)

// streams has the origin answer once with a body that comes when the test sends it, and
// then with a text. It returns the first answer and its body, of which "old" has come.
func (e *edge) streams(then string, fields ...string) (*httpmsg.Response, *slowBody) {
	e.Helper()
	body := newSlowBody()
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader(fields...), Body: body, ContentLength: -1}, nil
	})
	res, err := e.cache.RoundTrip(e.Context(), e.policy, request("GET", "/"), e)
	if err != nil {
		e.Fatal(err)
	}
	body.pieces <- "old"
	readSome(e.T, res.Body, "old")
	e.answers(200, then, fields...)
	return res, body
}

// second asks while the first answer is on its way, which then ends, and returns what comes.
func (e *edge) second(body *slowBody, fields ...string) string {
	e.Helper()
	before := e.times()
	res, err := e.cache.RoundTrip(e.Context(), e.policy, request("GET", "/", fields...), e)
	if err != nil {
		e.Fatal(err)
	}
	defer res.CloseBody()
	joined := e.times() == before
	if joined {
		close(body.pieces)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		e.Error(err)
	}
	if !joined {
		close(body.pieces)
	}
	return string(text)
}

// A purge holds for who comes next, also while what is purged is still on its way; and that
// does not take the place of what has come since.
func TestPurgesReachWhatIsOnItsWay(t *testing.T) {
	for name, p := range map[string]cache.Purge{
		"a URL": {App: "shop", URL: "shop.example/"}, "softly": {App: "shop", URL: "shop.example/", Soft: true}, "a tag": {App: "shop", Tag: "a"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t)
			res, body := e.streams("new", "Cache-Control", "max-age=60", "Cache-Tag", "a")
			defer res.CloseBody()
			if err := e.cache.Purge(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if text := e.second(body); text != "new" {
				t.Errorf("after the purge: %q", text)
			}
			e.cache.Wait()
			e.want("when both have come", e.get("/"), 200, "new", "hit")
		})
	}
}

// What was asked for before a change at the origin is neither given to who asks after it nor
// stored, whichever comes first.
func TestWhatIsOnItsWayIsFromBeforeAChange(t *testing.T) {
	for _, vary := range []string{"", "Accept"} {
		e := newEdge(t)
		fields := []string{"Cache-Control", "max-age=60", "Vary", vary}
		res, body := e.streams("new", fields...)
		defer res.CloseBody()
		e.change("/")
		if text := e.second(body); text != "new" {
			t.Errorf("after the change: %q", text)
		}
		e.cache.Wait()
		e.want("when both have come", e.get("/"), 200, "new", "hit")
	}
	for name, then := range map[string]string{"alone": "", "in memory": "new"} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t)
			e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
				e.answers(200, "new", "Cache-Control", "max-age=60")
				e.change("/")
				res := &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: io.NopCloser(strings.NewReader("old")), ContentLength: 3}
				if then != "" {
					res.Body = httpmsg.NewBytesBody([]byte("old"))
				}
				return res, nil
			})
			e.get("/")
			e.want("after the change", e.get("/"), 200, "new", "miss")
		})
	}
}

// change changes something at the origin.
func (e *edge) change(target string) {
	e.Helper()
	res, err := e.cache.RoundTrip(e.Context(), e.policy, request("PUT", target), e)
	if err != nil {
		e.Fatal(err)
	}
	res.CloseBody()
}

// What was purged on its way is not stored.
func TestWhatIsPurgedOnItsWayReplacesNothing(t *testing.T) {
	e := newEdge(t)
	res, body := e.streams("new", "Cache-Control", "max-age=60, public")
	defer res.CloseBody()
	if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop"}); err != nil {
		t.Fatal(err)
	}
	if text := e.second(body, "Authorization", "x"); text != "new" { // who waits for nobody
		t.Errorf("beside it: %q", text)
	}
	e.cache.Wait()
	e.want("when both have come", e.get("/"), 200, "new", "hit")
}

// Who comes when the head is there already gets the rest if it is fresh for him, as he would
// from what is stored.
func TestWhoComesLateIsJudged(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer string
		later  time.Duration
		asks   string
		joins  bool
	}{
		{"fresh", "max-age=60", 59 * time.Second, "", true},
		{"fresh enough", "max-age=60", 30 * time.Second, "max-age=30", true},
		{"stale, as the client takes it", "max-age=60", time.Hour, "max-stale", true},
		{"too old", "max-age=5", time.Hour, "", false},
		{"to be revalidated always", "max-age=60, no-cache", 0, "", false},
		{"to be revalidated at once", "max-age=0, must-revalidate", time.Hour, "", false},
		{"not wanted by the client", "max-age=60", 0, "no-cache", false},
		{"too old for the client", "max-age=60", 30 * time.Second, "max-age=29", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEdge(t)
			res, body := e.streams("new", "Cache-Control", c.answer, "ETag", `"a"`)
			defer res.CloseBody()
			e.later(c.later)
			var fields []string
			if c.asks != "" {
				fields = []string{"Cache-Control", c.asks}
			}
			want := "new"
			if c.joins {
				want = "old"
			}
			if text := e.second(body, fields...); text != want {
				t.Errorf("got %q, want %q", text, want)
			}
		})
	}
}

// An answer that ends since nobody reads it any more is not what somebody else gets.
func TestNobodyJoinsWhatEnds(t *testing.T) {
	e := newEdge(t)
	ending := make(chan struct{})
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		body := io.MultiReader(strings.NewReader("old"), readerFunc(func([]byte) (int, error) {
			<-ending
			return 0, context.Canceled
		}))
		return &httpmsg.Response{Status: 200, Header: httpmsg.NewHeader("Cache-Control", "max-age=60"), Body: io.NopCloser(body), ContentLength: -1}, nil
	})
	first, err := e.cache.RoundTrip(t.Context(), e.policy, request("GET", "/"), e)
	if err != nil {
		t.Fatal(err)
	}
	readSome(t, first.Body, "old")
	first.CloseBody()
	e.answers(200, "new", "Cache-Control", "max-age=60")
	second, err := e.cache.RoundTrip(t.Context(), e.policy, request("GET", "/"), e)
	close(ending)
	if err != nil {
		t.Fatal(err)
	}
	defer second.CloseBody()
	readSome(t, second.Body, "new")
}
