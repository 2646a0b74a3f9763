package worker

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
)

var errOver = errors.New("worker: the request that this body belongs to is over")

// await waits for the head of the response.
func (inv *invocation) await(ctx context.Context) (*httpmsg.Response, error) {
	ready := inv.wait()
	if ready == nil { // the usual case: the turn has run on this goroutine
		return inv.deliver(ctx)
	}
	limits := &inv.session.app.limits
	timers := &inv.session.app.runtime.timers
	timer := timers.Get().(*time.Timer)
	timer.Reset(limits.Wall)
	defer timers.Put(timer)
	defer timer.Stop()
	select {
	case <-ready:
	case <-ctx.Done():
		err := hedge.Wrap(ctx.Err(), hedge.OutcomeClientGone, "the client went away")
		if inv.settle(answer{err: err}, true) {
			inv.clientGone()
		}
	case <-timer.C:
		err := hedge.Errorf(hedge.OutcomeExceededWall, "the handler did not answer within %v (limits.wall)", limits.Wall)
		if inv.settle(answer{err: err}, true) {
			inv.end(true, nil)
		}
	}
	return inv.deliver(ctx)
}

// newTimer makes a timer that is stopped.
func newTimer() any {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

// wait returns a channel that is closed with the answer, or nil if it is there.
func (inv *invocation) wait() <-chan struct{} {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.answered {
		return nil
	}
	inv.ready = make(chan struct{})
	return inv.ready
}

// deliver passes on the answer, which is there. If it has a body under way it
// watches for the client from then on; otherwise the exchange is over.
func (inv *invocation) deliver(ctx context.Context) (*httpmsg.Response, error) {
	a := inv.answer
	if a.res != nil {
		if body, ok := a.res.Body.(*deliveredBody); ok {
			body.ctx = ctx
			body.stop = context.AfterFunc(ctx, body.giveUp)
			return a.res, nil
		}
	}
	inv.letGo()
	return a.res, a.err
}

// deliveredBody tells the invocation when its response has been delivered, and
// breaks off when the client has gone.
type deliveredBody struct {
	io.ReadCloser
	source io.Closer // may be closed while a Read goes on, and ends it
	inv    *invocation
	ctx    context.Context // ends with the client; set, as stop is, before the body is handed out
	stop   func() bool     // stops watching for the client
	once   sync.Once
	gone   atomic.Bool // the client has gone
}

// Unwrap returns the body itself, for those who can copy it faster.
func (b *deliveredBody) Unwrap() io.ReadCloser { return b.ReadCloser }

func (b *deliveredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && b.gone.Load() {
		err = hedge.Wrap(err, hedge.OutcomeClientGone, "the client went away")
	}
	return n, err
}

// giveUp ends the Read that is waiting and those that follow.
func (b *deliveredBody) giveUp() {
	b.clientGone()
	_ = b.source.Close()
}

// clientGone lets the isolate know before the body is closed, so that code sees
// the signal of its request before its stream is cancelled.
func (b *deliveredBody) clientGone() {
	b.gone.Store(true)
	b.inv.clientGone()
}

// Close may be called while giveUp is, by a server which sees that the client has
// gone, too.
func (b *deliveredBody) Close() error {
	if b.ctx != nil && b.ctx.Err() != nil {
		b.clientGone()
	}
	err := b.ReadCloser.Close()
	b.once.Do(func() {
		if b.stop != nil {
			b.stop()
		}
		b.inv.bodyDelivered()
	})
	return err
}
