package cli

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"hedge/http3"
)

// listenUDP listens for HTTP/3 on the port of an address, or takes it over from the process
// before this one. The port of a listener for TLS takes the place of one that the system was to
// choose.
func (s *sockets) listenUDP(address string, beside net.Listener) error {
	host, _, err := splitAddress(address, "")
	if err != nil {
		return err
	}
	address = net.JoinHostPort(host, strconv.Itoa(portOf(beside)))
	if s.udp, err = s.openUDP(address); err != nil {
		return fmt.Errorf("cannot listen on %s for HTTP/3, over UDP: %w; --http3 off does without", address, reason(err))
	}
	return nil
}

func (s *sockets) openUDP(address string) (*http3.Port, error) {
	relay, err := s.file(address)
	if err != nil {
		return nil, err
	}
	conn, err := s.listenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	port, err := http3.OpenPort(conn, relay)
	if err != nil || s.upgrader == nil {
		return port, err
	}
	next, err := port.Relay()
	if err == nil {
		err = s.leave(address, next)
	}
	if err != nil {
		_ = port.Close()
		return nil, err
	}
	return port, nil
}

// handOver has the process that has taken over read what comes over UDP; connections over TCP
// come to whoever accepts them.
func (s *sockets) handOver() {
	if s.udp != nil {
		s.udp.HandOver()
	}
}

// closeUDP closes the port, in case nobody has come to serve it.
func (s *sockets) closeUDP() {
	if s.udp != nil {
		_ = s.udp.Close()
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
		_, port, _ = splitAddress(o.address(), "") // its option has looked at the error
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
