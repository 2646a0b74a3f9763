package upstream

import (
	"context"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// hedging is what a pool knows that hedges requests.
type hedging struct {
	recent window // the times of tries, where a quantile of them counts
	found  atomic.Pointer[patience]
	// heard counts hedged requests by who was heard: the first, the second or nobody.
	heard [3]*telemetry.Counter
}

// patience is how long a target is waited for, and when that was found.
type patience struct {
	at   time.Time
	wait time.Duration
}

// hedgingSamples is how many answers of the last minute it takes to go by a quantile.
const hedgingSamples = 20

func newHedging(cfg Config, pool string) *hedging {
	h := &hedging{}
	for i, who := range []string{"first", "second", "none"} {
		h.heard[i] = cfg.Metrics.Counter(telemetry.UpstreamHedges, pool, who)
	}
	return h
}

// patience returns how long a target is waited for before another one is asked besides;
// 0: no other one is. A quantile is found once a second.
func (p *Pool) patience(req *httpmsg.Request) time.Duration {
	spec := p.spec.Hedging
	if p.hedging == nil || req.Body != nil || req.Upgrade != "" || !idempotent(req.Method) {
		return 0
	}
	if spec.Quantile == 0 {
		return spec.After
	}
	now, known := p.cfg.Clock.Now(), p.hedging.found.Load()
	if known == nil || now.Sub(known.at) >= time.Second {
		known = &patience{at: now}
		if all, _ := p.hedging.recent.sum(now); all.Count >= hedgingSamples {
			known.wait = max(all.Quantile(spec.Quantile), time.Millisecond)
		}
		p.hedging.found.Store(known)
	}
	return known.wait
}

// took notes how long a try took for an answer. It may be called on nil.
func (h *hedging) took(now time.Time, d time.Duration) {
	if h != nil {
		h.recent.record(now, d, false)
	}
}

// A target that was asked first and has not been heard has this time to answer all the same,
// or so many times what it was waited for if that is longer.
const (
	stragglerTime  = time.Second
	stragglerTimes = 10
)

// race is a request at one target or two, of which one is heard.
type race struct {
	pool     *Pool
	ctx      context.Context
	req, out *httpmsg.Request
	wait     time.Duration // for the first
	done     chan *runner  // has room for both
}

// runner is a try that may have to give way to another one.
type runner struct {
	at     *target
	began  time.Time
	detach func() bool // keeps the end of the request from ending the try
	cancel context.CancelCauseFunc
	res    *httpmsg.Response
	err    error
}

// start begins a try, in a goroutine that ends with it.
func (c *race) start(t *target) *runner {
	r := &runner{at: t, began: c.pool.cfg.Clock.Now()}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(c.ctx))
	r.detach = context.AfterFunc(c.ctx, func() { cancel(context.Cause(c.ctx)) })
	r.cancel = cancel
	go func() {
		r.res, r.err = c.pool.attempt(ctx, c.out, t)
		c.done <- r
	}()
	return r
}

// hedged asks the target that was tried last, and another one besides when there is no
// answer after wait. It returns who was heard, and the other target; nil if it was not
// asked.
func (p *Pool) hedged(ctx context.Context, req, out *httpmsg.Request, key uint64, tried []*target, wait time.Duration) (heard *runner, also *target) {
	c := &race{pool: p, ctx: ctx, req: req, out: out, wait: wait, done: make(chan *runner, 2)}
	late := make(chan struct{})
	stop := p.cfg.Clock.AfterFunc(wait, func() { close(late) })
	first := c.start(tried[len(tried)-1])
	select {
	case <-c.done:
		stop()
		return first, nil
	case <-late:
	}
	if also = p.pick(key, tried); also == nil || !p.mayRetry(req, nil) {
		return <-c.done, nil
	}
	defer p.retrying.Add(-1)
	p.decided(req, hedge.ReasonHedged, first.at.name+" took longer than "+wait.String()+", and "+also.name+" was asked")
	return c.decide(first, c.start(also)), also
}

// decide waits for the first answer that is none to retry, or else for both, and gives
// the other one up.
func (c *race) decide(first, second *runner) (winner *runner) {
	winner, loser := <-c.done, first
	if winner == first {
		loser = second
	}
	if !c.good(winner) {
		<-c.done
		if c.good(loser) || winner.res == nil {
			winner, loser = loser, winner
		}
		loser.drop()
	} else if loser != first || !loser.at.straggles.CompareAndSwap(false, true) {
		c.giveUp(loser)
	} else {
		c.await(loser)
	}
	c.count(winner, first)
	return winner
}

// giveUp ends a try that is not heard.
func (c *race) giveUp(loser *runner) {
	now := c.pool.cfg.Clock.Now()
	c.pool.hedging.took(now, now.Sub(loser.began)) // it would have taken longer
	loser.end(hedge.Errorf(hedge.OutcomeClientGone, "another target has answered"))
	go func() { // ends soon, as the try has been ended
		<-c.done
		loser.drop()
	}()
}

// await lets the first try go on without the request, so that its target is judged: one that
// is slow answers, and one that is dead does not. There is one such try at a target at a time.
func (c *race) await(loser *runner) {
	p, limit := c.pool, max(stragglerTime, stragglerTimes*c.wait)
	loser.detach()
	stop := p.cfg.Clock.AfterFunc(max(limit-p.cfg.Clock.Now().Sub(loser.began), 0), func() {
		loser.end(hedge.Errorf(hedge.OutcomeOriginTimeout, "the origin %s did not answer within %v", loser.at.name, limit))
	})
	go func() { // ends with the try, at the latest when its time is up
		<-c.done
		stop()
		if loser.err != nil { // else it has been noted
			now := p.cfg.Clock.Now()
			p.hedging.took(now, now.Sub(loser.began))
		}
		loser.drop()
		loser.at.straggles.Store(false)
	}()
}

// good reports whether the answer of a try is one to be heard.
func (c *race) good(r *runner) bool {
	return c.pool.reasonToRetry(c.req.Method, r.res, r.err) == "" && r.err == nil
}

func (c *race) count(winner, first *runner) {
	who := 1
	switch {
	case !c.good(winner):
		who = 2
	case winner == first:
		who = 0
	}
	c.pool.hedging.heard[who].Inc()
}

// drop lets go of an answer that nobody wants.
func (r *runner) drop() {
	if r.res != nil {
		r.res.CloseBody()
	}
	r.end(nil)
}

// end ends a try.
func (r *runner) end(cause error) {
	r.detach()
	r.cancel(cause)
}

// answer returns what the try has brought. Its context ends with the answer's body.
func (r *runner) answer() (*httpmsg.Response, *target, error) {
	if r.err != nil {
		r.end(nil)
		return nil, r.at, r.err
	}
	whenOver(r.res, func() { r.end(nil) })
	return r.res, r.at, nil
}
