package cache_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"hedge"
	"hedge/cache"
	"hedge/httpmsg"
)

// steered is a GET that wants something of the cache.
func steered(target string, s httpmsg.Steering, fields ...string) *httpmsg.Request {
	req := request("GET", target, fields...)
	req.Steering = &s
	return req
}

func secs(n int64) httpmsg.Seconds { return httpmsg.Seconds{Value: n, Set: true} }

// What a mode does with an entry that is fresh, one that is stale, and with none.
func TestCacheModes(t *testing.T) {
	for _, test := range []struct {
		name               string
		mode               httpmsg.CacheMode
		fresh, stale, none string // the text and the reason
		stores             bool
	}{
		{"default", httpmsg.CacheDefault, "1 hit", "2 expired", "2 miss", true},
		{"no-store", httpmsg.CacheNoStore, "2 request", "2 request", "2 request", false},
		{"reload", httpmsg.CacheReload, "2 request", "2 request", "2 miss", true},
		{"no-cache", httpmsg.CacheNoCache, "2 request", "2 request", "2 miss", true},
		{"force-cache", httpmsg.CacheForceCache, "1 hit", "1 hit-stale", "2 miss", true},
		{"only-if-cached", httpmsg.CacheOnlyIfCached, "1 hit", "1 hit-stale", "error", false},
	} {
		for state, want := range map[string]string{"fresh": test.fresh, "stale": test.stale, "none": test.none} {
			t.Run(test.name+" "+state, func(t *testing.T) {
				e := newEdge(t)
				e.answers(200, "1", "Cache-Control", "max-age=60", "Vary", "X")
				if state != "none" {
					e.get("/")
				}
				if state == "stale" {
					e.later(2 * time.Minute)
				}
				e.answers(200, "2", "Cache-Control", "max-age=60", "Vary", "X")
				g := e.ask(steered("/", httpmsg.Steering{Mode: test.mode}))
				got := g.text + " " + g.reason
				if g.err != nil {
					got = "error"
				}
				if got != want {
					t.Errorf("got %s, %v, want %s", got, g.err, want)
				}
				if state == "none" && (e.get("/").reason == "hit") != test.stores {
					t.Errorf("stored: %v, want %v", !test.stores, test.stores)
				}
			})
		}
	}
}

// A reload leaves the variants for others where they are.
func TestReloadLeavesVariants(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "a", "Cache-Control", "max-age=60", "Vary", "X")
	e.get("/", "X", "a")
	e.answers(200, "b", "Cache-Control", "max-age=60", "Vary", "X")
	e.get("/", "X", "b")
	e.answers(200, "new", "Cache-Control", "max-age=60", "Vary", "X")
	e.ask(steered("/", httpmsg.Steering{Mode: httpmsg.CacheReload}, "X", "a"))
	e.want("reloaded", e.get("/", "X", "a"), 200, "new", "hit")
	e.want("the other", e.get("/", "X", "b"), 200, "b", "hit")
}

func TestSteeredLifetime(t *testing.T) {
	for _, said := range []string{"", "max-age=5", "s-maxage=0, no-cache", "max-age=86400", "no-cache=\"X\""} {
		e := newEdge(t)
		e.answers(200, "1", "Cache-Control", said, "Age", "1000")
		ask := func() got { return e.ask(steered("/", httpmsg.Steering{TTL: secs(60)})) }
		e.want(said, ask(), 200, "1", "miss")
		e.later(59 * time.Second)
		g := ask()
		e.want(said, g, 200, "1", "hit")
		if age := g.header.Get("Age"); age != "1059" {
			t.Errorf("%q: the age is %s", said, age)
		}
		e.later(2 * time.Second)
		if g = ask(); g.reason != "expired" {
			t.Errorf("%q: after its time: %v", said, g)
		}
	}
}

func TestSteeredLifetimeIsNotForErrors(t *testing.T) {
	for status, want := range map[int]string{200: "hit", 404: "hit", 301: "hit", 302: "miss", 403: "miss", 500: "miss", 503: "miss"} {
		e := newEdge(t)
		e.answers(status, "x")
		for range 2 {
			e.ask(steered("/", httpmsg.Steering{TTL: secs(60)}))
		}
		if g := e.ask(steered("/", httpmsg.Steering{TTL: secs(60)})); g.reason != want && (want == "hit" || g.reason == "hit") {
			t.Errorf("%d: %v, want %s", status, g, want)
		}
	}
}

