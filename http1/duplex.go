package http1

import (
	"net"

	"hedge/httpmsg"
)

// duplex is a connection that has been switched to another protocol. What had been
// read of it before comes first.
type duplex struct {
	in    *reader
	net   net.Conn
	plain net.Conn // net, or what is below its TLS
	put   func([]byte) (int, error)
	end   func()
}

var _ httpmsg.Duplex = (*duplex)(nil)

// Read reads what comes. It needs a buffer for as long as it waits.
func (d *duplex) Read(p []byte) (int, error) { return d.in.read(p) }

// Write writes all of p, within the time that a write may take.
func (d *duplex) Write(p []byte) (int, error) { return d.put(p) }

// Close ends both directions at once.
func (d *duplex) Close() error {
	d.end()
	return nil
}

// CloseWrite ends one direction: that of TLS alone, if there is any, and otherwise
// that of the connection.
func (d *duplex) CloseWrite() error {
	if closer, ok := d.net.(interface{ CloseWrite() error }); ok {
		return closer.CloseWrite()
	}
	return nil
}

// tcp returns the connection if nothing stands between it and its bytes, TLS above
// all; else nil.
func (d *duplex) tcp() *net.TCPConn {
	if d.net != d.plain {
		return nil
	}
	return tcpOf(d.plain)
}

// tcpOf returns what is below a connection that only has another address.
func tcpOf(nc net.Conn) *net.TCPConn {
	switch nc := nc.(type) {
	case *net.TCPConn:
		return nc
	case interface{ TCP() *net.TCPConn }:
		return nc.TCP()
	}
	return nil
}
