package http2

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"hedge"
	"hedge/httpmsg"
)

// watched is a context that tells when somebody comes to wait for its end.
type watched struct {
	context.Context
	waits chan struct{}
}

func (w watched) Done() <-chan struct{} {
	select {
	case w.waits <- struct{}{}:
	default: // once is enough
	}
	return w.Context.Done()
}

// queue has n requests sent, and returns when each waits for something. How they end comes
// through the channel.
func queue(ctx context.Context, c *Client, n int, req func() *httpmsg.Request) (ended chan error) {
	ended = make(chan error, n)
	for range n {
		ctx := watched{ctx, make(chan struct{}, 1)}
		go func() { // ends with the request
			res, err := c.RoundTrip(ctx, req())
			if err == nil {
				res.CloseBody()
			}
			ended <- err
		}()
		<-ctx.waits
	}
	return ended
}

// All who wait for a connection that cannot be made fail with it, instead of trying one after
// the other.
func TestFailuresToConnectAreShared(t *testing.T) {
	fails := make(chan struct{})
	var dials atomic.Int32
	c, _ := newTestClient(t, func(cfg *ClientConfig) {
		cfg.Dial = func(ctx context.Context, _ httpmsg.Origin) (net.Conn, error) {
			dials.Add(1)
			select {
			case <-fails:
				return nil, errors.New("down")
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	})
	ended := queue(t.Context(), c, 10, func() *httpmsg.Request { return to("http://a.example", "GET", "/", "") })
	close(fails)
	for range 10 {
		if err := <-ended; hedge.OutcomeOf(err) != hedge.OutcomeOriginRefused {
			t.Errorf("got %v", err)
		}
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("%d connections were tried", n)
	}
}

// They go on without one whose connection is not made as nobody waits for its answer.
func TestRequestsThatAreGivenUpFailNoOthers(t *testing.T) {
	origin := site(t, false, func(http.ResponseWriter, *http.Request) {})
	req := func() *httpmsg.Request { return to(origin, "GET", "/", "") }
	proceed := make(chan struct{})
	c, dials := newTestClient(t, func(cfg *ClientConfig) {
		dial := cfg.Dial
		cfg.Dial = func(ctx context.Context, to httpmsg.Origin) (net.Conn, error) {
			select {
			case <-proceed:
				return dial(ctx, to)
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	first := queue(ctx, c, 1, req)
	others := queue(t.Context(), c, 9, req)
	cancel()
	if err := <-first; hedge.OutcomeOf(err) != hedge.OutcomeClientGone {
		t.Errorf("got %v", err)
	}
	close(proceed)
	for range 9 {
		if err := <-others; err != nil {
			t.Error(err)
		}
	}
	if dials() != 1 {
		t.Errorf("%d connections", dials())
	}
}

// Until an origin has said how many requests it takes at one time, it gets one, and no
// connection gets more than it takes.
func TestOriginsSayHowManyRequestsTheyTake(t *testing.T) {
	const most, total = 10, 21
	var all sync.WaitGroup // requests that have come
	all.Add(total)
	proceed := make(chan struct{})
	origin := script(t, func(s *scripted, n int) {
		settings := func() { _ = s.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: most}) }
		if n > 0 {
			settings()
		}
		var mu sync.Mutex // guards what is written
		for got := 1; ; got++ {
			id := s.request()
			if id == 0 {
				return
			}
			if got > most {
				t.Errorf("a connection has %d requests", got)
			}
			if n+got == 1 {
				<-proceed
				settings()
			}
			all.Done()
			go func() { // ends when all have come
				all.Wait()
				mu.Lock()
				defer mu.Unlock()
				s.head(id, true, ":status", "204")
			}()
		}
	})
	c, dials := newTestClient(t, nil)
	ended := queue(t.Context(), c, total, func() *httpmsg.Request { return to(origin, "POST", "/", "content") })
	close(proceed)
	for range total {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if dials() != 3 {
		t.Errorf("%d connections", dials())
	}
}

// Where an origin refuses a request, though it has others, it gets no more on that connection
// until one of them has ended.
func TestRefusalsSayHowManyRequestsOriginsTake(t *testing.T) {
	var seen atomic.Int32
	proceed := make(chan struct{})
	origin := script(t, func(s *scripted, n int) {
		_ = s.WriteSettings()
		if n > 0 {
			s.head(s.request(), true, ":status", "204")
			close(proceed)
			s.rest()
			return
		}
		first := s.request()
		s.head(first, false, ":status", "200")
		_ = s.WriteRSTStream(s.request(), http2.ErrCodeRefusedStream)
		<-proceed
		_ = s.WriteData(first, true, []byte("x"))
		for id := s.request(); id != 0; id = s.request() {
			seen.Add(1)
			s.head(id, true, ":status", "204")
		}
	})
	c, dials := newTestClient(t, nil)
	held, err := c.RoundTrip(t.Context(), to(origin, "GET", "/", ""))
	if err != nil {
		t.Fatal(err)
	}
	if res, _, err := fetch(t, c, to(origin, "GET", "/", "")); err != nil || res.Status != 204 {
		t.Error(res, err)
	}
	if text, err := io.ReadAll(held.Body); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
	held.CloseBody()
	if res, _, err := fetch(t, c, to(origin, "GET", "/", "")); err != nil || res.Status != 204 {
		t.Error(res, err)
	}
	if dials() != 2 || seen.Load() != 1 {
		t.Errorf("%d connections, of which the first got %d more requests", dials(), seen.Load())
	}
}

// All who wait for what an origin says first share that it says something else, or nothing.
func TestFailuresToBeginAreShared(t *testing.T) {
	for _, says := range []string{"HTTP/1.1 400 Bad Request\r\n\r\n", ""} {
		proceed := make(chan struct{})
		origin := script(t, func(s *scripted, _ int) {
			<-proceed
			_, _ = io.WriteString(s.conn, says)
		})
		c, dials := newTestClient(t, nil)
		ended := queue(t.Context(), c, 10, func() *httpmsg.Request { return to(origin, "POST", "/", "") })
		close(proceed)
		refused := 0
		for range 10 {
			err := <-ended
			if err == nil {
				t.Error("it is no error")
			}
			if hedge.OutcomeOf(err) == hedge.OutcomeOriginRefused {
				refused++ // it has not been sent
			}
		}
		if refused != 9 || dials() != 1 {
			t.Errorf("%q: %d requests were not sent, over %d connections", says, refused, dials())
		}
	}
}

// An origin that takes a connection and says nothing does not hold it for ever.
func TestOriginsThatSayNothing(t *testing.T) {
	origin := script(t, func(s *scripted, _ int) { s.rest() })
	c, _ := newTestClient(t, func(cfg *ClientConfig) { cfg.HeadTimeout, cfg.StreamIdleTimeout = 20*time.Millisecond, time.Hour })
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("overdue"))
	defer cancel()
	if _, err := c.RoundTrip(ctx, to(origin, "POST", "/", strings.Repeat("x", 2*defaultWindow))); hedge.OutcomeOf(err) != hedge.OutcomeOriginTimeout {
		t.Errorf("got %v", err)
	}
}
