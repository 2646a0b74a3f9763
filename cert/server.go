package cert

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hedge"
	"hedge/httpmsg"
)

// Config is what a Server is made of. It is not changed once a Server has it.
type Config struct {
	Source  Source
	Clients *Clients // what clients are asked for; nil: nothing
	Now     func() time.Time
	// HandshakeTimeout bounds a handshake.
	HandshakeTimeout time.Duration
}

// Server is the server's side of TLS 1.2 and 1.3. Its methods may be called from any
// goroutine.
type Server struct {
	cfg  Config
	base *tls.Config
	// current are the configurations of now; they are replaced when tickets get a new
	// secret, or Clients does.
	current atomic.Pointer[generation]

	renewing sync.Mutex // one new generation at a time
}

// generation is what handshakes are done with for a while.
type generation struct {
	clients *Clients
	secrets secrets
	configs sync.Map // domain → *tls.Config
}

// NewServer makes a Server.
func NewServer(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg}
	if s.cfg.Clients == nil {
		s.cfg.Clients = NewClients(nil)
	}
	s.base = &tls.Config{
		GetCertificate: cfg.Source.Certificate,
		NextProtos:     []string{"h2", "http/1.1"},
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   cipherSuites(),
		Time:           cfg.Now,
		// Answers are written in pieces that belong together. What small records at the
		// beginning save in latency, they cost in system calls and in bytes.
		DynamicRecordSizingDisabled: true,
	}
	return s, s.renew(s.cfg.Clients, nil)
}

// cipherSuites are those for TLS 1.2 that HTTP/2 allows (RFC 9113 §9.2.2), all of
// which have forward secrecy and authenticated encryption.
func cipherSuites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// renew begins a generation with clients in place of old. It does nothing if somebody
// else has replaced old meanwhile.
func (s *Server) renew(clients *Clients, old *generation) error {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	now := s.current.Load()
	if old != now {
		return nil
	}
	next := &generation{clients: clients}
	var err error
	if now != nil {
		next.secrets = now.secrets
	}
	if now == nil || !s.cfg.Now().Before(now.secrets.until) {
		if next.secrets, err = next.secrets.next(s.cfg.Now()); err != nil {
			return err
		}
	}
	s.current.Store(next)
	return nil
}

// SetClients changes what clients are asked for from the next handshake on. Sessions
// of hosts for which that has changed cannot be resumed, and requests over their
// connections are refused with 421.
func (s *Server) SetClients(clients *Clients) error {
	for {
		if err := s.renew(clients, s.current.Load()); err != nil {
			return err
		}
		if s.current.Load().clients == clients {
			return nil
		}
	}
}

// choose returns the configuration for a client and the domain of its sessions, by
// what is asked of the clients of the host that it names.
func (s *Server) choose(hello *tls.ClientHelloInfo) (cfg *tls.Config, domain string, err error) {
	g := s.current.Load()
	if !s.cfg.Now().Before(g.secrets.until) {
		if err := s.renew(g.clients, g); err != nil {
			return nil, "", err
		}
		g = s.current.Load()
	}
	auth := g.clients.of(hello.ServerName)
	if cfg, ok := g.configs.Load(auth.domain); ok {
		return cfg.(*tls.Config), auth.domain, nil
	}
	keys, err := g.secrets.keys(auth.domain)
	if err != nil {
		return nil, "", err
	}
	cfg = s.base.Clone()
	auth.apply(cfg)
	cfg.SetSessionTicketKeys(keys)
	shared, _ := g.configs.LoadOrStore(auth.domain, cfg)
	return shared.(*tls.Config), auth.domain, nil
}

// Handshake makes a TLS connection of one. It closes nc if that fails, which is
// mostly the client's doing and needs no report. A client that speaks HTTP without
// TLS is told so in its own words.
func (s *Server) Handshake(ctx context.Context, nc net.Conn) (*tls.Conn, *httpmsg.TLSInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.HandshakeTimeout)
	defer cancel()
	var domain string // what the client is asked for
	cfg := &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (chosen *tls.Config, err error) {
		chosen, domain, err = s.choose(hello)
		return chosen, err
	}}
	tc := tls.Server(nc, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		var record tls.RecordHeaderError
		if errors.As(err, &record) && record.Conn != nil && isHTTP(record.RecordHeader[:]) {
			_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nThis port speaks TLS: the URL has to begin with https.\n")
		}
		_ = nc.Close()
		return nil, nil, err
	}
	state := tc.ConnectionState()
	return tc, describe(&state, domain), nil
}

// isHTTP reports whether what should be the head of a TLS record begins a request.
func isHTTP(head []byte) bool {
	for _, c := range head {
		if (c < 'A' || c > 'Z') && c != ' ' && c != '/' {
			return false
		}
	}
	return true
}

// clientCert returns what is passed on of a client's certificate (RFC 9440 §2).
func clientCert(state *tls.ConnectionState) *httpmsg.ClientCert {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	c := &httpmsg.ClientCert{Verified: len(state.VerifiedChains) > 0}
	var chain []string
	for i, peer := range state.PeerCertificates {
		value := ":" + base64.StdEncoding.EncodeToString(peer.Raw) + ":"
		if i == 0 {
			c.Cert = value
		} else {
			chain = append(chain, value)
		}
	}
	c.Chain = strings.Join(chain, ", ")
	return c
}

// ErrMisdirected is why a request is refused with 421 (RFC 9110 §15.5.20).
var ErrMisdirected = errors.New("the connection was not made for the host of the request")

// Admit checks that a request for a host may come over a connection: what the client
// was asked for has to be what that host asks, and where that is a certificate, the
// connection has to have been made for that very host. info is nil for a connection
// without TLS.
func (s *Server) Admit(host string, info *httpmsg.TLSInfo) error {
	want := s.current.Load().clients.of(host)
	switch {
	case info == nil && want.mode == Verify:
		return hedge.Wrap(ErrMisdirected, hedge.OutcomeBadRequest, "the host %s is for clients with a certificate: use https", host)
	case info == nil:
		return nil
	case info.ClientAuth != want.domain:
		return hedge.Wrap(ErrMisdirected, hedge.OutcomeBadRequest, "the host %s asks for other client certificates than this connection was made with", host)
	case want.mode != Off && info.ServerName != "" && info.ServerName != host:
		return hedge.Wrap(ErrMisdirected, hedge.OutcomeBadRequest, "the connection was made for %s, and %s takes its own only, as its clients need a certificate", info.ServerName, host)
	}
	return nil
}
