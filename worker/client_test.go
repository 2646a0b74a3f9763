package worker_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// gate is an origin that answers when it is opened.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 100), open: make(chan struct{})} }

func (g *gate) RoundTrip(ctx context.Context, _ *httpmsg.Request) (*httpmsg.Response, error) {
	g.arrived <- struct{}{}
	select {
	case <-g.open:
		return httpmsg.Text(200, "open"), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ledger counts bodies that were handed out and closed again.
type ledger struct{ opened, closed atomic.Int64 }

func (l *ledger) body(r io.Reader) io.ReadCloser {
	l.opened.Add(1)
	return &countedBody{Reader: r, ledger: l}
}

func (l *ledger) awaitBalance(t *testing.T) {
	t.Helper()
	jsapitest.Eventually(t, "every body is closed", func() bool { return l.opened.Load() == l.closed.Load() })
}

type countedBody struct {
	io.Reader
	ledger *ledger
	once   sync.Once
}

func (b *countedBody) Close() error {
	b.once.Do(func() { b.ledger.closed.Add(1) })
	return nil
}

// origin answers every request with a body of some size, which the ledger follows.
func (l *ledger) origin(size int) httpmsg.RoundTripper {
	return httpmsg.RoundTripperFunc(func(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		if req.Body != nil {
			_, _ = io.Copy(io.Discard, req.Body)
			_ = req.Body.Close()
		}
		return &httpmsg.Response{Status: 200, Body: l.body(bytes.NewReader(make([]byte, size))), ContentLength: int64(size)}, nil
	})
}

// endless is a body that yields nothing until it is closed.
type endless struct {
	ledger *ledger
	done   chan struct{}
	once   sync.Once
	reads  atomic.Int64 // under way
}

func (l *ledger) endless() *endless {
	l.opened.Add(1)
	return &endless{ledger: l, done: make(chan struct{})}
}

func (b *endless) Read([]byte) (int, error) {
	b.reads.Add(1)
	defer b.reads.Add(-1)
	<-b.done
	return 0, httpmsg.ErrBodyClosed
}

func (b *endless) Close() error {
	b.once.Do(func() {
		close(b.done)
		b.ledger.closed.Add(1)
	})
	return nil
}
