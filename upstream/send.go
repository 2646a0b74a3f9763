package upstream

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// maxTries bounds the targets that one request is offered to.
const maxTries = 16

// send offers a request to targets until one answers, and returns its answer. out is
// req as compose has made it. It takes over the body.
func (p *Pool) send(ctx context.Context, req, out *httpmsg.Request) (res *httpmsg.Response, from *target, err error) {
	body := httpmsg.Hold(out, p.spec.Retry.Tries > 0 && idempotent(req.Method))
	defer body.Release()
	trip, err := p.enter(ctx, req)
	if err != nil {
		closeBody(out)
		return nil, nil, err
	}
	began := p.cfg.Clock.Now()
	res, from, err = p.offer(trip.ctx, req, out, body)
	p.times.Observe(p.cfg.Clock.Now().Sub(began))
	trip.answered()
	if err != nil {
		trip.end()
		closeBody(out)
		return nil, nil, err
	}
	if isOver(res) {
		trip.end()
		return res, from, nil
	}
	kept := trip // so that only this one needs memory
	whenOver(res, kept.end)
	return res, from, nil
}

// trip is one request under way, until its answer has ended.
type trip struct {
	pool   *Pool
	ctx    context.Context
	stop   func() bool // of the timer for the head of the answer; nil without
	cancel context.CancelCauseFunc
}

// enter counts a request in, which may mean that it waits.
func (p *Pool) enter(ctx context.Context, req *httpmsg.Request) (trip, error) {
	t := trip{pool: p, ctx: ctx}
	if p.spec.Timeout > 0 {
		t.ctx, t.stop, t.cancel = p.within(ctx, p.spec.Timeout, "the upstream "+p.name)
	}
	ok, err := p.gate.enter(t.ctx)
	if ok {
		p.active.Add(1)
		p.credit.earn(p.spec.Retry.Budget)
		return t, nil
	}
	if t.answered(); t.cancel != nil {
		t.cancel(nil)
	}
	if err == nil {
		p.decided(req, hedge.ReasonOverflow, "")
		return t, hedge.Errorf(hedge.OutcomeOverloaded, "the upstream %q has as many requests under way as it may (%d), and %d more wait", p.name, p.gate.limit, p.gate.pending)
	}
	var known *hedge.Error
	if !errors.As(err, &known) {
		err = hedge.Wrap(err, hedge.OutcomeClientGone, "nobody waits for the answer of the upstream %q any more", p.name)
	}
	return t, err
}

// answered says that the head of the answer is there.
func (t *trip) answered() {
	if t.stop != nil {
		t.stop()
	}
}

func (t *trip) end() {
	t.pool.active.Add(-1)
	t.pool.gate.leave()
	if t.cancel != nil {
		t.cancel(nil)
	}
}

// within bounds a context by the pool's clock.
func (p *Pool) within(ctx context.Context, limit time.Duration, who string) (context.Context, func() bool, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := p.cfg.Clock.AfterFunc(limit, func() {
		cancel(hedge.Errorf(hedge.OutcomeOriginTimeout, "%s did not answer within %v", who, limit))
	})
	return ctx, stop, cancel
}

// offer tries targets one after the other.
func (p *Pool) offer(ctx context.Context, req, out *httpmsg.Request, body *httpmsg.HeldBody) (res *httpmsg.Response, from *target, err error) {
	var room [maxTries]*target
	tried, key := room[:0], p.keyOf(req)
	next := p.first(req, key)
	for {
		from, tried = next, append(tried, next)
		if wait := p.patience(req); wait > 0 && len(tried) == 1 {
			heard, also := p.hedged(ctx, req, out, key, tried, wait)
			if res, from, err = heard.answer(); also != nil {
				tried = append(tried, also)
			}
		} else if res, err = p.attempt(ctx, out, from); len(tried) > 1 {
			p.retrying.Add(-1)
		}
		why := p.reasonToRetry(req.Method, res, err)
		if why == "" || ctx.Err() != nil || len(tried) > min(p.spec.Retry.Tries, maxTries-1) {
			return res, from, err
		}
		if next = p.pick(key, tried); next == nil || !p.mayRetry(req, body) {
			return res, from, err
		}
		if res != nil {
			res.CloseBody()
		}
		req.Account.Retried()
		p.again.Inc()
		p.decided(req, hedge.ReasonRetried, why+" from "+from.name)
	}
}

// attempt sends the request to one target. It may go on when the request is over.
func (p *Pool) attempt(ctx context.Context, out *httpmsg.Request, t *target) (*httpmsg.Response, error) {
	var cancel context.CancelCauseFunc // nil without a limit
	if limit := p.spec.Retry.Timeout; limit > 0 {
		var stop func() bool
		ctx, stop, cancel = p.within(ctx, limit, "the origin "+t.name)
		defer stop()
	}
	t.active.Add(1)
	began := p.cfg.Clock.Now()
	res, err := p.cfg.Client.RoundTrip(ctx, p.announce(t.addressee(out, p.spec.Host)))
	now := p.cfg.Clock.Now()
	t.tried(res, now.Sub(began))
	p.judge(out, t, res, err)
	if err != nil {
		t.left(cancel)
		return nil, err
	}
	p.hedging.took(now, now.Sub(began))
	if isOver(res) {
		t.left(cancel)
	} else {
		lift := cancel // so that only this one needs memory
		whenOver(res, func() { t.left(lift) })
	}
	return res, nil
}

// left says that a try is over; cancel, which may be nil, lets go of its limit.
func (t *target) left(cancel context.CancelCauseFunc) {
	t.active.Add(-1)
	if cancel != nil {
		cancel(nil)
	}
}

// reasonToRetry says why a request is to be sent to another target; empty: it is not.
func (p *Pool) reasonToRetry(method string, res *httpmsg.Response, err error) string {
	switch {
	case err == nil && res.Status != 502 && res.Status != 503 && res.Status != 504:
		return ""
	case err != nil && neverSent(err):
		return string(hedge.OutcomeOf(err))
	case !idempotent(method):
		return ""
	case err == nil:
		return strconv.Itoa(res.Status)
	case faultOfOrigin(err):
		return string(hedge.OutcomeOf(err))
	}
	return ""
}

// mayRetry takes a retry from the budget, if the body can be sent once more.
func (p *Pool) mayRetry(req *httpmsg.Request, body *httpmsg.HeldBody) bool {
	least, share := int64(p.spec.Retry.Least), p.active.Load()*int64(p.spec.Retry.Budget)/100
	if p.retrying.Add(1) > max(least, share) || !p.credit.spend(creditTimes*p.spec.Retry.Least) {
		p.retrying.Add(-1)
		p.decided(req, hedge.ReasonBudgetSpent, "")
		return false
	}
	if !body.Rearm() {
		p.retrying.Add(-1)
		p.credit.earn(100) // it was spent for nothing
		p.decided(req, hedge.ReasonBodySent, "")
		return false
	}
	return true
}

// neverSent reports whether an error means that there was no connection, so that
// not even a POST can have had an effect: none at all, or none that TLS has secured.
func neverSent(err error) bool {
	switch hedge.OutcomeOf(err) {
	case hedge.OutcomeOriginRefused, hedge.OutcomeOriginUnknown, hedge.OutcomeOriginTLS:
		return true
	}
	return false
}

// faultOfOrigin reports whether an error is what an origin did.
func faultOfOrigin(err error) bool {
	return hedge.OutcomeOf(err).OfOrigin()
}

// idempotent reports whether sending a request twice does what sending it once does
// (RFC 9110 §9.2.2).
func idempotent(method string) bool {
	return slices.Contains([]string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}, method)
}
