package node

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"hedge"
	"hedge/egress"
)

// dial connects to an origin. The error is a *hedge.Error.
//
// A connection that does not come about in time counts as refused, as the request
// has not been sent and may go to another target.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: c.cfg.ConnectTimeout, Resolver: c.cfg.Resolver, ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		return c.permit(address, resolved)
	}}
	conn, err := dialer.DialContext(ctx, network, address)
	if err == nil {
		return conn, nil
	}
	var unresolved *net.DNSError
	var denied *egress.Denied
	var late net.Error
	switch {
	case ctx.Err() != nil:
		return nil, err
	case errors.As(err, &denied):
		return nil, hedge.Wrap(err, hedge.OutcomeEgressDenied, "code may not connect to %s, whose address is %s", address, denied.Reason)
	case errors.As(err, &unresolved):
		return nil, hedge.Wrap(err, hedge.OutcomeOriginUnknown, "the name of the origin %s has no address", address)
	case errors.As(err, &late) && late.Timeout():
		return nil, hedge.Wrap(err, hedge.OutcomeOriginRefused, "the origin %s did not take the connection within %v", address, c.cfg.ConnectTimeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, hedge.Wrap(err, hedge.OutcomeOriginRefused, "the origin %s refuses connections; is it running?", address)
	}
	return nil, hedge.Wrap(err, hedge.OutcomeOriginRefused, "there is no way to connect to the origin %s", address)
}

// permit is asked before each connection, with what was asked for and the address
// that it has resolved to.
func (c *Client) permit(target, resolved string) error {
	if c.cfg.Egress == nil {
		return nil
	}
	to, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return err
	}
	return c.cfg.Egress.Check(target, to.Addr())
}

// dialTLS connects to an origin and verifies that it is the one.
func (c *Client) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	cfg := c.cfg.TLS.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	cfg.NextProtos = []string{"h2", "http/1.1"}
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(address)
	}
	secure := tls.Client(conn, cfg)
	shake, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
	defer cancel()
	if err := secure.HandshakeContext(shake); err != nil {
		_ = conn.Close()
		return nil, handshakeError(ctx, err, address, c.cfg.ConnectTimeout)
	}
	return secure, nil
}

func handshakeError(ctx context.Context, err error, address string, limit time.Duration) error {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return hedge.Wrap(err, hedge.OutcomeOriginTimeout, "the origin %s did not finish the TLS handshake within %v", address, limit)
	case errors.As(err, &certificate):
		return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the certificate of the origin %s is not valid for it", address)
	case errors.As(err, &record):
		return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the origin %s does not speak TLS; is it an http:// origin?", address)
	}
	return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the TLS handshake with the origin %s failed", address)
}

// failure says what an error of net/http means. It is a *hedge.Error.
func (t *trip) failure(err error) error {
	var known *hedge.Error
	var late net.Error
	switch {
	case t.body != nil && errors.As(t.body.failure(), &known):
		return known // the request's body broke off
	case t.ctx.Err() != nil:
		return t.abandoned()
	case t.body != nil && t.body.failure() != nil:
		return hedge.Wrap(err, hedge.OutcomeException, "the body of the request to %s broke off", t.origin)
	case errors.As(err, &known):
		return known
	case errors.As(err, &late) && late.Timeout():
		return hedge.Wrap(err, hedge.OutcomeOriginTimeout, "the origin %s did not answer in time", t.origin)
	case isReset(err):
		return hedge.Wrap(err, hedge.OutcomeOriginReset, "the origin %s broke off the connection", t.origin)
	}
	return hedge.Wrap(err, hedge.OutcomeOriginMalformed, "what the origin %s answered is not HTTP", t.origin)
}

// abandoned says why ctx has ended.
func (t *trip) abandoned() error {
	cause := context.Cause(t.ctx)
	var known *hedge.Error
	switch {
	case errors.As(cause, &known):
		return known
	case errors.Is(cause, context.DeadlineExceeded):
		return hedge.Wrap(cause, hedge.OutcomeOriginTimeout, "the origin %s did not answer in time", t.origin)
	}
	return hedge.Wrap(cause, hedge.OutcomeClientGone, "nobody waits for the answer of the origin %s any more", t.origin)
}

// isReset reports whether the origin ended the connection, or the HTTP/2 stream.
// net/http keeps the types of its HTTP/2 errors to itself.
func isReset(err error) bool {
	var network *net.OpError
	text := err.Error()
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.As(err, &network) ||
		strings.Contains(text, "server closed idle connection") || isHTTP2Reset(text)
}

func isHTTP2Reset(text string) bool {
	return strings.Contains(text, "stream error:") || strings.Contains(text, "GOAWAY") ||
		strings.Contains(text, "client connection lost")
}
