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
	"hedge/httpmsg"
)

// dialer connects to origins. Its errors are *hedge.Errors, or that of ctx.
type dialer struct {
	cfg      ClientConfig
	sessions tls.ClientSessionCache
}

// sessionsKept is how many origins' TLS sessions a client keeps.
const sessionsKept = 64

// dial connects to an origin, and with https verifies that it is the one, and that it
// speaks one of the protocols, as ALPN names them.
func (d *dialer) dial(ctx context.Context, to httpmsg.Origin, protocols ...string) (net.Conn, error) {
	address := withPort(to)
	conn, err := d.connect(ctx, address, to.IP)
	if err != nil {
		return nil, err
	}
	if to.Preamble != "" { // fits into the system's buffer, so it does not wait
		if _, err := io.WriteString(conn, to.Preamble); err != nil {
			_ = conn.Close()
			return nil, hedge.Wrap(err, hedge.OutcomeOriginReset, "the origin %s broke off the connection", address)
		}
	}
	if to.Scheme != "https" {
		return conn, nil
	}
	secure := tls.Client(conn, d.tlsConfig(address, protocols))
	shake, cancel := context.WithTimeout(ctx, d.cfg.ConnectTimeout)
	defer cancel()
	if err := secure.HandshakeContext(shake); err != nil {
		_ = conn.Close()
		return nil, handshakeError(ctx, err, address, d.cfg.ConnectTimeout)
	}
	if protocols[0] == alpnHTTP2 && len(protocols) == 1 && secure.ConnectionState().NegotiatedProtocol != alpnHTTP2 {
		_ = conn.Close()
		return nil, hedge.Errorf(hedge.OutcomeOriginTLS, "the origin %s does not speak HTTP/2", address)
	}
	return secure, nil
}

// withPort returns host:port.
func withPort(to httpmsg.Origin) string {
	if _, _, err := net.SplitHostPort(to.Address); err == nil {
		return to.Address
	}
	if to.Scheme == "https" {
		return to.Address + ":443"
	}
	return to.Address + ":80"
}

// connect opens a connection with address, at ip if that is known.
//
// One that does not come about in time counts as refused, as the request has not been
// sent and may go to another target.
func (d *dialer) connect(ctx context.Context, address string, ip netip.Addr) (net.Conn, error) {
	at := address
	if ip.IsValid() {
		_, port, _ := net.SplitHostPort(address)
		at = net.JoinHostPort(ip.String(), port)
	}
	dialer := net.Dialer{Timeout: d.cfg.ConnectTimeout, Resolver: d.cfg.Resolver, ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		return d.permit(address, resolved)
	}}
	conn, err := dialer.DialContext(ctx, "tcp", at)
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	return nil, connectError(err, address, d.cfg.ConnectTimeout)
}

// connectError says why there is no connection with address. That this node has no
// descriptor for one, or no memory, says nothing of the origin.
func connectError(err error, address string, limit time.Duration) error {
	var unresolved *net.DNSError
	var denied *egress.Denied
	var late net.Error
	switch {
	case errors.As(err, &denied):
		return hedge.Wrap(err, hedge.OutcomeEgressDenied, "code may not connect to %s, whose address is %s", address, denied.Reason)
	case exhausted(err):
		return hedge.Wrap(err, hedge.OutcomeExhausted, "the node has no descriptor or memory left to connect to the origin %s; allow it more (ulimit -n, LimitNOFILE=), or fewer clients", address)
	case errors.As(err, &unresolved):
		return hedge.Wrap(err, hedge.OutcomeOriginUnknown, "the name of the origin %s has no address", address)
	case errors.As(err, &late) && late.Timeout():
		return hedge.Wrap(err, hedge.OutcomeOriginRefused, "the origin %s did not take the connection within %v", address, limit)
	case errors.Is(err, syscall.ECONNREFUSED):
		return hedge.Wrap(err, hedge.OutcomeOriginRefused, "the origin %s refuses connections; is it running?", address)
	}
	return hedge.Wrap(err, hedge.OutcomeOriginRefused, "there is no way to connect to the origin %s", address)
}

// exhausted reports whether this system has not what a connection takes, or what finding an
// address does: of why that failed, package net keeps the text alone.
func exhausted(err error) bool {
	var unresolved *net.DNSError
	lookup := errors.As(err, &unresolved)
	for _, lack := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, lack) || lookup && strings.HasSuffix(unresolved.Err, lack.Error()) {
			return true
		}
	}
	return false
}

// permit is asked before each connection, with what was asked for and the address
// that it has resolved to.
func (d *dialer) permit(target, resolved string) error {
	if d.cfg.Egress == nil {
		return nil
	}
	to, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return err
	}
	return d.cfg.Egress.Check(target, to.Addr())
}

// tlsConfig returns the configuration for a connection. Sessions are resumed by the
// same client only.
func (d *dialer) tlsConfig(address string, protocols []string) *tls.Config {
	cfg := d.cfg.TLS.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	cfg.NextProtos = protocols
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(address)
	}
	cfg.ClientSessionCache = d.sessions
	return cfg
}

// noProtocol is the alert of a server that speaks none of the protocols offered (RFC
// 7301 §3.2).
const noProtocol tls.AlertError = 120

// handshakeError says why TLS does not stand. One that takes too long has failed like others: the
// request has not been sent, and may go to another target.
func handshakeError(ctx context.Context, err error, address string, limit time.Duration) error {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the origin %s did not finish the TLS handshake within %v", address, limit)
	case errors.As(err, &certificate):
		return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the certificate of the origin %s is not valid for it", address)
	case errors.As(err, &record):
		return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the origin %s does not speak TLS; is it an http:// origin?", address)
	case errors.Is(err, noProtocol):
		return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the origin %s does not speak the version of HTTP that was asked for; protocol in its [upstream.NAME] says which", address)
	}
	return hedge.Wrap(err, hedge.OutcomeOriginTLS, "the TLS handshake with the origin %s failed", address)
}
