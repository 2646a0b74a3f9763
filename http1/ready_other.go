//go:build !unix

package http1

import "net"

// newReady is for systems where a connection tells when there is something to read.
func newReady(*net.TCPConn, *reader) feed { return nil }

// arrived returns how many bytes can be read without waiting; 0 if that is not known.
func arrived(*net.TCPConn) int64 { return 0 }
