package upstream

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// Split sends each visitor to one of several upstreams. It is a httpmsg.RoundTripper.
// Shares and ramp change at once and for whole requests: a request that is under way
// stays where it is.
type Split struct {
	name, part string
	spec       hedge.Split
	cfg        Config
	sides      []*side
	live       atomic.Pointer[division]

	mu   sync.Mutex // guards what follows, and the change of live
	ramp *climb     // the one that runs, or ran last; nil if none did
	// closed ends the ramp's timer.
	closed bool
}

// division is who goes where. It is never changed, only replaced.
type division struct {
	weights []int
	shares  shares
}

// side is an upstream of a split at work. As a httpmsg.RoundTripper it is the upstream,
// measured.
type side struct {
	hedge.Side
	to      httpmsg.RoundTripper // the upstream
	clock   Clock
	at      int     // of the split's sides
	testers *tester // nil if nothing leads here but shares
	window  window
	codes   *telemetry.Codes
	times   *telemetry.Histogram
}

// tester is a part of a request that leads to a side.
type tester struct {
	key   hedge.Key
	value string // any will do if it is empty
}

// NewSplit makes a split that is not at work yet: it divides visitors, and its ramp is at rest
// until Begin. sides has the upstreams themselves: what stands before them, such as a cache, is
// for Through. before is how far the split is by now that it will take the place of, whose
// shares it has if the sides are the same; nil: there is none. The error is a *hedge.Error.
func NewSplit(name string, spec hedge.Split, sides map[string]httpmsg.RoundTripper, before *SplitState, cfg Config) (*Split, error) {
	s := &Split{name: name, part: "split:" + name, spec: spec, cfg: cfg.withDefaults()}
	for i, one := range spec.Sides {
		testers, err := parseTesters(one.Testers)
		if err == nil && sides[one.Upstream] == nil {
			err = hedge.Errorf(hedge.OutcomeStartupFailed, "there is no upstream %q", one.Upstream)
		}
		if err != nil {
			return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the split %q has the side %q, which makes no sense", name, one.Upstream)
		}
		s.sides = append(s.sides, &side{
			Side: one, to: sides[one.Upstream], clock: s.cfg.Clock, at: i, testers: testers,
			codes: cfg.Metrics.Codes(telemetry.SplitRequests, name, one.Upstream),
			times: cfg.Metrics.Histogram(telemetry.SplitDuration, name, one.Upstream),
		})
	}
	if spec.Sticky != hedge.StickyNone && len(s.cfg.Key) < MinKey {
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the split %q knows its visitors again, and there is no key for that", name)
	}
	weights := make([]int, len(s.sides))
	for i, one := range s.sides {
		weights[i] = one.Weight
	}
	if err := s.divide(nil, weights); err != nil {
		return nil, err
	}
	if spec.Ramp != nil {
		if _, err := newClimb(name, spec.Sides, *spec.Ramp); err != nil {
			return nil, err
		}
	}
	if s.follows(before) {
		s.live.Store(&division{before.Weights, before.Shares})
	}
	return s, nil
}

// Begin puts a split to work in the place of another one, which has ended: shares and ramp go
// on from where before says that it was, if that had the same sides, and a ramp with other
// settings begins anew from the shares as they are. Else it begins as it is defined. It is
// called once.
func (s *Split) Begin(before *SplitState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.follows(before):
		s.resume(before)
	case s.spec.Ramp != nil:
		s.start(s.climb(*s.spec.Ramp), s.live.Load().weights)
	}
}

func parseTesters(text string) (*tester, error) {
	if text == "" {
		return nil, nil
	}
	name, value, _ := strings.Cut(text, "=")
	key, err := hedge.ParseKey(name)
	if err != nil {
		return nil, err
	}
	return &tester{key, value}, nil
}

// Close ends the ramp. Requests go on with the shares as they are.
func (s *Split) Close() { s.Leave() }

// Leave is Close, and returns what the split that takes its place goes on from: nothing
// changes any more but by hand.
func (s *Split) Leave() SplitState {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.ramp.halt()
	return s.state()
}

// divide changes the shares; weights has one for each side. mu is held, but in New.
func (s *Split) divide(before *division, weights []int) error {
	if !usable(weights) {
		return hedge.Errorf(hedge.OutcomeBadRequest, "the weights %v of the split %q are not from 0 to %d, or all 0", weights, s.name, maxShare)
	}
	var was shares
	if before != nil {
		was = before.shares
	}
	s.live.Store(&division{weights, divide(was, weights)})
	return nil
}

// maxShare is the greatest weight of a side.
const maxShare = 1_000_000

// usable reports whether points can be divided by weights.
func usable(weights []int) bool {
	return len(weights) > 0 && slices.Max(weights) > 0 && slices.Min(weights) >= 0 && slices.Max(weights) <= maxShare
}

