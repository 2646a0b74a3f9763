package node

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/ratelimit"
)

// limiter is a rate limit of an app at work.
type limiter struct {
	name    string
	spec    hedge.RateLimit
	key     hedge.Key // not that of KeyOfRoute
	limit   ratelimit.Limit
	counts  *ratelimit.Limiter
	policy  string // the value of RateLimit-Policy
	started time.Time
}

// newLimiters makes the rate limits of a release. Those that the app's last release has as
// well go on counting.
func newLimiters(release *hedge.Release, last *deployment) (map[string]*limiter, error) {
	limiters := map[string]*limiter{}
	for name, spec := range release.RateLimits {
		if last != nil && last.limiters[name] != nil && last.limiters[name].spec == spec {
			limiters[name] = last.limiters[name]
			continue
		}
		l := &limiter{name: name, spec: spec, started: time.Now()}
		var err error
		if spec.Key != hedge.KeyOfRoute {
			l.key, err = hedge.ParseKey(spec.Key)
		}
		if err != nil {
			return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the rate limit %q of the app %q has no key", name, release.Name)
		}
		l.limit = ratelimit.Limit{Rate: spec.Rate, Per: spec.Per, Burst: spec.Burst, Keys: spec.MaxKeys}
		if spec.MaxKeys == 0 {
			l.limit.Keys = hedge.DefaultMaxKeys
		}
		l.counts, l.policy = ratelimit.New(l.limit), ratelimit.Policy(name, l.limit)
		limiters[name] = l
	}
	return limiters, nil
}

// matchedBy is all that a route matches by, which is what KeyOfRoute counts by: no two routes
// of an app have it in common, and what else changes of a route leaves its count as it is.
func matchedBy(r *hedge.Route) string {
	text, _ := json.Marshal(hedge.Route{Host: r.Host, Path: r.Path, Exact: r.Exact, Methods: r.Methods, Headers: r.Headers, Query: r.Query}) // it is made of text alone
	return string(text)
}

// take counts a request of a route.
func (l *limiter) take(route string, req *httpmsg.Request, forwarding *httpmsg.Forwarding) ratelimit.Verdict {
	return l.counts.Take(l.keyOf(route, req, forwarding), time.Since(l.started))
}

func (l *limiter) keyOf(route string, req *httpmsg.Request, forwarding *httpmsg.Forwarding) string {
	switch {
	case l.spec.Key == hedge.KeyOfRoute:
		return route
	case l.key.From == hedge.KeyClient:
		return forwarding.ClientNetwork(req).String()
	}
	value, _ := httpmsg.KeyValue(l.key, req)
	return value
}

// limit refuses requests that come too often, or are too large.
func (x *exchange) limit(context.Context) error {
	if x.taken == nil {
		return nil
	}
	if err := x.limitRate(); err != nil {
		return err
	}
	most := cmp.Or(x.taken.spec.MaxBody, x.app.release.Limits.MaxBody)
	return x.content.bound(most, x.req.ContentLength)
}

func (x *exchange) limitRate() error {
	if x.taken.limiter == nil {
		return nil
	}
	l := x.taken.limiter
	x.verdict = l.take(x.taken.matched, x.req, &x.node.cfg.Forwarding)
	if x.verdict.Allowed {
		return nil
	}
	x.req.Account.Decided(l.refusal())
	return hedge.Errorf(hedge.OutcomeRateLimited, "the requests come faster than the rate limit %q allows", l.name)
}

// refusal is the decision about a request that came too soon.
func (l *limiter) refusal() hedge.Decision {
	return hedge.Decision{Part: "rate_limit:" + l.name, Reason: hedge.ReasonRateLimited, Detail: "by " + l.spec.Key}
}

// tell gives an answer the fields about the rate limit.
func (l *limiter) tell(h *httpmsg.Header, v ratelimit.Verdict) {
	h.Add("RateLimit-Policy", l.policy)
	h.Add("RateLimit", v.Field(l.name))
	if !v.Allowed {
		h.Set("Retry-After", ratelimit.Seconds(v.Wait))
	}
}
