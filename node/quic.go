package node

import (
	"context"
	"crypto/tls"
	"net"

	"hedge"
	"hedge/cert"
	"hedge/httpmsg"
)

// ServeQUIC serves HTTP/3 over a socket until ctx ends or Shutdown is called, and then
// returns nil; any other end is an error. It closes pc when the last connection over it
// has ended. The handshakes are those of Config.TLS.
func (n *Node) ServeQUIC(ctx context.Context, pc net.PacketConn) error {
	if n.door.http3 == nil {
		_ = pc.Close()
		return hedge.Errorf(hedge.OutcomeStartupFailed, "there is no HTTP/3 without TLS")
	}
	return n.door.http3.Serve(ctx, pc)
}

// handshakes counts those that are made within QUIC.
type handshakes struct {
	cert.QUIC
	door *door
}

// Info is called once for each connection.
func (h handshakes) Info(ctx context.Context, state *tls.ConnectionState) *httpmsg.TLSInfo {
	info := h.QUIC.Info(ctx, state)
	h.door.quic.Inc()
	if info.Resumed {
		h.door.resumed.Inc()
	} else {
		h.door.full.Inc()
	}
	return info
}
