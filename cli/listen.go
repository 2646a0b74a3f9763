package cli

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// portsTried is how many ports `hedge dev` tries before it gives up.
const portsTried = 20

const maxPort = 65535

// listen listens on an address, HOST:PORT or a port alone, which is one of
// defaultHost. When the port is taken it tries the next ones, tries ports in all. The
// flag is the option that the address comes from.
func listen(flag, address, defaultHost string, tries int) (net.Listener, error) {
	host, first, err := splitAddress(address, defaultHost)
	if err != nil {
		return nil, fmt.Errorf("%s %w", flag, err)
	}
	last := min(first+tries-1, maxPort)
	for port := first; port <= last; port++ {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return ln, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("cannot listen on %s: %w", address, reason(err))
		}
	}
	taken := "the port is taken"
	if last > first {
		taken = fmt.Sprintf("the ports %d to %d are taken", first, last)
	}
	return nil, fmt.Errorf("cannot listen on %s: %s; choose another one with %s", address, taken, flag)
}

// addressOption takes an address to listen on.
func addressOption(target *string, name, help string) option {
	return option{name: name, value: "ADDR", help: help, set: func(v string) error {
		*target = v
		_, _, err := splitAddress(v, "")
		return err
	}}
}

// splitAddress takes an address apart, HOST:PORT or a port alone, which is one of
// defaultHost. Its error goes on after the name of the option.
func splitAddress(address, defaultHost string) (host string, port int, err error) {
	whole := address
	if !strings.Contains(address, ":") {
		whole = net.JoinHostPort(defaultHost, address)
	}
	host, name, err := net.SplitHostPort(whole)
	if err == nil {
		port, err = strconv.Atoi(name)
	}
	if err != nil || port < 0 || port > maxPort {
		return "", 0, fmt.Errorf("needs HOST:PORT or a port from 0 to %d, not %q", maxPort, address)
	}
	return host, port, nil
}

// reason returns why a network operation failed, without the addresses: the
// message around it names them.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// portOf returns the port that somebody listens on.
func portOf(ln net.Listener) int { return ln.Addr().(*net.TCPAddr).Port }

// url returns a URL that leads to an entry from the same machine.
func (in entry) url() string {
	address := in.Addr().(*net.TCPAddr)
	scheme := "http://"
	if in.tls {
		scheme = "https://"
	}
	host := address.IP.String()
	if address.IP.IsLoopback() || address.IP.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(address.Port))
}
