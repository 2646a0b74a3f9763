//go:build !unix

package http1

import "net"

// quiet is not to be had here.
type quiet struct{}

func newQuiet(net.Conn, *reader) *quiet { return nil }

func (q *quiet) await() error { return nil }
func (q *quiet) release()     {}
