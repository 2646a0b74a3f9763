package node

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/credential"
	"hedge/httpmsg"
)

// link carries requests to the targets of one upstream that says how connections with
// them are made. It is a httpmsg.RoundTripper, and shares no connection with others.
type link struct {
	base ClientConfig // but for its TLS
	spec hedge.OriginTLS
	dir  string // which files are relative to
	live atomic.Pointer[linked]
}

// linked is a link at work, until its files change.
type linked struct {
	client *Client
	tls    *tls.Config
}

// special reports whether connections with the targets of an upstream are other than
// those of most, which base describes.
func special(base *ClientConfig, u *hedge.Upstream) bool {
	return u.TLS != hedge.OriginTLS{} || u.Protocol != "" && u.Protocol != hedge.ProtocolHTTP1 || u.IdleTimeout != 0 || headTimeout(base, u) > base.HeadTimeout
}

// headTimeout is how long a connection waits for the head of an answer: no less than the times
// that the upstream has for it, which its pool keeps.
func headTimeout(base *ClientConfig, u *hedge.Upstream) time.Duration {
	return max(base.HeadTimeout, u.Timeout, u.Retry.Timeout, u.Health.Timeout)
}

// newLink reads the files of an upstream. The error is a *hedge.Error.
func newLink(base ClientConfig, name string, u hedge.Upstream, dir string) (*link, error) {
	base.Protocol, base.HeadTimeout = u.Protocol, headTimeout(&base, &u)
	if u.IdleTimeout != 0 {
		base.StreamIdleTimeout = u.IdleTimeout
	}
	l := &link{base: base, spec: u.TLS, dir: dir}
	take, err := l.renew(name)
	if err == nil {
		take()
	}
	return l, err
}

// RoundTrip sends a request over a connection of the link's own.
func (l *link) RoundTrip(ctx context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	return l.live.Load().client.RoundTrip(ctx, req)
}

// renew reads the files again. take has requests from then on use what they say now; it
// is nil if that is the same as before. The error is a *hedge.Error.
func (l *link) renew(name string) (take func(), err error) {
	secure, err := credential.Load(l.spec, l.dir, time.Now())
	if err != nil {
		return nil, hedge.Wrap(err, hedge.OutcomeStartupFailed, "the upstream %q cannot secure its connections: %v", name, err)
	}
	old := l.live.Load()
	if old != nil && credential.Same(old.tls, secure) {
		return nil, nil
	}
	cfg := l.base
	cfg.TLS = secure
	return func() {
		l.live.Store(&linked{NewClient(cfg), secure})
		if old != nil {
			old.client.Close()
		}
	}, nil
}

// close closes the connections as soon as they carry nothing.
func (l *link) close() { l.live.Load().client.Close() }