func TestStoreModes(t *testing.T) {
	for _, said := range []string{"private, max-age=60", "no-store", "max-age=60"} {
		e := newEdge(t)
		e.answers(200, "1", "Cache-Control", said, "Set-Cookie", "id=7", "X-A", "1")
		always := func() got {
			return e.ask(steered("/", httpmsg.Steering{Store: httpmsg.StoreAlways, TTL: secs(60)}, "Authorization", "Bearer x"))
		}
		if g := always(); g.header.Get("Set-Cookie") == "" {
			t.Errorf("%q: the first client does not get its cookie", said)
		}
		g := always()
		e.want(said, g, 200, "1", "hit")
		if g.header.Has("Set-Cookie") || g.header.Get("X-A") != "1" {
			t.Errorf("%q: others get %v", said, g.header.Fields())
		}
	}
	e := newEdge(t)
	e.answers(200, "1", "Cache-Control", "max-age=60")
	never := httpmsg.Steering{Store: httpmsg.StoreNever}
	e.want("never", e.ask(steered("/", never)), 200, "1", "miss")
	e.want("never", e.ask(steered("/", never)), 200, "1", "miss")
	e.get("/")
	e.want("never, and there is something", e.ask(steered("/", never)), 200, "1", "hit")
}

// Authorization, cookies and the rest count as they do, unless code says that it knows.
func TestSteeringKeepsWhatIsPrivate(t *testing.T) {
	for name, fields := range map[string][]string{
		"private": {"Cache-Control", "private"}, "no-store": {"Cache-Control", "no-store"}, "cookie": {"Set-Cookie", "a=b"}, "vary": {"Vary", "*"},
	} {
		e := newEdge(t)
		e.answers(200, "1", fields...)
		s := httpmsg.Steering{TTL: secs(60), Key: "k", Tags: []string{"t"}}
		e.ask(steered("/", s))
		if g := e.ask(steered("/", s)); g.reason == "hit" {
			t.Errorf("%s was stored", name)
		}
	}
	e := newEdge(t)
	e.answers(200, "1")
	s := httpmsg.Steering{TTL: secs(60), Key: "k"}
	e.ask(steered("/", s, "Authorization", "a"))
	if g := e.ask(steered("/", s)); g.reason == "hit" {
		t.Error("an answer to a request with Authorization was stored")
	}
}

func TestNamedKey(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "1", "Cache-Control", "max-age=60")
	key := httpmsg.Steering{Key: "home"}
	e.want("first", e.ask(steered("/a?x=1", key)), 200, "1", "miss")
	e.answers(200, "2", "Cache-Control", "max-age=60")
	e.want("another URL", e.ask(steered("/b", key)), 200, "1", "hit")
	e.want("another key", e.ask(steered("/a?x=1", httpmsg.Steering{Key: "home "})), 200, "2", "miss")
	e.want("no key", e.get("/a?x=1"), 200, "2", "miss")
	head := steered("/b", key)
	head.Method = "HEAD"
	e.want("HEAD", e.ask(head), 200, "", "hit")
	other := cache.Policy{App: "blog", Scope: e.policy.Scope}
	res, err := e.cache.RoundTrip(t.Context(), &other, steered("/a?x=1", key), e)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(res.Body); string(text) != "2" {
		t.Error("another app has the entry of this one")
	}
	res.CloseBody()
}

