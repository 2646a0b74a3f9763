package cert

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"hedge/httpmsg"
)

// Mode is what is asked of clients.
type Mode int

// The modes.
const (
	// Off asks for no certificate.
	Off Mode = iota
	// Request asks for one, and takes any or none. Nothing of it is verified but that
	// the client has the key: what it is worth, the app has to judge.
	Request
	// Verify takes only clients that have one of the authorities'.
	Verify
)

// ClientAuth is what is asked of the clients of a host. It is never changed.
type ClientAuth struct {
	mode  Mode
	roots *x509.CertPool // for Verify
	// domain tells the sessions of one ClientAuth from those of another: two are
	// equal if they ask the same of clients. It is empty for Off.
	domain string
}

// NewClientAuth returns what asks for certificates in a mode. authorities is for
// Verify: the certificates of those who may sign for clients, PEM.
func NewClientAuth(mode Mode, authorities []byte) (*ClientAuth, error) {
	a := &ClientAuth{mode: mode}
	if mode == Off {
		return a, nil
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "client-auth %d\n", mode)
	if mode == Verify {
		a.roots = x509.NewCertPool()
		found := false
		for block, rest := pem.Decode(authorities); block != nil; block, rest = pem.Decode(rest) {
			if block.Type != "CERTIFICATE" {
				continue
			}
			ca, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			found = true
			a.roots.AddCert(ca)
			sum.Write(ca.Raw)
		}
		if !found {
			return nil, errors.New("there is no certificate of an authority in it (PEM)")
		}
	}
	a.domain = string(sum.Sum(nil))
	return a, nil
}

// apply sets what crypto/tls is to ask of clients.
func (a *ClientAuth) apply(cfg *tls.Config) {
	switch a.mode {
	case Request:
		cfg.ClientAuth = tls.RequestClientCert
	case Verify:
		cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, a.roots
	}
}

// Clients says what is asked of the clients of which host. It is never changed.
type Clients struct{ byHost *httpmsg.Hosts[*ClientAuth] }

// NewClients returns what asks the clients of hosts for what rules say, which are by
// patterns as httpmsg.NewHosts has them: "*.example.com" is for all names below that
// one, at any depth, as it is where an app claims it; "" is for all other hosts, and for
// clients that name none. Without a rule nothing is asked.
func NewClients(rules map[string]*ClientAuth) *Clients {
	return &Clients{httpmsg.NewHosts(rules)}
}

// of returns what the clients of a host are asked for.
func (c *Clients) of(host string) *ClientAuth {
	if found := c.byHost.Find(normal(host)); found != nil {
		return found.Value
	}
	return &ClientAuth{}
}
