package proxyproto

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// Acceptor takes the header off connections of load balancers.
type Acceptor struct {
	// Trusted are the networks of those who begin with a header. Others must not: from
	// them it would be anybody's word. They are served as they are.
	Trusted []netip.Prefix
	// Timeout is for the header.
	Timeout time.Duration
}

// Conn is a connection that came through a load balancer: its RemoteAddr is the client.
type Conn struct {
	*net.TCPConn
	client *net.TCPAddr
	local  *net.TCPAddr
}

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.client }

// LocalAddr returns what the client has connected to.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// TCP returns the connection with the load balancer.
func (c *Conn) TCP() *net.TCPConn { return c.TCPConn }

var errNotTCP = errors.New("proxyproto: the connection is not one of TCP")

// Accept returns the connection to serve. It reads, so it is to be called on a goroutine
// of the connection's own. After an error the connection is of no use, and the caller's
// to close.
func (a *Acceptor) Accept(nc net.Conn) (net.Conn, error) {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nil, errNotTCP
	}
	peer, ok := nc.RemoteAddr().(*net.TCPAddr)
	if !ok || !a.trusts(peer.AddrPort().Addr()) {
		return nc, nil
	}
	if err := nc.SetReadDeadline(time.Now().Add(a.Timeout)); err != nil {
		return nil, err
	}
	h, err := Read(nc)
	if err == nil {
		err = nc.SetReadDeadline(time.Time{})
	}
	if err != nil || !h.Source.IsValid() {
		return nc, err
	}
	return &Conn{tcp, net.TCPAddrFromAddrPort(h.Source), net.TCPAddrFromAddrPort(h.Destination)}, nil
}

func (a *Acceptor) trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, network := range a.Trusted {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
