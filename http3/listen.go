package http3

import (
	"context"
	"crypto/rand"
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

// socket is a socket with what is served over it.
type socket struct {
	transport *quic.Transport
	listener  *quic.Listener
	stop      context.CancelFunc // ends the accepting
}

// Serve serves what comes over a socket until ctx ends or the server is stopped, and then
// returns nil; any other end is an error. It closes the socket when the last connection
// over it has ended, and returns then.
func (s *Server) Serve(ctx context.Context, pc net.PacketConn) error {
	s.start()
	defer func() { _ = pc.Close() }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	l, err := s.open(pc, stop)
	if l == nil {
		return err
	}
	var conns sync.WaitGroup
	err = s.accept(ctx, l, &conns)
	_ = l.listener.Close()
	conns.Wait()
	_ = l.transport.Close()
	s.sockets.Remove(l)
	return err
}

// open begins to listen. It returns nil if the server is stopping, or cannot.
func (s *Server) open(pc net.PacketConn, stop context.CancelFunc) (*socket, error) {
	var reset quic.StatelessResetKey
	_, _ = rand.Read(reset[:]) // never fails
	l := &socket{stop: stop, transport: &quic.Transport{
		Conn:                pc,
		StatelessResetKey:   &reset,
		VerifySourceAddress: func(net.Addr) bool { return s.shaking.Load() > int64(s.Limits.Handshakes) },
		ConnContext:         func(ctx context.Context, _ *quic.ClientInfo) (context.Context, error) { return s.shake(ctx) },
	}}
	var err error
	if l.listener, err = l.transport.Listen(s.TLS.Config(protocol), s.config()); err != nil {
		return nil, err
	}
	if !s.sockets.Add(l) {
		_, _ = l.listener.Close(), l.transport.Close()
		return nil, nil
	}
	return l, nil
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

// shaken is the key under which the context of a connection has what ends its handshake.
type shaken struct{}

var errRefused = errors.New("http3: there is no room for another connection")

// shake counts a handshake, until it ends in whatever way, if there is room for it.
func (s *Server) shake(ctx context.Context) (context.Context, error) {
	if s.Admit != nil && !s.Admit() {
		return nil, errRefused
	}
	s.shaking.Add(1)
	ended := sync.OnceFunc(func() { s.shaking.Add(-1) })
	context.AfterFunc(ctx, ended)
	return context.WithValue(s.TLS.Begin(ctx), shaken{}, ended), nil
}

// accept serves connections until ctx ends.
func (s *Server) accept(ctx context.Context, l *socket, conns *sync.WaitGroup) error {
	for {
		qc, err := l.listener.Accept(ctx)
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
		if ended, ok := qc.Context().Value(shaken{}).(func()); ok {
			ended()
		}
		conns.Go(func() { s.serve(qc) }) // until the connection ends
	}
}

// serve serves a connection until it ends.
func (s *Server) serve(qc *quic.Conn) {
	state := qc.ConnectionState().TLS
	c := &conn{server: s, quic: qc, tls: s.TLS.Info(qc.Context(), &state), remote: address(qc.RemoteAddr()), local: address(qc.LocalAddr())}
	c.controls, c.resets = serving.NewAllowance(s.Limits.Controls, s.clock.Load()), serving.NewAllowance(s.Limits.Resets, s.clock.Load())
	if !s.conns.Add(c) {
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
