package upstream

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// Config is what the pools and splits of one node have in common.
type Config struct {
	// Client carries requests to origins. It connects to Request.Endpoint where
	// that is set.
	Client httpmsg.RoundTripper
	// Forwarding says whose word about the client is passed on.
	Forwarding httpmsg.Forwarding
	// Via is the pseudonym in Via, a token; empty stands for "hedge".
	Via string
	// Clock is the time; nil stands for that of the system.
	Clock Clock
	// Random yields uniformly distributed bits, to many goroutines at once; nil stands
	// for math/rand/v2. Nothing that has to be kept secret is made from it.
	Random func() uint64
	// Key signs cookies. Nodes that share visitors share it. A pool that is sticky
	// needs one of at least MinKey bytes.
	Key []byte
	// Resolver finds the addresses of targets that are names; nil stands for the system's.
	Resolver Resolver
	// Notice is told of changes in the state of targets and splits. It is called from
	// any goroutine, one call at a time for each pool, and must not block. May be nil.
	Notice func(hedge.Decision)
	// Metrics counts what pools and splits do; nil: nobody counts.
	Metrics *telemetry.Scope
}

// Pool is a named pool of origins. It is a httpmsg.RoundTripper. It may have timers,
// which Close ends.
type Pool struct {
	name    string
	part    string // what decisions call it
	spec    hedge.Upstream
	key     hedge.Key // of BalanceHash
	cfg     Config
	gate    *gate    // nil without a bound
	hedging *hedging // nil without
	mirror  *mirror  // nil without; set before the first request
	times   *telemetry.Histogram
	again   *telemetry.Counter // retries

	turns    atomic.Uint64 // counts requests, for round-robin
	active   atomic.Int64  // requests under way
	retrying atomic.Int64  // those of them that are retries
	credit   credit        // of retries, over time
	roster   atomic.Pointer[roster]

	mu      sync.Mutex // guards the state of targets, the change of the roster, and what follows
	targets []*target  // replaced when the addresses of a name have changed
	names   []*name    // those of the definition that are looked up
	closed  bool
}

var _ httpmsg.RoundTripper = (*Pool)(nil)

// New makes a pool. The error is a *hedge.Error that names the pool and what is
// wrong with its definition.
func New(name string, u hedge.Upstream, cfg Config) (*Pool, error) {
	p := &Pool{name: name, part: "upstream:" + name, spec: u.WithDefaults(), cfg: cfg.withDefaults()}
	if err := p.check(); err != nil {
		return nil, err
	}
	for i, raw := range u.Targets {
		t, err := parseTarget(raw)
		if err != nil {
			return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the upstream %q has a target that is no origin", name)
		}
		if slices.ContainsFunc(p.targets, func(one *target) bool { return one.url == t.url }) {
			return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the upstream %q has the target %q twice: name it once, and give it a greater share by weights", name, raw)
		}
		t.weight = 1
		if len(u.Weights) > 0 {
			t.weight = u.Weights[i]
		}
		p.tag(t)
		p.measure(t)
		p.targets = append(p.targets, t)
	}
	if p.spec.MaxConnections > 0 {
		p.gate = newGate(p.spec.MaxConnections, max(p.spec.MaxPending, 0))
	}
	if u.Hedging != (hedge.Hedging{}) {
		p.hedging = newHedging(p.cfg, name)
	}
	p.roster.Store(newRoster(p.targets, p.targets, false))
	p.startChecks()
	p.startLookups()
	return p, nil
}

// check finds what is wrong with the definition of the pool as a whole.
func (p *Pool) check() (err error) {
	u := &p.spec
	wrong := func(format string, args ...any) error {
		return hedge.Errorf(hedge.OutcomeStartupFailed, "the upstream %q "+format, append([]any{p.name}, args...)...)
	}
	if u.Balance == hedge.BalanceHash {
		if p.key, err = hedge.ParseKey(u.HashOn); err != nil {
			return hedge.Wrap(err, hedge.OutcomeStartupFailed, "the upstream %q does not say what the hash goes by", p.name)
		}
	}
	if name := u.Host.Name(); name != "" {
		if _, _, err := httpmsg.NormalHost(name); err != nil {
			return hedge.Wrap(err, hedge.OutcomeStartupFailed, "the upstream %q has a Host that is none", p.name)
		}
	}
	switch {
	case len(u.Targets) == 0:
		return wrong("has no targets")
	case !httpmsg.IsToken(p.cfg.Via):
		return hedge.Errorf(hedge.OutcomeStartupFailed, "the pseudonym %q is not a token", p.cfg.Via)
	case u.Host != hedge.HostOrigin && u.Host != hedge.HostClient && u.Host.Name() == "":
		return wrong("has the unknown host policy %q", u.Host)
	case !slices.Contains(hedge.Protocols(), u.Protocol):
		return wrong("has the unknown protocol %q", u.Protocol)
	case u.ProxyProtocol < 0 || u.ProxyProtocol > 2:
		return wrong("has the version %d of the PROXY protocol, which is neither 1 nor 2", u.ProxyProtocol)
	case u.Mirror.Percent < 1 || u.Mirror.Percent > 100 || u.Mirror.MaxBody < 0:
		return wrong("has a mirror for %d%% of the requests, with %d bytes of content", u.Mirror.Percent, u.Mirror.MaxBody)
	case u.Hedging.After < 0 || u.Hedging.Quantile < 0 || u.Hedging.Quantile >= 1:
		return wrong("hedges requests after %v, or the quantile %v", u.Hedging.After, u.Hedging.Quantile)
	case !slices.Contains(hedge.Balances(), u.Balance):
		return wrong("has the unknown balance %q", u.Balance)
	case len(u.Weights) != 0 && len(u.Weights) != len(u.Targets):
		return wrong("has %d weights for %d targets", len(u.Weights), len(u.Targets))
	case u.Sticky != "" && len(p.cfg.Key) < MinKey:
		return wrong("is sticky, and there is no key to sign cookies with")
	}
	for _, weight := range u.Weights {
		if weight < 1 || weight > MaxWeight {
			return wrong("has the weight %d, which is not from 1 to %d", weight, MaxWeight)
		}
	}
	return nil
}

// Name returns the pool's name.
func (p *Pool) Name() string { return p.name }

// Close ends the checks and lookups of targets, the timers of ejections and the copies
// that are under way. Requests go on as
// they would without a change in the state of targets.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.stopLookups()
	if p.mirror != nil {
		p.mirror.end()
	}
	for _, t := range p.targets {
		for _, stop := range []func() bool{t.nextCheck, t.readmission} {
			if stop != nil {
				stop()
			}
		}
	}
}

// RoundTrip sends a request to one of the targets, and perhaps to others after it:
// see hedge.Retry.
//
// A request whose path has no normal form fails with OutcomeBadRequest, one that would
// have to wait with too many others with OutcomeOverloaded.
func (p *Pool) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	if res := finalAnswer(req); res != nil {
		closeBody(req)
		return res, nil
	}
	out, err := p.compose(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	p.copied(ctx, req, out)
	res, from, err := p.send(ctx, req, out)
	if err != nil {
		return nil, err
	}
	p.present(req, from, res)
	p.stick(req, from, res)
	return res, nil
}

// decided notes a decision about a request.
func (p *Pool) decided(req *httpmsg.Request, reason hedge.Reason, detail string) {
	req.Account.Decided(hedge.Decision{Part: p.part, Reason: reason, Detail: detail})
}

func closeBody(req *httpmsg.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