// post is a POST with content, which tells whether it has been closed.
func post(content string, s httpmsg.Steering) (*httpmsg.Request, *closing) {
	req := steered("/graphql", s)
	body := &closing{Reader: strings.NewReader(content)}
	req.Method, req.Body, req.ContentLength = "POST", body, int64(len(content))
	return req, body
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestPostWithKey(t *testing.T) {
	e := newEdge(t)
	e.answersBy(func(req *httpmsg.Request) (*httpmsg.Response, error) {
		return httpmsg.Text(200, "answer"), nil
	})
	s := httpmsg.Steering{Key: "query-1", TTL: secs(60), StaleWhileRevalidate: secs(60)}
	for i, want := range []string{"miss", "hit"} {
		req, body := post("{}", s)
		e.want("POST", e.ask(req), 200, "answer", want)
		if !body.closed {
			t.Errorf("the content of request %d is open still", i)
		}
	}
	e.want("GET", e.ask(steered("/graphql", s)), 200, "answer", "miss") // is another question
	e.later(90 * time.Second)
	req, _ := post("{}", s)
	e.want("stale", e.ask(req), 200, "answer", "expired") // nobody could ask again in the background
	req, _ = post("{}", httpmsg.Steering{Key: "query-2"})
	e.ask(req)
	req, _ = post("{}", httpmsg.Steering{Key: "query-2"})
	if g := e.ask(req); g.reason == "hit" {
		t.Error("an answer to POST that says nothing was stored")
	}
}

// A question makes nothing invalid; a change, without a key, does.
func TestPostWithKeyInvalidatesNothing(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "1", "Cache-Control", "max-age=60")
	e.get("/graphql")
	req, _ := post("{}", httpmsg.Steering{Key: "q"})
	e.ask(req)
	e.want("after a question", e.get("/graphql"), 200, "1", "hit")
	req, _ = post("{}", httpmsg.Steering{})
	e.ask(req)
	e.want("after a change", e.get("/graphql"), 200, "1", "miss")
}

// A change with a key makes invalid what is stored by that name, and by its URL.
func TestChangeWithKeyInvalidates(t *testing.T) {
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		e := newEdge(t)
		e.answers(200, "1", "Cache-Control", "max-age=60")
		s := httpmsg.Steering{Key: "article-1"}
		question, _ := post("{}", s)
		e.ask(question)
		e.ask(steered("/by-name", s))
		e.get("/article")
		e.answers(200, "2", "Cache-Control", "max-age=60")
		change := steered("/article", s)
		change.Method = method
		e.ask(change)
		e.want(method+", then GET by name", e.ask(steered("/by-name", s)), 200, "2", "miss")
		question, _ = post("{}", s)
		e.want(method+", then POST by name", e.ask(question), 200, "2", "miss")
		e.want(method+", then GET by URL", e.get("/article"), 200, "2", "miss")
	}
}

func TestSteeredTags(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "1", "Cache-Control", "max-age=60", "Cache-Tag", "own")
	tagged := func() got { return e.ask(steered("/", httpmsg.Steering{Tags: []string{"product-7"}})) }
	for _, tag := range []string{"product-7", "own"} {
		tagged()
		e.want("before", tagged(), 200, "1", "hit")
		if err := e.cache.Purge(t.Context(), cache.Purge{App: "shop", Tag: tag}); err != nil {
			t.Fatal(err)
		}
		e.want("after purging "+tag, tagged(), 200, "1", "purged")
	}
}

func TestSteeredGraces(t *testing.T) {
	e := newEdge(t)
	e.answers(200, "1", "Cache-Control", "max-age=60, must-revalidate")
	s := httpmsg.Steering{StaleWhileRevalidate: secs(10), StaleIfError: secs(600)}
	e.ask(steered("/", s))
	e.later(65 * time.Second)
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		return nil, hedge.Wrap(errors.New("refused"), hedge.OutcomeOriginRefused, "refused")
	})
	e.want("while it is revalidated", e.ask(steered("/", s)), 200, "1", "hit-stale")
	e.later(time.Minute)
	e.want("when the origin is down", e.ask(steered("/", s)), 200, "1", "stale-error")
}

// Requests with one key, whatever their content, have one answer when they come at once.
func TestNamedRequestsCollapse(t *testing.T) {
	e := newEdge(t)
	begun, answer := make(chan struct{}, 9), make(chan struct{})
	e.answersBy(func(*httpmsg.Request) (*httpmsg.Response, error) {
		begun <- struct{}{}
		<-answer
		return httpmsg.Text(200, "one"), nil
	})
	done := make(chan string)
	ask := func(i int) { // ends with the test
		req, _ := post(strings.Repeat("x", i), httpmsg.Steering{Key: "q", TTL: secs(60)})
		res, err := e.cache.RoundTrip(context.Background(), e.policy, req, e)
		if err != nil {
			done <- err.Error()
			return
		}
		text, _ := io.ReadAll(res.Body)
		done <- string(text)
	}
	go ask(0)
	<-begun
	for i := range 8 {
		go ask(i)
	}
	close(answer)
	for range 9 {
		if text := <-done; text != "one" {
			t.Error(text)
		}
	}
	if n := e.times(); n != 1 {
		t.Errorf("the origin was asked %d times", n)
	}
}
