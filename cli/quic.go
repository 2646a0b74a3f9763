package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"
)

// udpEntry is where HTTP/3 comes in.
type udpEntry struct {
	host string
	port int
	// socket is nil while the process before this one still has the port: packets of its
	// connections must not come here. This one gets it when that one has ended.
	socket net.PacketConn
}

// listenUDP listens on the port of an address, or will when the process before this one
// has let go of it. The port of a listener for TLS takes the place of one that the system
// was to choose.
func listenUDP(address string, beside net.Listener, inherits bool) (*udpEntry, error) {
	host, _, err := splitAddress("--listen-tls", address, "")
	if err != nil {
		return nil, err
	}
	u := &udpEntry{host: host, port: portOf(beside)}
	if err = u.open(); inherits && errors.Is(err, syscall.EADDRINUSE) {
		return u, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for HTTP/3, over UDP: %w; --http3 off does without", address, reason(err))
	}
	return u, nil
}

func (u *udpEntry) open() (err error) {
	u.socket, err = net.ListenPacket("udp", net.JoinHostPort(u.host, strconv.Itoa(u.port)))
	return err
}

// portPeriod is how often it is tried whether the process before this one has ended.
const portPeriod = 100 * time.Millisecond

// wait opens the socket as soon as that can be done, and reports whether it is open when
// ctx ends.
func (u *udpEntry) wait(ctx context.Context) bool {
	ticker := time.NewTicker(portPeriod)
	defer ticker.Stop()
	for u.socket == nil {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
			_ = u.open()
		}
	}
	return true
}

// serveUDP serves HTTP/3 until Shutdown, or until ctx ends if it has not begun by then. u
// may be nil.
func (e *edge) serveUDP(ctx context.Context, u *udpEntry) error {
	if u == nil || !u.wait(ctx) {
		return nil
	}
	return e.ServeQUIC(context.Background(), u.socket)
}

// close closes what has not been served. u may be nil.
func (u *udpEntry) close() {
	if u != nil && u.socket != nil {
		_ = u.socket.Close()
	}
}

// http3Option takes on, off, or the port that clients reach HTTP/3 at.
func http3Option(target *string) option {
	const name = "--http3"
	return option{name: name, value: "on|off|PORT", help: "serve HTTP/3 over UDP at the port of --listen-tls, and say so in Alt-Svc; PORT is for clients that reach it at another one (default: on, with --tls-cert and without --proxy-protocol)", set: func(v string) error {
		if port, err := strconv.Atoi(v); v != "on" && v != "off" && (err != nil || port < 1 || port > maxPort) {
			return fmt.Errorf("needs on, off, or a port, not %q", v)
		}
		*target = v
		return nil
	}}
}

// altSvcAge is for how long clients remember that there is HTTP/3.
const altSvcAge = 24 * time.Hour

// altSvc returns the field that leads to HTTP/3; empty if there is none.
func (o *tlsOptions) altSvc() string {
	if !o.speaksHTTP3() {
		return ""
	}
	port, err := strconv.Atoi(o.http3)
	if err != nil {
		_, port, _ = splitAddress("--listen-tls", o.address(), "") // check has looked at the error
	}
	if port == 0 {
		return "" // the system chooses one, which is for tests
	}
	return fmt.Sprintf(`h3=":%d"; ma=%d`, port, int(altSvcAge.Seconds()))
}

// speaksHTTP3 reports whether HTTP/3 is served. A load balancer that puts a header before
// connections over TCP does not stand before UDP, and so it has to be asked for then.
func (o *tlsOptions) speaksHTTP3() bool {
	return len(o.certs) > 0 && o.http3 != "off"
}
