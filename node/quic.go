package node

import (
	"context"
	"crypto/tls"

	"hedge"
	"hedge/cert"
	"hedge/http3"
	"hedge/httpmsg"
)

// ServeQUIC serves HTTP/3 over a port until ctx ends or Shutdown is called, and then
// returns nil; any other end is an error. It closes the port when the last connection over it
// has ended. The handshakes are those of Config.TLS.
func (n *Node) ServeQUIC(ctx context.Context, port *http3.Port) error {
	if n.door.http3 == nil {
		_ = port.Close()
		return hedge.Errorf(hedge.OutcomeStartupFailed, "there is no HTTP/3 without TLS")
	}
	return n.door.http3.Serve(ctx, port)
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
