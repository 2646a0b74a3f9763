package upstream

import (
	"context"
	"sync/atomic"

	"hedge"
	"hedge/httpmsg"
)

// Config is what the pools of one node have in common.
type Config struct {
	// Client carries requests to origins. It connects to Request.Endpoint where
	// that is set.
	Client httpmsg.RoundTripper
	// Forwarding says whose word about the client is passed on.
	Forwarding httpmsg.Forwarding
	// Via is the pseudonym in Via, a token; empty stands for "hedge".
	Via string
}

// Pool is a named pool of origins. It is a httpmsg.RoundTripper.
type Pool struct {
	name    string
	targets []*target
	policy  hedge.HostPolicy
	cfg     Config
	turns   atomic.Uint32 // counts requests, for round-robin
}

var _ httpmsg.RoundTripper = (*Pool)(nil)

// New makes a pool. The error is a *hedge.Error that names the pool and what is
// wrong with its definition.
func New(name string, u hedge.Upstream, cfg Config) (*Pool, error) {
	if cfg.Via == "" {
		cfg.Via = "hedge"
	}
	p := &Pool{name: name, policy: u.Host, cfg: cfg}
	switch {
	case len(u.Targets) == 0:
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the upstream %q has no targets", name)
	case !httpmsg.IsToken(cfg.Via):
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the pseudonym %q is not a token", cfg.Via)
	case u.Host != "" && u.Host != hedge.HostOrigin && u.Host != hedge.HostClient:
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the upstream %q has the unknown host policy %q", name, u.Host)
	}
	for _, raw := range u.Targets {
		t, err := parseTarget(raw)
		if err != nil {
			return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the upstream %q has a target that is no origin", name)
		}
		p.targets = append(p.targets, t)
	}
	return p, nil
}

// Name returns the pool's name.
func (p *Pool) Name() string { return p.name }

// RoundTrip sends a request to one of the targets. A target that cannot be
// connected to is passed over, as long as nothing of the body has been read.
//
// A request whose path has no normal form fails with OutcomeBadRequest.
func (p *Pool) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if res := finalAnswer(req); res != nil {
		closeBody(req)
		return res, nil
	}
	out, err := p.compose(ctx, req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	res, from, err := p.send(ctx, out)
	if err != nil {
		return nil, err
	}
	p.present(req, from, res)
	return res, nil
}

// send offers a request to the targets in turn, and returns the answer of the first
// that can be connected to. It takes over the body.
func (p *Pool) send(ctx context.Context, out *httpmsg.Request) (res *httpmsg.Response, from *target, err error) {
	body := hold(out)
	defer body.release()
	for _, from = range p.order() {
		res, err = p.cfg.Client.RoundTrip(ctx, from.address(out, p.policy))
		if err == nil || !neverSent(err) || !body.rearm() {
			break
		}
	}
	if err != nil {
		closeBody(out)
	}
	return res, from, err
}

// order returns the targets in the order in which to try them.
func (p *Pool) order() []*target {
	n := len(p.targets)
	if n == 1 {
		return p.targets
	}
	first := int((p.turns.Add(1) - 1) % uint32(n))
	return append(append(make([]*target, 0, n), p.targets[first:]...), p.targets[:first]...)
}

// neverSent reports whether an error means that there was no connection, so that
// not even a POST can have had an effect.
func neverSent(err error) bool {
	outcome := hedge.OutcomeOf(err)
	return outcome == hedge.OutcomeOriginRefused || outcome == hedge.OutcomeOriginUnknown
}

func closeBody(req *httpmsg.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
