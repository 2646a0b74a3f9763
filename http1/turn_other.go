//go:build !unix

package http1

import "net"

// turn is not to be had here.
type turn struct{}

func (t *turn) init(net.Conn)  {}
func (t *turn) possible() bool { return false }

func (t *turn) take([]byte, []byte, bool) (sent, got int, dirty bool, err error) {
	return 0, 0, true, nil
}