// RoundTrip sends a request to the visitor's side.
func (s *Split) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	return s.send(ctx, req, func(one *side) httpmsg.RoundTripper { return one })
}

// Through returns the split with other ways to its sides, which way makes, once for each,
// around what leads to the upstream itself: what stands between a visitor and a side, such
// as a cache, has to know the side. Shares and visitors are the split's, and what it
// measures of a side is what goes through to: no answer that a cache gives in its place.
func (s *Split) Through(way func(upstream string, to httpmsg.RoundTripper) httpmsg.RoundTripper) httpmsg.RoundTripper {
	ways := make([]httpmsg.RoundTripper, len(s.sides))
	for i, one := range s.sides {
		ways[i] = way(one.Upstream, one)
	}
	return httpmsg.RoundTripperFunc(func(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
		return s.send(ctx, req, func(one *side) httpmsg.RoundTripper { return ways[one.at] })
	})
}

// send chooses the visitor's side, and sends the request the way to it.
func (s *Split) send(ctx context.Context, req *httpmsg.Request, way func(*side) httpmsg.RoundTripper) (*httpmsg.Response, error) {
	point, visitor := s.visitor(req)
	one := s.sides[s.live.Load().shares.at(point)]
	if invited := s.invited(req); invited != nil {
		one, visitor = invited, ""
	}
	req.Account.TookSide(s.part + "/" + one.Upstream)
	res, err := way(one).RoundTrip(ctx, req)
	if err == nil && visitor != "" {
		setCookie(req, res, s.cookie(), visitor, visitorSeconds)
	}
	return res, err
}

// RoundTrip sends a request to the upstream, and measures what comes of it.
func (one *side) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	began := one.clock.Now()
	res, err := one.to.RoundTrip(ctx, req)
	now := one.clock.Now()
	one.times.Observe(now.Sub(began))
	one.codes.Count(statusOf(res))
	switch {
	case err == nil:
		one.window.record(now, now.Sub(began), res.Status >= 500)
	case faultOfOrigin(err) || hedge.OutcomeOf(err) == hedge.OutcomeOverloaded:
		one.window.record(now, now.Sub(began), true)
	}
	return res, err
}

// invited returns the side that the request is a tester of.
func (s *Split) invited(req *httpmsg.Request) *side {
	for _, one := range s.sides {
		if one.testers == nil {
			continue
		}
		if value, ok := httpmsg.KeyValue(one.testers.key, req); ok && (one.testers.value == "" || one.testers.value == value) {
			return one
		}
	}
	return nil
}

// visitorSeconds is how long a visitor is known: the most that browsers allow.
const visitorSeconds = 400 * 24 * 3600

// visitor returns the visitor's point, and the cookie to set for one who is new.
func (s *Split) visitor(req *httpmsg.Request) (point uint32, cookie string) {
	switch s.spec.Sticky {
	case hedge.StickyNone:
		return uint32(s.cfg.Random()), ""
	case hedge.StickyClient:
		return pointOf(seal(s.cfg.Key, "client", s.part, s.cfg.Forwarding.ClientNetwork(req).String())), ""
	}
	if value, ok := httpmsg.Cookie(&req.Header, s.cookie()); ok {
		if id, mac, ok := strings.Cut(value, "."); ok && mac == s.sealVisitor(id) {
			return pointOf(mac), ""
		}
	}
	id := base36(s.cfg.Random())
	mac := s.sealVisitor(id)
	return pointOf(mac), id + "." + mac
}

func (s *Split) sealVisitor(id string) string { return seal(s.cfg.Key, "visitor", s.part, id) }

// pointOf makes a point of a MAC, whose bits are as good as random.
func pointOf(mac string) uint32 { return uint32(hashOf(mac)) }

// cookie is the name of the split's cookie.
func (s *Split) cookie() string { return "hedge-split-" + s.name }

func base36(n uint64) string {
	text := make([]byte, 0, 13)
	for ; n > 0 || len(text) == 0; n /= 36 {
		text = append(text, "0123456789abcdefghijklmnopqrstuvwxyz"[n%36])
	}
	return string(text)
}

// share is the part of the traffic that a side gets.
func (d *division) share(side int) float64 {
	sum := 0
	for _, w := range d.weights {
		sum += w
	}
	return float64(d.weights[side]) / float64(sum)
}

// with returns weights that give one side this share and leave the others' relation
// as base has it. If all of the others are 0 they get the same.
func with(base []int, side int, share float64) []int {
	rest := 0
	for i, w := range base {
		if i != side {
			rest += w
		}
	}
	next := make([]int, len(base))
	for i, w := range base {
		part := 1 / float64(len(base)-1)
		if rest > 0 {
			part = float64(w) / float64(rest)
		}
		next[i] = int(math.Round(maxShare * (1 - share) * part))
	}
	next[side] = int(math.Round(maxShare * share))
	return next
}
