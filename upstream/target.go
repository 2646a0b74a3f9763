package upstream

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
	"hedge/telemetry"
)

// target is one origin of a pool.
type target struct {
	scheme    string
	host      string     // in normal form
	authority string     // host[:port], without the scheme's default port
	base      string     // the base path in normal form, without the last slash
	url       string     // all of it
	name      string     // what people are told: the url, with the address where there is one
	address   netip.Addr // of the host; the zero Addr: each connection looks for one
	weight    int
	seed      uint64 // for rendezvous hashing
	tag       string // the value of the sticky cookie
	codes     *telemetry.Codes
	times     *telemetry.Histogram

	active   atomic.Int64 // requests under way
	failures atomic.Int32 // in a row
	back     atomic.Int64 // when it came back, in nanoseconds since the epoch, while it starts slowly; else 0

	straggles atomic.Bool // a try of it goes on that another target has been heard instead of

	// The pool's mu guards what follows.
	gone        bool // gets no further request
	ejected     bool
	ejections   int       // not long ago
	ejectedAt   time.Time // when the last ejection began
	readmitted  time.Time // and when it ended
	sick        bool      // by its checks
	streak      int       // checks in a row that say otherwise
	checked     bool      // at least once
	nextCheck   func() bool
	readmission func() bool
}

// parseTarget reads the URL of an origin.
func parseTarget(raw string) (*target, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	if scheme != "http" && scheme != "https" {
		return nil, hedge.Errorf(hedge.OutcomeStartupFailed, "the target %q is no URL that begins with http:// or https://", raw)
	}
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	host, port, err := httpmsg.NormalHost(authority)
	if err == nil {
		path, err = httpmsg.NormalPath(path)
	}
	if err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the target %q is not scheme, host, optional port and base path", raw)
	}
	t := &target{
		scheme: scheme, host: host,
		authority: httpmsg.JoinAuthority(scheme, host, port),
		base:      strings.TrimSuffix(path, "/"),
	}
	t.url = scheme + "://" + t.authority + t.base
	t.name = t.url
	t.seed = hashOf(t.name)
	return t, nil
}

// addressed returns a target like t, which is a name, at one of its addresses.
func (p *Pool) addressed(t *target, address netip.Addr) *target {
	own := &target{
		scheme: t.scheme, host: t.host, authority: t.authority, base: t.base, url: t.url, weight: t.weight,
		name: t.url + " (" + address.String() + ")", address: address, codes: t.codes, times: t.times,
	}
	own.seed = hashOf(own.name)
	p.tag(own)
	return own
}

// addressee returns a copy of out, as compose has made it, that goes to this target. They
// share the header.
func (t *target) addressee(out *httpmsg.Request, policy hedge.HostPolicy) *httpmsg.Request {
	to := new(httpmsg.Request)
	*to = *out
	to.Scheme, to.Endpoint, to.Address = t.scheme, t.authority, t.address
	switch name := policy.Name(); {
	case name != "":
		to.Authority = name
	case policy != hedge.HostClient:
		to.Authority, to.Endpoint = t.authority, ""
	}
	switch {
	case t.base == "":
	case out.Target == "*":
		to.Target = t.base
	default:
		to.Target = t.base + out.Target
	}
	return to
}

// knownAs returns the host that the target takes itself for, where that is not the one
// that the client asked for.
func (t *target) knownAs(policy hedge.HostPolicy) string {
	if name := policy.Name(); name != "" {
		host, _, _ := httpmsg.NormalHost(name) // it has been checked
		return host
	}
	return t.host
}
