package http2

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

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
