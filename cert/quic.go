package cert

import (
	"context"
	"crypto/tls"

	"hedge/httpmsg"
)

// QUIC is the Server for handshakes that are made within QUIC (RFC 9001). Early data is
// not taken.
type QUIC struct{ server *Server }

// QUIC returns the server for handshakes within QUIC.
func (s *Server) QUIC() QUIC { return QUIC{s} }

// chosenKey is the key under which the context of a connection has the domain of its
// sessions, a *string that choose sets.
type chosenKey struct{}

// Begin returns the context of a new connection, in which Config leaves for Info what it
// has chosen.
func (q QUIC) Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, chosenKey{}, new(string))
}

// Config returns what handshakes are made by, with clients that speak protocol.
func (q QUIC) Config(protocol string) *tls.Config {
	cfg := q.server.base.Clone()
	cfg.NextProtos, cfg.MinVersion = []string{protocol}, tls.VersionTLS13
	cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		chosen, domain, err := q.server.choose(hello)
		if err != nil {
			return nil, err
		}
		if left, ok := hello.Context().Value(chosenKey{}).(*string); ok {
			*left = domain
		}
		chosen = chosen.Clone()
		chosen.NextProtos, chosen.MinVersion = cfg.NextProtos, cfg.MinVersion
		return chosen, nil
	}
	return cfg
}

// Info describes a connection whose handshake has ended.
func (q QUIC) Info(ctx context.Context, state *tls.ConnectionState) *httpmsg.TLSInfo {
	domain, _ := ctx.Value(chosenKey{}).(*string)
	if domain == nil {
		domain = new(string)
	}
	return describe(state, *domain)
}

// describe returns what is known of a connection, which belongs to a domain of sessions.
func describe(state *tls.ConnectionState, domain string) *httpmsg.TLSInfo {
	return &httpmsg.TLSInfo{
		Version: state.Version, CipherSuite: state.CipherSuite,
		ServerName: normal(state.ServerName), Protocol: state.NegotiatedProtocol, Resumed: state.DidResume,
		ClientCert: clientCert(state),
		ClientAuth: domain,
	}
}
