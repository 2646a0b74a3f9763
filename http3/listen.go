package http3

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"hedge/serving"
)

// protocol is what clients ask for by ALPN (RFC 9114 §3.1).
const protocol = "h3"

// socket is a port that is served.
type socket struct {
	stop context.CancelFunc // ends the accepting
}

// Serve serves what comes over a port until ctx ends or the server is stopped, and then
// returns nil; any other end is an error. It begins when the process that had the port
// before has let go of it. It closes the port when the last connection over it has ended, and
// returns then.
func (s *Server) Serve(ctx context.Context, p *Port) error {
	s.start()
	defer func() { _ = p.Close() }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	l := &socket{stop}
	if !s.sockets.Add(l) {
		return nil
	}
	defer s.sockets.Remove(l)
	if !p.await(ctx) {
		return nil
	}
	transport := s.transport(p)
	listener, err := transport.Listen(s.TLS.Config(protocol), s.config())
	if err != nil {
		return err
	}
	var conns sync.WaitGroup
	err = s.accept(ctx, listener, &conns)
	_ = listener.Close()
	conns.Wait()
	_ = transport.Close()
	return err
}

func (s *Server) transport(p *Port) *quic.Transport {
	return &quic.Transport{
		Conn:                  p,
		ConnectionIDGenerator: p,
		StatelessResetKey:     &p.keys.reset,
		TokenGeneratorKey:     &p.keys.token,
		VerifySourceAddress:   func(net.Addr) bool { return s.handshakes.Len() > s.Limits.Handshakes },
		ConnContext:           func(ctx context.Context, _ *quic.ClientInfo) (context.Context, error) { return s.shake(ctx) },
	}
}

// config is QUIC as the limits would have it.
func (s *Server) config() *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:           s.Limits.HeadTimeout,
		MaxIdleTimeout:                 s.Limits.IdleTimeout,
		KeepAlivePeriod:                s.Limits.IdleTimeout / 2, // for requests that are silent; what has none is ended by us
		InitialStreamReceiveWindow:     uint64(s.Limits.StreamWindow),
		MaxStreamReceiveWindow:         uint64(s.Limits.StreamWindow),
		InitialConnectionReceiveWindow: uint64(s.Limits.ConnWindow),
		MaxConnectionReceiveWindow:     uint64(s.Limits.ConnWindow),
		MaxIncomingStreams:             int64(s.Limits.Streams),
		MaxIncomingUniStreams:          clientStreams,
		RequireStreamCreditRelease:     true, // a request counts until its handler has ended
	}
}

// handshake is one that is under way, and the key under which the context of its
// connection has it.
type handshake struct{ _ byte }

var errRefused = errors.New("http3: there is no room for another connection")

// shake counts a handshake, until it ends in whatever way, if there is room for it.
func (s *Server) shake(ctx context.Context) (context.Context, error) {
	h := new(handshake)
	if s.Admit != nil && !s.Admit() || !s.handshakes.Add(h) {
		return nil, errRefused
	}
	context.AfterFunc(ctx, func() { s.handshakes.Remove(h) })
	return context.WithValue(s.TLS.Begin(ctx), handshake{}, h), nil
}

// accept serves connections until ctx ends.
func (s *Server) accept(ctx context.Context, listener *quic.Listener, conns *sync.WaitGroup) error {
	for {
		qc, err := listener.Accept(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, quic.ErrServerClosed), errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			select { // out of memory, say
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		conns.Go(func() { s.serve(qc) }) // until the connection ends
	}
}

// serve serves a connection until it ends.
func (s *Server) serve(qc *quic.Conn) {
	state := qc.ConnectionState().TLS
	c := &conn{server: s, quic: qc, tls: s.TLS.Info(qc.Context(), &state), remote: address(qc.RemoteAddr()), local: address(qc.LocalAddr())}
	c.controls, c.resets = serving.NewAllowance(s.Limits.Controls, s.clock.Load()), serving.NewAllowance(s.Limits.Resets, s.clock.Load())
	counted := s.conns.Add(c)
	if h, ok := qc.Context().Value(handshake{}).(*handshake); ok {
		s.handshakes.Remove(h)
	}
	if !counted {
		c.end(codeNoError, "")
		return
	}
	defer s.conns.Remove(c)
	c.serve()
}

func address(a net.Addr) netip.AddrPort {
	if udp, ok := a.(*net.UDPAddr); ok {
		at := udp.AddrPort()
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	return netip.AddrPort{}
}
