//go:build !unix

package http1

import "net"

// writeTo writes all of p.
func writeTo(nc net.Conn, _ *quiet, p []byte) (int, error) { return nc.Write(p) }
