//go:build !unix

package http1

import "net"

// peeker cannot look whether there is something to read here, so that no connection is
// used twice.
type peeker struct{}

func (p *peeker) init(net.Conn) {}
func (p *peeker) quiet() bool   { return false }
